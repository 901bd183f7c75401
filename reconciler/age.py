"""Encrypts to age recipients, and decrypts with identities.

The format is https://age-encryption.org/v1. Recipients and identities are X25519 keys, or those of
plugins: programs `age-plugin-NAME` on the path, for keys in a KMS or a token. The library is an
extra that only encryption needs, and is loaded only for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import reason
from reconciler.model.secret import Secret

if TYPE_CHECKING:
    from types import ModuleType

HEADER = b"age-encryption.org/v1\n"
IDENTITY = "RECONCILER_AGE_IDENTITY"
IDENTITY_FILE = "RECONCILER_AGE_IDENTITY_FILE"
INSTALL = "It needs an extra: pip install 'reconciler[age]'."
GIVE = (
    f"Put the identity (AGE-SECRET-KEY-1…) into {IDENTITY}, or its file's path into "
    f"{IDENTITY_FILE}."
)
PLUGIN = "Install the plugin where this runs, as a program on the path."
RECIPIENT = "A recipient is the public key that `age-keygen` prints: age1…"
_NO_KEY = "No matching keys"
"""In the library's error for a file encrypted to others; a changed file gives another error."""


class ExtraMissing(Exception):
    """The library is not installed; `INSTALL` is a hint."""


class NoRecipient(Exception):
    """A recipient cannot be used; the text says why, `hint` what to do."""

    def __init__(self, why: str, *, hint: str) -> None:
        """Take a sentence without its full stop, and a hint."""
        super().__init__(why)
        self.hint = hint


class Locked(Exception):
    """No identity here opens the file; the text continues a sentence, `hint` says what to do."""

    def __init__(self, why: str, *, hint: str) -> None:
        """Take the rest of a sentence, such as `, and there is no identity to open it with`."""
        super().__init__(why)
        self.hint = hint


class Changed(Exception):
    """The file was changed after it was encrypted."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether data begins like an age file."""
    return data.startswith(HEADER)


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read recipients; raises `NoRecipient` for a malformed or unusable one, and `ExtraMissing`."""
    if not texts:
        return []
    age = library()
    if age is None:
        raise ExtraMissing
    return [_usable(age, _recipient(age, text.strip())) for text in texts]


def malformed(texts: Sequence[str]) -> list[int]:
    """Return the numbers of the texts that are no recipients; none without the library."""
    age = library() if texts else None
    if age is None:
        return []
    wrong = []
    for number, text in enumerate(texts):
        try:
            _recipient(age, text)
        except NoRecipient:
            wrong.append(number)
    return wrong


def _recipient(age: ModuleType, text: str) -> Any:
    for kind in (age.x25519, age.plugin):
        with suppress(age.RecipientError):
            return kind.Recipient.from_str(text)
    raise NoRecipient(f"{text!r} is no recipient to encrypt to", hint=RECIPIENT)


def _usable(age: ModuleType, recipient: Any) -> Any:
    if not isinstance(recipient, age.plugin.Recipient):
        return recipient
    try:
        return age.plugin.RecipientPluginV1(recipient.plugin(), [recipient], [], _Nobody())
    except age.EncryptError as error:
        raise NoRecipient(f"a plugin of age cannot be used: {_line(error)}", hint=PLUGIN) from None


class _Nobody:
    """Answers the questions of plugins: there is no user to ask."""

    def display_message(self, message: str) -> None:
        """Show nothing."""

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        """Give no answer."""

    def request_public_string(self, description: str) -> str | None:
        """Give no answer."""

    def request_passphrase(self, description: str) -> str | None:
        """Give no answer."""


def _line(error: Exception) -> str:
    """Return the first line of the library's message, without its bidirectional controls."""
    return str(error).partition("\n")[0].translate({0x2068: None, 0x2069: None}).rstrip(".")


def encrypted(data: bytes, recipients: Sequence[Any]) -> bytes:
    """Encrypt data so that any of the recipients can decrypt it.

    Raises `ExtraMissing`, and `NoRecipient` where a plugin fails.
    """
    age = library()
    if age is None:
        raise ExtraMissing
    try:
        made: bytes = age.encrypt(data, list(recipients))
    except age.EncryptError as error:
        raise NoRecipient(f"it cannot be encrypted: {_line(error)}", hint=PLUGIN) from None
    return made


def decrypted(data: bytes, environ: Mapping[str, str] = os.environ) -> bytes:
    """Decrypt data with the identities of environment variables; raises `Locked`, `Changed`."""
    age = library()
    if age is None:
        raise Locked("", hint=INSTALL)
    identities = _identities(age, environ)
    try:
        opened: bytes = age.decrypt(data, identities)
    except age.DecryptError as error:
        if _NO_KEY in str(error):
            raise Locked(", and not for the identity at hand", hint=GIVE) from None
        if any(isinstance(each, age.plugin.IdentityPluginV1) for each in identities):
            raise Locked(f", and a plugin could not open it: {_line(error)}", hint=GIVE) from None
        raise Changed from None
    return opened


def _identities(age: ModuleType, environ: Mapping[str, str]) -> list[Any]:
    lines = [line.strip() for line in _identity_text(environ).splitlines()]
    secrets = [Secret(line) for line in lines if line and not line.startswith("#")]
    try:
        found = [_identity(age, each.reveal()) for each in secrets]
    except age.IdentityError:
        found = []
    if not found:
        raise Locked(", and there is no identity to open it with", hint=GIVE)
    return found


def _identity(age: ModuleType, text: str) -> Any:
    if not text.startswith("AGE-PLUGIN-"):
        return age.x25519.Identity.from_str(text)
    identity = age.plugin.Identity.from_str(text)
    try:
        return age.plugin.IdentityPluginV1(identity.plugin(), [identity], _Nobody())
    except age.DecryptError as error:
        raise Locked(f", and a plugin of age cannot be used: {_line(error)}", hint=PLUGIN) from None


def _identity_text(environ: Mapping[str, str]) -> str:
    if text := environ.get(IDENTITY):
        return text
    path = environ.get(IDENTITY_FILE)
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Locked(
            f", and the file that {IDENTITY_FILE} names cannot be read: {reason(error)}",
            hint="Name the file that `age-keygen -o FILE` wrote.",
        ) from None


def library() -> ModuleType | None:
    """Return the library; `None` if it is not installed."""
    try:
        import pyrage  # type: ignore[import-untyped]
    except ImportError:
        return None
    found: ModuleType = pyrage
    return found
