"""The addresses that `state list FILTER` chooses: by kind, provider, or their beginning."""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconciler.cli.parameters.kinds import find_kind
from reconciler.errors import UsageError
from reconciler.model.address import Address
from reconciler.model.composed import composed_text
from reconciler.render.layout.style import count
from reconciler.suggestions import did_you_mean

Matches = Callable[[Address], bool]


def chooser(text: str, owned: Collection[Address], providers: Collection[str]) -> Matches:
    """Return a function that tells whether an address is chosen; raises `UsageError`."""
    text = composed_text(text)
    names = {*providers, *(address.provider for address in owned)}
    if not text:
        return lambda _address: True
    if text in names:
        return lambda address: address.provider == text
    if "/" in text:
        return lambda address: str(address).startswith(text)
    if any(str(address).startswith(text) for address in owned):
        return lambda address: str(address).startswith(text)
    kinds = {kind for _, kind in _kinds(text, names)}
    return lambda address: address.kind in kinds


def _kinds(text: str, names: Collection[str]) -> list[tuple[str, str]]:
    try:
        return find_kind(text)
    except UsageError as error:
        near = did_you_mean(text, names)
        message = f"{text!r} is no kind, no provider and not the beginning of an address"
        raise UsageError(message, hint=near or error.hint) from None


def nothing_chosen(text: str, owned: Collection[Address]) -> str:
    """Return the message for a filter that matches no owned object."""
    objects = count(len(owned), "owned object")
    message = f"None of the {objects} matches {text!r}."
    if len(owned) == 1:
        message = f"The only owned object does not match {text!r}."
    places = {"/".join(address[:2]) for address in owned}
    near = did_you_mean(text, {*map(str, owned), *places})
    return f"{message} {near[:1].upper()}{near[1:]}".strip()
