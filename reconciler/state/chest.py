"""The keys that lie in a shared store, for the recipients of `spec.stateEncryption` alone.

A data key seals what is written there; it is made once and lies beside, wrapped with age to the
recipients, in what is called the chest. The state's own key (see `keys`) lies in it, too, unless
the environment gives that. `state rekey` makes the next chest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler import age
from reconciler.errors import StateError, StateLockedKey
from reconciler.state.files.seal import Keyring

FORMAT = 1


class Encryption(Struct, frozen=True, kw_only=True):
    """For whom a state is to be encrypted, as whoever opens it says."""

    recipients: tuple[str, ...] = ()
    """Public keys of age; with none, a state is written in clear, or not at all where it is
    encrypted."""
    alone: bool = False
    """One recipient is enough."""
    ends: bool = False
    """An encrypted state may be written although there are no recipients: to decrypt it."""


NOT_ENCRYPTED = Encryption()
_RESTORE = (
    "Bring it back from what the store keeps of older versions. Or name an empty place in "
    "spec.state, and make the state there from a backup: `reconciler state restore FILE`."
)


class Chest(Struct, frozen=True, kw_only=True, dict=True):
    """What is wrapped to the recipients."""

    recipients: tuple[str, ...]
    keys: tuple[Keyring, ...]
    """The newest data key, which seals, and those before it that something is still sealed with."""
    state_key: Keyring | None
    """`None` where the environment gives it."""
    clear: bool
    """Something that was written before may lie in clear beside what is sealed."""

    @property
    def newest(self) -> Keyring:
        return self.keys[0]

    @cached_property
    def by_id(self) -> dict[str, Keyring]:
        """The data keys by the id that stands in clear beside what they seal."""
        return {each.id: each for each in self.keys}

    def is_for(self, recipients: tuple[str, ...]) -> bool:
        """Tell whether these are the recipients, in whatever order."""
        return set(self.recipients) == set(recipients)


class _File(Struct, frozen=True, kw_only=True, rename="camel"):
    format_version: int = FORMAT
    recipients: tuple[str, ...]
    keys: tuple[str, ...]
    state_key: str | None
    clear: bool


def check_enough(encryption: Encryption) -> None:
    """Refuse to make what one lost key would lose; raises `StateError`."""
    if len(encryption.recipients) == 1 and not encryption.alone:
        raise StateError(
            "the state would be encrypted to one recipient alone: whoever loses that key loses the "
            "state",
            hint="Name a second one in spec.stateEncryption, whose identity lies in a safe. Or say "
            "--i-have-one-key to `apply` or to `state init`, `rekey`, `migrate` or `restore`.",
        )


def why_rekey(chest: Chest | None, encryption: Encryption) -> str:
    """Say why `state rekey` is due, as a sentence without its end; empty where it is not."""
    if not encryption.recipients:
        return ""
    if chest is None:
        return "the state is to be encrypted, and all of it still lies in the store in clear"
    if not chest.is_for(encryption.recipients):
        return "the state is encrypted to others than spec.stateEncryption names"
    if chest.clear:
        return "what was written before the state was encrypted still lies in the store in clear"
    return ""


def wrapped(chest: Chest, *, place: str, environ: Mapping[str, str]) -> bytes:
    """Return a chest as it lies in the store.

    Raises:
        StateLockedKey: The identity at hand could not open it, so that nobody here could go on.
        StateError: A recipient is none.
    """
    file = _File(
        recipients=chest.recipients,
        keys=tuple(each.to_text() for each in chest.keys),
        state_key=chest.state_key.to_text() if chest.state_key else None,
        clear=chest.clear,
    )
    try:
        recipients = age.recipients_of(chest.recipients)
        made = age.encrypted(orjson.dumps(to_builtins(file)), recipients)
    except age.ExtraMissing:
        raise StateLockedKey(f"the state {place} is to be encrypted", hint=age.INSTALL) from None
    except age.NoRecipient as error:
        raise StateError(str(error), hint=error.hint) from None
    try:
        age.decrypted(made, environ)
    except age.Locked as error:
        raise StateLockedKey(
            f"the state {place} is to be encrypted{error}: nobody here could read it again",
            hint=f"{error.hint} It has to be that of one of the recipients.",
        ) from None
    return made


def unwrapped(data: bytes, *, place: str, environ: Mapping[str, str]) -> Chest:
    """Open what lies in the store; raises `StateLockedKey`."""
    try:
        opened = age.decrypted(data, environ)
        file = convert(orjson.loads(opened), _File)
        return Chest(
            recipients=file.recipients,
            keys=tuple(map(Keyring.from_text, file.keys)),
            state_key=Keyring.from_text(file.state_key) if file.state_key else None,
            clear=file.clear,
        )
    except age.Locked as error:
        raise StateLockedKey(f"the state {place} is encrypted{error}", hint=error.hint) from None
    except (age.Changed, ValidationError, ValueError):
        raise damaged(place) from None


def damaged(place: str) -> StateLockedKey:
    """Return the error of a wrapped key that is not as it was."""
    return StateLockedKey(
        f"the state {place} is encrypted, and its wrapped key is damaged",
        hint=_RESTORE,
    )


def lost(place: str) -> StateLockedKey:
    """Return the error of a state that is sealed with a key that is in no chest."""
    return StateLockedKey(
        f"the state {place} is encrypted, and its wrapped key is gone",
        hint=_RESTORE,
    )


def refusal(place: str) -> StateError:
    """Return the error of writing to an encrypted state for nobody."""
    return StateError(
        f"the state {place} is encrypted, and reconciler.yaml names no recipients for it",
        hint="Put spec.stateEncryption back, or have it in clear from now on: "
        "`reconciler state rekey --decrypt`.",
    )
