"""Finds the key of a state in a shared store, which has no folder for a key file.

The order is: the key in the environment (`RECONCILER_STATE_KEY`, or the file that
`RECONCILER_STATE_KEY_FILE` names); if the state is encrypted, the one in the chest (`chest`); else
the one that the store itself keeps.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import StateError, reason
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.content import Seed

VARIABLE = "RECONCILER_STATE_KEY"
FILE_VARIABLE = "RECONCILER_STATE_KEY_FILE"
_HINT = (
    "It is 32 random bytes in base64, the same on every machine that uses this state: "
    "`openssl rand -base64 32` makes one."
)


def given_key(environ: Mapping[str, str]) -> Keyring | None:
    """Return the key in the environment, `None` without one; raises `StateError` if malformed."""
    if text := environ.get(VARIABLE):
        return _keyring(text, VARIABLE)
    if path := environ.get(FILE_VARIABLE):
        try:
            text = Path(path).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise StateError(
                f"the file that {FILE_VARIABLE} names cannot be read: {reason(error)}", hint=_HINT
            ) from error
        return _keyring(text, FILE_VARIABLE)
    return None


def key_of(seed: Seed | None, given: Keyring | None) -> Keyring | None:
    """Return the key for a state that is about to be made, `None` if it can be any.

    Raises `StateError` if the environment gives another key than that of the seed.
    """
    if seed is None:
        return given
    if given is not None and given.id != seed.keyring.id:
        raise StateError(
            f"{VARIABLE} gives another key than that of the state that is to lie here",
            hint="A state keeps its key, for what it has sealed. Unset the variable, or set it to "
            "the key where the state lies now.",
        )
    return seed.keyring


def not_the_key(place: str, found: Keyring | None) -> StateError:
    """Return the error for a state whose key is missing or, with `found`, is another one."""
    what = "is not the one of this state" if found else "is missing"
    return StateError(
        f"the key of {place} {what}",
        hint="Give the one that was set when the state was made, in RECONCILER_STATE_KEY or "
        "RECONCILER_STATE_KEY_FILE.",
    )


def _keyring(text: str, source: str) -> Keyring:
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != 32:
        raise StateError(f"{source} does not hold a key", hint=_HINT)
    return Keyring(master)
