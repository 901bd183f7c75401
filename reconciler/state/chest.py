"""The chest: the keys in a shared store, encrypted to the recipients of `spec.stateEncryption`.

A data key seals everything that is written to the store. It is made once and kept in the store
itself, in the chest, which is encrypted with age to the recipients. The state's own key (see
`keys`) is in the chest, too, unless the environment gives it. `state rekey` makes a new chest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler import age
from reconciler.errors import StateError, StateLockedKey
from reconciler.state.seal import Keyring

FORMAT = 1


class Encryption(Struct, frozen=True, kw_only=True):
    """For whom a state is to be encrypted, as the project and the command line say."""

    recipients: tuple[str, ...] = ()
    """Public keys of age. Without any, a state is written in clear; if it is encrypted already, it
    is not written at all."""
    alone: bool = False
    """Accept a single recipient."""
    ends: bool = False
    """Write an encrypted state although there are no recipients, in order to decrypt it."""


NOT_ENCRYPTED = Encryption()
_RESTORE = (
    "Bring it back from what the store keeps of older versions. Or name an empty place in "
    "spec.state, and make the state there from a backup: `reconciler state restore FILE`."
)


class Chest(Struct, frozen=True, kw_only=True, dict=True):
    """The keys of a store, and the recipients they are encrypted to."""

    recipients: tuple[str, ...]
    keys: tuple[Keyring, ...]
    """The newest data key, which seals, then older ones that some data is still sealed with."""
    state_key: Keyring | None
    """`None` if the environment gives it."""
    clear: bool
    """The store may still have data in clear from before it was encrypted."""

    @property
    def newest(self) -> Keyring:
        return self.keys[0]

    @cached_property
    def by_id(self) -> dict[str, Keyring]:
        """The data keys by the id that is stored in clear with sealed data."""
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
    """Raise `StateError` if the loss of a single key would lose the state."""
    if len(encryption.recipients) == 1 and not encryption.alone:
        raise StateError(
            "the state would be encrypted to one recipient alone: whoever loses that key loses the "
            "state",
            hint="Name a second one in spec.stateEncryption, whose identity lies in a safe. Or say "
            "--i-have-one-key to `apply` or to `state init`, `rekey`, `migrate` or `restore`.",
        )


def why_rekey(chest: Chest | None, encryption: Encryption) -> str:
    """Return why `state rekey` is due, as a sentence without a full stop; empty if it is not."""
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
    """Return a chest encrypted to its recipients, as it is stored.

    Raises:
        StateLockedKey: The identity of this machine could not open it again.
        StateError: A recipient is not a public key of age.
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
    """Decrypt the chest in the store; raises `StateLockedKey`."""
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
    """Return the error for a chest that is damaged."""
    return StateLockedKey(
        f"the state {place} is encrypted, and its wrapped key is damaged",
        hint=_RESTORE,
    )


def lost(place: str) -> StateLockedKey:
    """Return the error for a state that is sealed with a key that no chest has."""
    return StateLockedKey(
        f"the state {place} is encrypted, and its wrapped key is gone",
        hint=_RESTORE,
    )


def refusal(place: str) -> StateError:
    """Return the error for writing to an encrypted state without recipients."""
    return StateError(
        f"the state {place} is encrypted, and reconciler.yaml names no recipients for it",
        hint="Put spec.stateEncryption back, or have it in clear from now on: "
        "`reconciler state rekey --decrypt`.",
    )
