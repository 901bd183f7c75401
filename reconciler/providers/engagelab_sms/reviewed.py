"""The common base of both kinds, which people at EngageLab review, again after each change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.providers.engagelab_sms.client import in_review
from reconciler.providers.engagelab_sms.convert import review_of
from reconciler.providers.rest import RestClient, RestHandler
from reconciler.providers.task import Applied, Task, Writer
from reconciler.providers.wire import Row

BACK_TO_REVIEW = "goes back to review, and is out of service until it is approved"


class Reviewed(RestHandler[RestClient]):
    """A plain REST kind whose updates and deletes may be refused because of a pending review."""

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Read one row, with its review."""
        known, found = super().live(row)
        return known, replace(found, review=review_of(row))

    async def exists(self, row: OwnedObject) -> bool:
        """Tell whether the object exists, by reading it alone."""
        return await self.is_there(row.remote_id)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Set all fields; every such request starts a new review, so none is sent needlessly."""
        with _raising_in_review():
            return await super().update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete the object."""
        with _raising_in_review():
            await super().delete(task, writer)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say that an update takes it out of service until it is approved."""
        sent = verb is Verb.UPDATE and task.changed & self.rest.fields.keys()
        return (BACK_TO_REVIEW,) if sent else ()


@contextmanager
def _raising_in_review() -> Iterator[None]:
    """Raise `InReview` for a refusal because of a pending review; let others pass unchanged."""
    try:
        yield
    except Rejected as refusal:
        if (waiting := in_review(refusal)) is None:
            raise
        raise waiting from refusal
