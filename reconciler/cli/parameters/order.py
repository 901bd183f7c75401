"""What `apply` and `destroy` are asked to do, as one value."""

from __future__ import annotations

from msgspec import Struct

from reconciler.cli.parameters.choice import NO_OVERRIDES, Approval, Choice, Overrides
from reconciler.model.plan import Source
from reconciler.model.saved_plan import SavedPlan


class Order(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    command: str
    preview: str
    """The command that shows the same plan without asking."""
    question: str
    choice: Choice
    approval: Approval
    emulate: bool
    wait_approval: float = 0.0
    """Seconds to wait for reviews."""
    policies: tuple[str, ...] = ()
    """Files and folders of policies, beside those of the project."""
    overrides: Overrides = NO_OVERRIDES
    verify: bool = False
    """Whether what was changed is verified afterwards."""
    expect: str = ""
    """Digits of the digest that the plan must have; empty where any will do."""
    saved: SavedPlan | None = None
    """What the plan must say, and what must hold."""

    @property
    def source(self) -> Source:
        """Where it stands what the plan must be."""
        if self.saved is not None:
            return Source.FILE
        return Source.EXPECT if self.expect else Source.FRESH
