"""Reads addresses on the command line, with the rules for names in manifests."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.manifests import is_name
from reconciler.model.address import Address
from reconciler.model.composed import composed_text


def typed_address(text: str) -> Address:
    """Read the address of an existing object; accents are composed (NFC), as in all names."""
    return Address.parse(composed_text(text))


def named_address(text: str) -> Address:
    """Read an address that a manifest may have; raises `UsageError` for any other."""
    address = typed_address(text)
    for part in (address.provider, address.name):
        if not is_name(part):
            message = f"{part!r} is not a name that a manifest could have"
            hint = "Names hold letters and digits of any script and . _ - @ +, and begin with one"
            raise UsageError(message, hint=f"{hint} of the first two or _.")
    return address
