"""Basic auth of both kinds: a dev key with its secret, an sms user with its key."""

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType

from reconciler.emulator.engagelab_sms.calls import RefusedError
from reconciler.emulator.store import Store

DEV, SMS = "dev", "sms"
_BAD: Mapping[str, tuple[int, int, str]] = MappingProxyType(
    {
        "invalid": (401, 2001, "Authentication failed, incorrect token"),
        "expired": (401, 2002, "Authentication failed, token expired or disabled"),
        "forbidden": (403, 2004, "No permission to call this API"),
    }
)
"""HTTP status, code and message, by a word that is used as name or as secret."""


def authenticate(store: Store, header: str, kind: str) -> str:
    """Return the name in the header; raises `RefusedError`.

    A name that was first used as one kind is refused as the other.
    """
    name, _, secret = _decoded(header).partition(":")
    bad = next((each for each in (name, secret) if each in _BAD), None)
    if not name or not secret:
        bad = "invalid"
    if bad is None:
        known = store.table("engagelab-sms-credentials").setdefault(name, {"kind": kind})
        bad = None if known["kind"] == kind else "invalid"
    if bad is None:
        return name
    if kind == SMS:
        raise RefusedError("Unauthorized.", code=30000, status=401)
    status, code, message = _BAD[bad]
    raise RefusedError(message, code=code, status=status)


def _decoded(header: str) -> str:
    """Return the decoded text after "Basic", empty for anything else."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
