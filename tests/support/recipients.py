"""People for whom state is encrypted."""

from __future__ import annotations

import pyrage

from reconciler.age import IDENTITY
from reconciler.state.chest import Encryption


class Person:
    """Somebody with a key of age."""

    def __init__(self) -> None:
        self._identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self._identity.to_public())
        self.environ = {IDENTITY: str(self._identity)}


ANN, BEN, EVE = Person(), Person(), Person()


def to(*people: Person, **more: bool) -> Encryption:
    """Return what says that a state is encrypted to some people."""
    return Encryption(recipients=tuple(each.recipient for each in people), **more)


ENCRYPTED = {"encryption": to(ANN, BEN), "environ": ANN.environ}
"""How one of two people opens a state."""
