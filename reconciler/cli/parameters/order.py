"""What `apply` or `destroy` is to do, as one value."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec import Struct

from reconciler.cli.parameters.choice import NO_OVERRIDES, Approval, Choice, Overrides
from reconciler.model.plan import Source
from reconciler.model.saved_plan import SavedPlan


class Order(Struct, frozen=True, kw_only=True):
    """What the command line asks `apply` or `destroy` to do."""

    command: str
    preview: str
    """The command that shows a plan without asking."""
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
    """Whether to verify the changed objects afterwards."""
    expect: str = ""
    """The first digits of the digest that the plan must have; "" for any plan."""
    saved: SavedPlan | None = None
    """The saved plan that the new one must equal, with `apply --plan`."""

    def previewing(self, paths: Sequence[str]) -> str:
        """Return the command that shows the plan of this order without asking."""
        if self.saved is not None:
            return self.preview
        policies = [word for path in self.policies for word in ("--policy", path)]
        return f"{self.preview} {shlex.join([*paths, *self.choice.words(), *policies])}".rstrip()

    @property
    def source(self) -> Source:
        """What the plan is compared with: a saved plan, a digest, or nothing."""
        if self.saved is not None:
            return Source.FILE
        return Source.EXPECT if self.expect else Source.FRESH
