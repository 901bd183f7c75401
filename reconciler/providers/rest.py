"""Plain REST kinds, as data.

Objects are listed with GET and created with POST at a path. Below it each has a path with its id:
PUT replaces all fields that can be changed, DELETE deletes the object. `Rest` has the path and the
API's names of our fields. Where a kind deviates, override the method of `RestHandler` concerned.
How the API wraps objects and lists is the same for all its kinds: see `RestClient`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeVar
from urllib.parse import quote

from msgspec import Struct

from reconciler.errors import NotSent, Rejected
from reconciler.http.client import HttpClient
from reconciler.http.outcomes import Absent, UnclearRead
from reconciler.http.request import NO_BODY, NoBody, Request
from reconciler.model.journal import ANONYMOUS, CreationClass, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.handler import Handler, Seen, erase
from reconciler.providers.kind import Kind
from reconciler.providers.listing import Collector, Fetch, Kept, Listing, Page, read_list
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Progress,
    Reply,
    Scope,
    Task,
    UpdateStep,
    Writer,
)
from reconciler.providers.wire import Malformed, Row, Wire, identifier, only_rows

V = TypeVar("V")
C = TypeVar("C", bound=Collector)


class Rest(Struct, frozen=True, kw_only=True):
    """The path of one kind's objects, and how the API spells their fields."""

    path: str
    """Such as `/tags`; of one object, `/tags/<id>`."""
    id: str
    """What the id is called, in rows and in the answer to a create. Where a field of ours stands
    there, we choose it."""
    fields: Mapping[str, Wire]
    """By the name of our field. Immutable fields are sent only by a create."""
    readable: bool = True
    """One object can be read alone, so a delete in doubt does not read the list."""


