"""age: for whom a saved plan is encrypted, and what opens it.

The format is https://age-encryption.org/v1; recipients and identities are its X25519 ones. The
library is an extra, which only those need who encrypt.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import PlanDamaged, PlanLocked, UsageError
from reconciler.model.secret import Secret

if TYPE_CHECKING:
    from types import ModuleType

HEADER = b"age-encryption.org/v1\n"
IDENTITY = "RECONCILER_AGE_IDENTITY"
IDENTITY_FILE = "RECONCILER_AGE_IDENTITY_FILE"
_INSTALL = "It needs an extra: pip install 'reconciler[age]'."
_GIVE = f"Put the identity (AGE-SECRET-KEY-1…) into {IDENTITY}, or its file's path into "
_NO_KEY = "No matching keys"
"""How the library says that a file is for others; a file that was changed it words otherwise."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether a file's beginning is that of an age file."""
    return data.startswith(HEADER)


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read recipients; raises `UsageError` for what is none, and where the extra is missing."""
    if not texts:
        return []
    age = _library()
    if age is None:
        raise UsageError("a plan cannot be encrypted here", hint=_INSTALL)
    found = []
    for text in texts:
        try:
            found.append(age.x25519.Recipient.from_str(text.strip()))
        except age.RecipientError:
            raise UsageError(
                f"{text!r} is no recipient to encrypt to",
                hint="A recipient is the public key that `age-keygen` prints: age1…",
            ) from None
    return found


def encrypted(data: bytes, recipients: Sequence[Any]) -> bytes:
    """Return the data as a file that any of the recipients can open."""
    age = _library()
    if age is None:  # then there is no recipient either
        return data
    made: bytes = age.encrypt(data, list(recipients))
    return made


def decrypted(data: bytes, environ: Mapping[str, str] = os.environ) -> bytes:
    """Open a file.

    Raises:
        PlanLocked: What opens it is not at hand.
        PlanDamaged: It is not as it was encrypted.
    """
    age = _library()
    if age is None:
        raise PlanLocked("this plan is encrypted", hint=_INSTALL)
    identities = _identities(age, environ)
    try:
        opened: bytes = age.decrypt(data, identities)
    except age.DecryptError as error:
        if _NO_KEY in str(error):
            raise PlanLocked(
                "this plan is encrypted, and not for the identity at hand",
                hint=_GIVE + f"{IDENTITY_FILE}.",
            ) from None
        raise PlanDamaged(
            "this plan was changed after it was encrypted",
            hint="Make a new plan: `reconciler plan --out FILE`.",
        ) from None
    return opened


def _identities(age: ModuleType, environ: Mapping[str, str]) -> list[Any]:
    lines = [line.strip() for line in _identity_text(environ).splitlines()]
    secrets = [Secret(line) for line in lines if line and not line.startswith("#")]
    try:
        found = [age.x25519.Identity.from_str(each.reveal()) for each in secrets]
    except age.IdentityError:
        found = []
    if not found:
        raise PlanLocked(
            "this plan is encrypted, and there is no identity to open it with",
            hint=_GIVE + f"{IDENTITY_FILE}.",
        )
    return found


def _identity_text(environ: Mapping[str, str]) -> str:
    if text := environ.get(IDENTITY):
        return text
    path = environ.get(IDENTITY_FILE)
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanLocked(
            f"this plan is encrypted, and the file that {IDENTITY_FILE} names cannot be read: "
            f"{error}",
            hint="Name the file that `age-keygen -o FILE` wrote.",
        ) from None


def _library() -> ModuleType | None:
    try:
        import pyrage  # type: ignore[import-untyped]
    except ImportError:
        return None
    library: ModuleType = pyrage
    return library
