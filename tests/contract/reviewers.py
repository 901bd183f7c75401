"""A project whose changes are reviewed by people who approve whatever they are shown."""

from __future__ import annotations

from typing import Any

from reconciler.model.result import Status
from tests.support.project import Applied, Project

ROUNDS = 4
"""A signature, then a template with it, and what that makes possible."""


class Reviewed(Project):
    """Where nothing is reviewed, a project like any other."""

    def apply(self, **options: Any) -> Applied:
        """Apply until nothing waits for the reviewers, and fail unless everything was done."""
        for _ in range(ROUNDS):
            applied = self.try_apply(**options)
            self.approve()
            if not applied.report.count(Status.WAITING):
                break
        assert not applied.failures, "\n".join(applied.failures)
        return applied

    def approve(self) -> None:
        """Approve all that waits."""
        console = self.app.state.emulators["engagelab-sms"].console
        for row in console.waiting():
            console.approve(row["id"])
