"""Follows one change while it is carried out, and makes its result."""

from __future__ import annotations

from reconciler.engine.live.review_findings import rejection
from reconciler.model.change import Change
from reconciler.model.result import ChangeResult, Status
from reconciler.model.review import Review, ReviewStatus


class Course:
    """One change, from before it is begun to its end."""

    def __init__(self, open_work: int) -> None:
        """Begin a change of so many pieces of work."""
        self.open_work = open_work
        self.status = Status.DONE
        self.error = ""
        self.notes: tuple[str, ...] = ()
        self.undecided = False
        """Only a person can tell what became of a request."""
        self._hint = ""

    def ends(self, status: Status, error: str, hint: str = "") -> bool:
        """Let it end otherwise than done; tells whether it does so now for the first time."""
        if self.status is not Status.DONE:
            return False
        self.status, self.error, self._hint = status, error, hint
        return True

    def reviewed(self, review: Review | None, waited: float) -> None:
        """Say what became of the review of what was sent, after so many seconds."""
        if review is None or self.status is not Status.DONE:
            return
        if review.status is ReviewStatus.REJECTED:
            hint = "Change what its manifest says and apply again."
            self.ends(Status.FAILED, rejection(review), hint)
        elif review.status is ReviewStatus.PENDING:
            self.notes += (f"its review is still pending after {waited:g} s",)

    def result(self, change: Change) -> ChangeResult:
        """Return what is reported of the change."""
        unstarted = self.open_work > 0 and self.status is Status.DONE
        return ChangeResult(
            address=change.address,
            action=change.action,
            status=Status.SKIPPED if unstarted else self.status,
            error="the run was stopped before it" if unstarted else self.error,
            hint=self._hint,
            notes=self.notes,
            undecided=self.undecided,
        )
