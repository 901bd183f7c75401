"""What both kinds have in common: people at EngageLab review them, after each change anew."""

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
    """Plain kinds, but for what a review stands against."""

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Read one row, with its review."""
        known, found = super().live(row)
        return known, replace(found, review=review_of(row))

    async def exists(self, row: OwnedObject) -> bool:
        """Read one object alone."""
        return await self.is_there(row.remote_id)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Set all; every such request sends it back to review, so none is sent without need."""
        with _told_apart():
            return await super().update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it."""
        with _told_apart():
            await super().delete(task, writer)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what an update does to what is in service."""
        sent = verb is Verb.UPDATE and task.changed & self.rest.fields.keys()
        return (BACK_TO_REVIEW,) if sent else ()


@contextmanager
def _told_apart() -> Iterator[None]:
    """Raise `InReview` for refusals that end with a review; others go on as they are."""
    try:
        yield
    except Rejected as refusal:
        if (told := in_review(refusal)) is None:
            raise
        raise told from refusal
