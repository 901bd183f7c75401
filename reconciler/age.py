"""age: for whom something is encrypted, and what opens it.

The format is https://age-encryption.org/v1; recipients and identities are its X25519 ones, and
those of plugins: programs `age-plugin-NAME` on the path, with which a KMS or a token holds the key.
The library is an extra, which only those need who encrypt, and is loaded when they do.
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
"""How the library says that a file is for others; a file that was changed it words otherwise."""


class ExtraMissing(Exception):
    """The library is not installed; `INSTALL` is the way out."""


class NoRecipient(Exception):
    """Nothing can be encrypted to somebody; `hint` is a way out."""

    def __init__(self, said: str, *, hint: str) -> None:
        """Say why, as a sentence without its end."""
        super().__init__(said)
        self.hint = hint


class Locked(Exception):
    """What would open it is not at hand: the text goes on from a sentence; `hint` is a way out."""

    def __init__(self, said: str, *, hint: str) -> None:
        """Say what is missing, such as `, and there is no identity to open it with`."""
        super().__init__(said)
        self.hint = hint


class Changed(Exception):
    """It is not as it was encrypted."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether a file's beginning is that of an age file."""
    return data.startswith(HEADER)


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read recipients; raises `NoRecipient` for what is none, and `ExtraMissing`."""
    if not texts:
        return []
    age = library()
    if age is None:
        raise ExtraMissing
    return [_usable(age, _recipient(age, text.strip())) for text in texts]


def malformed(texts: Sequence[str]) -> list[int]:
    """Return which of some texts are no recipients, as far as can be told without the library."""
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
    """Answers what plugins ask: nobody is there."""

    def display_message(self, message: str) -> None:
        """Show nothing."""

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        """Agree to nothing."""

    def request_public_string(self, description: str) -> str | None:
        """Know nothing."""

    def request_passphrase(self, description: str) -> str | None:
        """Know nothing."""


def _line(error: Exception) -> str:
    """Return the first line of what the library says, without marks for the reading direction."""
    return str(error).partition("\n")[0].translate({0x2068: None, 0x2069: None}).rstrip(".")


def encrypted(data: bytes, recipients: Sequence[Any]) -> bytes:
    """Return the data as a file that any of the recipients can open.

    Raises `ExtraMissing`, and `NoRecipient` where a plugin cannot.
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
    """Open a file with the identities that the environment gives; raises `Locked`, `Changed`."""
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
    """Return the library, `None` where it is not installed."""
    try:
        import pyrage  # type: ignore[import-untyped]
    except ImportError:
        return None
    found: ModuleType = pyrage
    return found