class RestClient:
    """Builds requests and reads answers of an API with bare objects and lists.

    Subclasses override how an answer wraps objects, and how lists come in pages.
    """

    prefix: ClassVar[str] = ""
    """Before every path."""

    def __init__(self, http: HttpClient) -> None:
        """Send through `http`."""
        self.http = http

    def request(
        self,
        method: str,
        path: str,
        *,
        json: JsonValue | NoBody = NO_BODY,
        query: Sequence[tuple[str, str]] = (),
    ) -> Request:
        """Return a request; `path` is percent-encoded."""
        return Request(method=method, path=self.prefix + path, json=json, query=query)

    async def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> JsonValue:
        """Return the parsed answer to a read."""
        return await self.http.read(self.request("GET", path, query=query))

    def object_in(self, answer: JsonValue) -> Row:
        """Return the object that an answer holds; raises `Malformed` where it holds none."""
        if not isinstance(answer, dict):
            raise Malformed("the answer holds no object")
        return answer

    async def one(self, path: str) -> Row | None:
        """Return one object, `None` when it does not exist."""
        try:
            return self.object_in(await self.get(path))
        except Absent:
            return None

    def pages(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Fetch:
        """Return the function that reads a page of a list; here the list comes as one page."""

        async def fetch(_number: int, _step: int) -> Page:
            return Page(rows=only_rows(await self.get(path, query), f"GET {path}"), last=True)

        return fetch

    async def collect(
        self, what: str, fetch: Fetch, collector: Callable[[], C], progress: Progress
    ) -> C:
        """Read a list until it adds up; messages call it `what`. Raises `ReadFailed`."""
        listing = Listing(
            what=what,
            fetch=fetch,
            collector=collector,
            # Twice the connections, so that none is idle while a page is parsed.
            width=2 * self.http.settings.concurrency,
            expect=self.http.expect,
            progress=progress,
        )
        return await read_list(listing)


Client = TypeVar("Client", bound=RestClient)


def segment(text: str) -> str:
    """Return a text as one segment of a path.

    Raises:
        NotSent: It would make another path: that of the list, where a DELETE would delete every
            object, or one above.
    """
    if text in {"", ".", ".."}:
        raise NotSent(f"{text!r} cannot be the id of an object")
    return quote(text, safe="")


def _parentless(_value: JsonValue) -> str | None:
    return None


class RestHandler(Handler[Client]):
    """Observes and changes the objects of one plain kind."""

    rest: ClassVar[Rest]

    def __init__(self, kind: Kind, account: Account, client: Client) -> None:
        """Prepare the fields once, as lists have many rows."""
        super().__init__(kind, account, client)
        self._readers = [
            (name, wire.name, wire.codec.read) for name, wire in self.rest.fields.items()
        ]

    async def observe(self, scope: Scope) -> Seen:
        """Read the whole list."""
        found = await self.read(self.pages(), self.live, scope)
        return Seen(collection=Collection(kind=self.kind.name, objects=tuple(found)))

    def pages(self) -> Fetch:
        """Return what reads the pages of the list."""
        return self.client.pages(self.rest.path)

    async def read(
        self, pages: Fetch, keep: Callable[[Row], tuple[str, V]], scope: Scope
    ) -> list[V]:
        """Read a whole list and return what `keep` keeps of each row, by its id."""
        what = f"{self.account.name} {self.kind.name}"
        found = await self.client.collect(what, pages, lambda: Kept(keep), scope.progress)
        return list(found.by_id.values())

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Return the id and the live object of a row."""
        known = identifier(row, self.rest.id)
        fields = self.fields(row)
        key = self.kind.identity(fields, _parentless)
        return known, LiveObject(kind=self.kind.name, id=known, key=key, fields=fields)

    def fields(self, row: Row) -> dict[str, JsonValue]:
        """Return the fields in a row."""
        return {name: read(row.get(wire)) for name, wire, read in self._readers}

    def body(self, task: Task, verb: Verb) -> dict[str, JsonValue]:
        """Return the body of a write: all fields, unmanaged ones with their live value."""
        sent = {
            wire.name: wire.codec.write(task.value(name))
            for name, wire in self.rest.fields.items()
            if verb is Verb.CREATE or not self.kind.field(name).immutable
        }
        return {name: value for name, value in sent.items() if value is not None}

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create the object; if another has the same key, only the new id tells them apart."""
        creation = CreationClass.SERVER_ID if task.beside else self.kind.creation
        reply = await writer.write(
            CreateStep(
                name="create",
                request=self.client.request(
                    "POST", self.rest.path, json=self.body(task, Verb.CREATE)
                ),
                read=lambda answer: Reply(id=self.new_id(answer, task.desired)),
                creation=creation,
                key=task.key or self.kind.identity(task.desired, _parentless),
                pre_ids=await self._ids() if creation in ANONYMOUS else None,
                applied=task.held(),
            )
        )
        return Applied(id=str(reply.id))

    def new_id(self, answer: JsonValue, desired: Fields) -> str:
        """Return the id of what was created; raises `Malformed` for an answer without it."""
        for name, wire in self.rest.fields.items():
            if wire.name == self.rest.id:
                return str(desired[name])
        return identifier(self.client.object_in(answer), self.rest.id)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Send all fields that can be changed, because the API might clear those left out.

        Nothing is sent if only local fields differ.
        """
        known = task.live_id
        if self._is_local(task):
            return Applied(id=known, extra=task.extra)
        request = self.client.request("PUT", self.at(known), json=self.body(task, Verb.UPDATE))
        step = UpdateStep(name="update", request=request, applied=task.held(), idempotent=True)
        await writer.write(step)
        return Applied(id=known, extra=task.extra)

    def _is_local(self, task: Task) -> bool:
        """Tell whether only fields differ that the API does not know."""
        return bool(task.changed) and not task.changed & self.rest.fields.keys()

    def cost(self, task: Task, verb: Verb) -> int:
        """Count one request, but for an update of local fields alone."""
        return 0 if verb is Verb.UPDATE and self._is_local(task) else 1

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete the object; if the answer is unclear, check whether it is gone."""
        known = task.owned_id
        step = DeleteStep(name="delete", request=self.client.request("DELETE", self.at(known)))
        await erase(writer, step, lambda: self.is_there(known))

    async def exists(self, row: OwnedObject) -> bool:
        """Tell whether an object that the list lacks exists."""
        return await self.is_there(row.remote_id)

    async def is_there(self, known: str) -> bool:
        """Tell whether an object with this id exists; raises `ProviderError`."""
        if self.rest.readable:
            return await self.row(known) is not None
        return known in await self._ids()

    async def row(self, known: str) -> Row | None:
        """Return one object as the API has it.

        What is said of one that is not there may be documented nowhere: then the list knows.
        """
        try:
            return await self.client.one(self.at(known))
        except (UnclearRead, Rejected):

            def keep(row: Row) -> tuple[str, Row]:
                return identifier(row, self.rest.id), row

            found = await self.read(self.pages(), keep, Scope(kinds=frozenset()))
            return next((row for row in found if keep(row)[0] == known), None)

    def at(self, known: str) -> str:
        """Return the path of one object."""
        return f"{self.rest.path}/{segment(known)}"

    async def _ids(self) -> tuple[str, ...]:
        seen = await self.observe(Scope(kinds=frozenset({self.kind.name})))
        return tuple(live.id for live in seen.collection.objects)
