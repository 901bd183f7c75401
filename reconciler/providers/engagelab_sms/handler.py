"""What both kinds have in common: bare lists, updates of the whole, reviews."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed, Rejected
from reconciler.http.outcomes import Absent, AbsentObject
from reconciler.http.request import Request
from reconciler.model.journal import CreationClass, Verb
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.engagelab_sms.client import in_review
from reconciler.providers.engagelab_sms.convert import Row, identifier, review_of
from reconciler.providers.engagelab_sms.kinds import KINDS
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Step,
    Task,
    UpdateStep,
    Writer,
)

if TYPE_CHECKING:
    from reconciler.http.client import HttpClient

BACK_TO_REVIEW = "goes back to review, and is out of service until it is approved"


class Handler(ABC):
    """Observes and changes the objects of one kind."""

    kind: ClassVar[str]
    path: ClassVar[str]
    id_name: ClassVar[str]

    def __init__(self, http: HttpClient) -> None:
        """Send through `http`."""
        self._http = http

    @abstractmethod
    def fields(self, row: Row) -> dict[str, JsonValue]:
        """Return a row in the words of manifests."""

    @abstractmethod
    def body(self, fields: Fields) -> JsonValue:
        """Return what creates and updates send."""

    def secrets(self, known: str) -> Mapping[str, Secret]:  # noqa: ARG002 -- for kinds with sinks
        """Return what goes to the kind's sinks."""
        return {}

    async def objects(self) -> tuple[LiveObject, ...]:
        """Read the whole list, which has no pages."""
        answer = await self._http.read(Request(method="GET", path=self.path))
        if not isinstance(answer, list):
            raise ReadFailed(f"EngageLab answered GET {self.path} without a list")
        return tuple(map(self._object, answer))

    def _object(self, row: JsonValue) -> LiveObject:
        if not isinstance(row, dict):
            raise ReadFailed(f"EngageLab answered GET {self.path} with a row that is none")
        known = identifier(row, self.id_name)
        fields = self.fields(row)
        return LiveObject(
            kind=self.kind,
            id=known,
            key=str(fields["displayName"]),
            fields=fields,
            secrets=self.secrets(known),
            review=review_of(row),
        )

    async def exists(self, known: str) -> bool:
        """Read one object alone; one that is missing is answered with HTTP 400."""
        try:
            answer = await self._http.read(Request(method="GET", path=self._path(known)))
        except Absent:
            return False
        if not isinstance(answer, dict) or identifier(answer, self.id_name) != known:
            raise ReadFailed(f"EngageLab answered GET {self._path(known)} with something else")
        return True

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create it; beside one of the same name, only its id tells the two apart."""
        seen = tuple(each.id for each in await self.objects()) if task.beside else None
        step = CreateStep(
            name="create",
            request=Request(method="POST", path=self.path, json=self.body(task.desired)),
            read=lambda answer: Reply(id=identifier(_object(answer), self.id_name)),
            creation=CreationClass.SERVER_ID if task.beside else None,
            key=task.key,
            pre_ids=seen,
            applied=held(task),
        )
        reply = await self._write(writer, step)
        return Applied(id=str(reply.id), secrets=self.secrets(str(reply.id)))

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Send the whole of it, where any of that differs; every update sends it back to review."""
        if task.live is None:
            raise NotSent(f"nothing is known of the live object of {task.address}")
        known = task.live.id
        if self._sent(task):
            fields = {**task.live.fields, **held(task)}
            step = UpdateStep(
                name="update",
                request=Request(method="PUT", path=self._path(known), json=self.body(fields)),
                applied=held(task),
                idempotent=True,
            )
            await self._write(writer, step)
        return Applied(id=known, secrets=self.secrets(known))

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it; whatever was answered, or not, it succeeded when the object is gone."""
        if task.owned is None:
            raise NotSent(f"nothing is known of the live object of {task.address}")
        known = task.owned.remote_id
        request = Request(method="DELETE", path=self._path(known))
        try:
            step = DeleteStep(name="delete", request=request)
            await self._write(writer, step)
        except AbsentObject:
            return
        except OutcomeUnknown:
            if await self.exists(known):
                raise

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what an update does to what is in service."""
        return (BACK_TO_REVIEW,) if verb is Verb.UPDATE and self._sent(task) else ()

    def _sent(self, task: Task) -> frozenset[str]:
        """Return what differs, but for what is never sent."""
        return task.changed - frozenset(KINDS[self.kind].sinks)

    async def _write(self, writer: Writer, step: Step) -> Reply:
        try:
            return await writer.write(step)
        except AbsentObject:
            raise
        except Rejected as refusal:
            raise in_review(refusal) from refusal

    def _path(self, known: str) -> str:
        return f"{self.path}/{quote(known, safe='')}"


def held(task: Task) -> dict[str, JsonValue]:
    """Return the managed fields as they hold once everything desired is done."""
    return {name: task.desired[name] for name in sorted(task.managed & task.desired.keys())}


def _object(answer: JsonValue) -> Row:
    if not isinstance(answer, dict):
        raise ValueError("the answer holds no object")  # noqa: TRY004 -- an answer, not an argument
    return answer
