"""A provider in memory whose server answers as a script says, and a process that dies on demand.

The server (`World`) holds things of eight kinds, which differ in how a created thing can be
recognised when the answer to its create was lost, and whether it comes with a secret:

| kind | class | what is special |
|---|---|---|
| Natural | A | the client picks the key, the server refuses a second one |
| Marked | B | the list shows the marker |
| Plain | C | nothing tells two of them apart |
| Keyed | C | the fields make a key, but the server takes two with the same one |
| MarkedKey | F | marker and a secret that is shown once |
| PlainKey | F | a secret that is shown once, and nothing else |
| BlindKey | F | a marker is sent, but the list does not show it |
| ReadableKey | F | as PlainKey, but the list gives the secret again |

Every durable effect and every send passes a failpoint; `Failpoints` dies at the chosen one and
stays dead, so that nothing that still runs in the process can have an effect.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import OutcomeUnknown, Rejected, SinkError
from reconciler.http.request import Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.address import Address
from reconciler.model.journal import CreateIntent, CreationClass
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.resource import Account, Configuration, Limits, Project, Resource
from reconciler.model.secret import Secret
from reconciler.providers.handler import Handler, Seen
from reconciler.providers.kind import Capability, Field, Kind, ReplaceOrder
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Scope,
    Task,
    UpdateStep,
    Writer,
)

NAME = "p"
"""The provider account's name."""

OUTCOMES = (
    "ok",
    "refused",
    "lost_nocommit",
    "lost_commit",
    "500_nocommit",
    "500_commit",
    "garbled_commit",
    "late_in",
    "late_out",
)
"""What becomes of a create: `late_in` takes effect within the settle window, `late_out` after it."""

CHANGE_OUTCOMES = ("ok", "refused", "lost_nocommit", "lost_commit")
"""What becomes of an update or a delete."""

DELIVERY_OUTCOMES = ("ok", "not_written", "written_but_fails")
"""What becomes of a delivery to a sink."""

FOREIGN = ("none", "before", "window", "between")
"""When somebody else makes an identical thing: never, before the first run, just as its request is
on its way, or between the runs."""


class Crash(BaseException):
    """The process dies here. No `Exception`: nothing of the program can catch it by mistake."""


EFFECTS = ("commit:", "send ", "deliver:")
"""The failpoints that surround an effect. The store passes more of them around these."""


class Failpoints:
    """Counts effects; at number `crash_at` the process dies, and then at every further one.

    Between the end of an effect and the start of the next nothing durable happens, so that dying
    at either is the same; the start counts only where it does not follow an end. `every` counts
    all that are passed, to prove that. `watch` is called at each that counts.
    """

    def __init__(
        self,
        crash_at: int | None = None,
        *,
        every: bool = False,
        watch: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.crash_at = crash_at
        self.every = every
        self.watch = watch
        self.died: Callable[[], None] = lambda: None
        """Called when the process dies."""
        self.dead = False
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        if self.dead:
            raise Crash(name)
        if not self.every:
            if not name.startswith(EFFECTS):
                return
            if self.names and name.endswith(":before"):
                return
        self.names.append(name)
        self.watch(name)
        if len(self.names) == self.crash_at:
            self.dead = True
            self.died()
            raise Crash(name)


class Thing(Struct, frozen=True, kw_only=True):
    """One thing at the server."""

    kind: str
    fields: Mapping[str, Any]
    ours: bool
    marker: str = ""
    secret: str = ""


class World(Struct, kw_only=True):
    """The server, the sinks, and what is on its way to the server."""

    things: dict[str, Thing] = field(default_factory=dict)
    made: int = 0
    late_in: list[Thing] = field(default_factory=list)
    late_out: list[Thing] = field(default_factory=list)
    sinks: dict[str, dict[str, str]] = field(default_factory=dict)
    consented: set[str] = field(default_factory=set)
    """Ids that a plan, which somebody approves, said it would take over."""
    disowned: set[str] = field(default_factory=set)
    """Ids of which somebody has said that they are not ours."""
    deleted_foreign: bool = False

    def copy(self) -> World:
        return World(
            things=dict(self.things),
            made=self.made,
            late_in=list(self.late_in),
            late_out=list(self.late_out),
            sinks=dict(self.sinks),
            consented=set(self.consented),
            disowned=set(self.disowned),
            deleted_foreign=self.deleted_foreign,
        )

    def make(self, thing: Thing) -> str | None:
        """Make it; `None` where the key is taken."""
        rivals = (t.fields.get("title") for t in self.things.values() if t.kind == "Natural")
        if thing.kind == "Natural" and thing.fields["title"] in rivals:
            return None
        self.made += 1
        identifier = f"t{self.made}"
        secret = f"secret-{identifier}" if thing.kind.endswith("Key") else ""
        self.things[identifier] = replace(thing, secret=secret)
        return identifier

    def foreign_twin(self, resource: Resource) -> None:
        """Somebody else makes the very same thing."""
        sent = {n: v for n, v in resource.spec.items() if n != "deliverTo"}
        fields = KINDS[resource.address.kind].canonical(sent, resource.address.name)
        self.make(Thing(kind=resource.address.kind, fields=fields, ours=False))

    def delete(self, identifier: str) -> None:
        thing = self.things.pop(identifier, None)
        if thing is not None and not thing.ours:
            self.deleted_foreign = True

    def settle_window_passes(self) -> None:
        for thing in self.late_in:
            self.make(thing)
        self.late_in.clear()

    def much_later(self) -> None:
        self.settle_window_passes()
        for thing in self.late_out:
            self.make(thing)
        self.late_out.clear()


class Script(Struct, kw_only=True):
    """What happens to one run's requests."""

    failpoints: Failpoints
    outcomes: deque[str] = field(default_factory=deque)
    """Of the creates in turn; further ones are ok."""
    changes: deque[str] = field(default_factory=deque)
    """Of the updates and deletes in turn; further ones are ok."""
    deliveries: deque[str] = field(default_factory=deque)
    """Of the deliveries to sinks in turn; further ones are ok."""
    window: Resource | None = None
    """Somebody else makes a twin of this while the first create is on its way."""
    sent: list[str] = field(default_factory=list)


class ScriptedHttp:
    """Stands in for `HttpClient`: executes requests on the world."""

    requests = 0
    latency = 0.0
    settings = SimpleNamespace(concurrency=4, requests_per_second=1000.0)

    def __init__(self, world: World, script: Script) -> None:
        self.world = world
        self._script = script

    def expect(self, count: int) -> None:
        """Nothing is sent differently for a larger count."""

    async def write(self, request: Request) -> Any:
        """Raises `Rejected` and `OutcomeUnknown`."""
        script = self._script
        script.failpoints(f"send {request.method}:before")
        script.sent.append(request.method)
        answer = self._execute(request)
        script.failpoints(f"send {request.method}:after")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _execute(self, request: Request) -> Any:
        if request.method != "POST":
            return self._change(request)
        return self._create(request)

    def _create(self, request: Request) -> Any:
        if self._script.window is not None:
            self.world.foreign_twin(self._script.window)
            self._script.window = None
        outcome = self._script.outcomes.popleft() if self._script.outcomes else "ok"
        body: Any = request.json
        thing = Thing(kind=body["kind"], fields=body["fields"], marker=body["marker"], ours=True)
        if outcome == "refused":
            return Rejected("the server does not want this", provider_code="no")
        if outcome.startswith("late"):
            (self.world.late_in if outcome == "late_in" else self.world.late_out).append(thing)
        if outcome.startswith("late") or outcome.endswith("nocommit"):
            return OutcomeUnknown(outcome)
        identifier = self.world.make(thing)
        if outcome == "garbled_commit":
            return {"what": "is this?"}
        if outcome != "ok":
            return OutcomeUnknown(outcome)
        if identifier is None:
            return Rejected("there is one already", provider_code="exists")
        return {"id": identifier, "secret": self.world.things[identifier].secret}

    def _change(self, request: Request) -> Any:
        identifier = request.path.rsplit("/", 1)[1]
        outcome = self._script.changes.popleft() if self._script.changes else "ok"
        if outcome == "refused":
            return Rejected("the server keeps it", provider_code="no")
        if not outcome.endswith("nocommit") and request.method == "DELETE":
            self.world.delete(identifier)
        elif not outcome.endswith("nocommit"):
            thing = self.world.things[identifier]
            fields: Any = request.json
            self.world.things[identifier] = replace(thing, fields={**thing.fields, **fields})
        return {} if outcome == "ok" else OutcomeUnknown(outcome)

    async def close(self) -> None:
        """Have nothing to close."""


def _canonical(spec: Mapping[str, Any], _name: str) -> dict[str, Any]:
    return dict(spec)


def _titled(spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"title": name} | dict(spec)


def _title(fields: Mapping[str, Any], _parent: Any) -> str | None:
    return fields.get("title")


_LISTED = frozenset({Capability.LIST, Capability.UPDATE, Capability.ADOPT})
_NOTE = Field(name="note", immutable=True)
_DELIVERY = (
    Field(name="deliverTo", local=True, immutable=True),
    Field(name="rotation", local=True, immutable=True),
)


def _key_kind(name: str) -> Kind:
    return Kind(
        name=name,
        fields=(_NOTE, *_DELIVERY),
        creation=CreationClass.SECRET_ONCE,
        capabilities=frozenset({Capability.LIST}),
        replace=ReplaceOrder.CREATE_FIRST,
        canonical=_canonical,
        sinks=("deliverTo",),
        twin_check=name != "MarkedKey",
    )


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="Natural",
            fields=(Field(name="title", identity=True, immutable=True), Field(name="note")),
            creation=CreationClass.NATURAL_KEY,
            capabilities=_LISTED,
            canonical=_titled,
            identity=_title,
        ),
        Kind(
            name="Marked",
            fields=(_NOTE,),
            creation=CreationClass.MARKED,
            capabilities=_LISTED,
            canonical=_canonical,
        ),
        Kind(
            name="Plain",
            fields=(_NOTE,),
            creation=CreationClass.SERVER_ID,
            capabilities=_LISTED,
            canonical=_canonical,
            twin_check=True,
        ),
        Kind(
            name="Keyed",
            fields=(Field(name="title", identity=True, immutable=True), Field(name="note")),
            creation=CreationClass.SERVER_ID,
            capabilities=_LISTED,
            canonical=_titled,
            identity=_title,
        ),
        _key_kind("MarkedKey"),
        _key_kind("PlainKey"),
        _key_kind("BlindKey"),
        _key_kind("ReadableKey"),
    )
}


SHOWN = frozenset({"Marked", "MarkedKey"})
MARKED = SHOWN | {"BlindKey"}


class ScriptedHandler(Handler[Any]):
    """Says what every kind says; the provider does the work itself."""

    async def observe(self, scope: Scope) -> Seen:
        raise NotImplementedError

    async def create(self, task: Task, writer: Writer) -> Applied:
        raise NotImplementedError

    async def delete(self, task: Task, writer: Writer) -> None:
        raise NotImplementedError


class ScriptedProvider(Provider):
    """Speaks to a `World`."""

    type = "scripted"
    title = "A scripted provider"
    defaults = ProviderDefaults(base_url="https://scripted.example", settle_seconds=5.0)
    required_credentials = ()
    kinds = KINDS
    http: Any

    def handler(self, kind: str) -> ScriptedHandler:
        return ScriptedHandler(self.kinds[kind], self.account, None)

    @staticmethod
    def classify(status: int, body: Any) -> Verdict:
        return Verdict(outcome=VerdictKind.DONE)

    def account_identity(self) -> str:
        return "the one account"

    async def observe(self, scope: Any) -> Observation:
        return Observation(
            provider=NAME,
            collections={kind: self._collection(kind) for kind in scope.kinds},
            requests=len(scope.kinds),
        )

    def _collection(self, kind: str) -> Collection:
        return Collection(
            kind=kind,
            objects=tuple(
                LiveObject(
                    kind=kind,
                    id=identifier,
                    key=thing.fields.get("title"),
                    fields=thing.fields,
                    marker=thing.marker if kind in SHOWN else "",
                )
                for identifier, thing in self.http.world.things.items()
                if thing.kind == kind
            ),
        )

    async def create(self, task: Task, writer: Any) -> Applied:
        kind = self.kinds[task.address.kind]
        marks = kind.name in MARKED
        anonymous = kind.creation in {CreationClass.SERVER_ID, CreationClass.SECRET_ONCE}
        seen = tuple(live.id for live in self._collection(kind.name).objects)
        await asyncio.sleep(0)  # a list takes a moment, in which another task may send
        sent = {name: value for name, value in task.desired.items() if not _is_local(kind, name)}

        def request(marker: str) -> Request:
            body: Any = {"kind": kind.name, "fields": sent, "marker": marker}
            return Request(method="POST", path="/things", json=body)

        def read(body: Any) -> Reply:
            secret = body["secret"]
            secrets = {"deliverTo.key": Secret(secret)} if secret else {}
            return Reply(id=body["id"], secrets=secrets)

        step = CreateStep(
            name="create",
            request=request if marks else request(""),
            read=read,
            key=task.key,
            pre_ids=seen if anonymous else None,
            applied={name: value for name, value in sent.items() if name in task.managed},
        )
        reply = await writer.write(step)
        return Applied(id=reply.id or "")

    async def update(self, task: Task, writer: Any) -> Applied:
        identifier = task.owned.remote_id if task.owned else task.live.id if task.live else ""
        fields = {name: task.desired[name] for name in task.changed}
        request = Request(method="PUT", path=f"/things/{identifier}", json=fields)
        step = UpdateStep(name="update", request=request, applied=fields)
        await writer.write(step)
        return Applied(id=identifier)

    async def delete(self, task: Task, writer: Any) -> None:
        identifier = task.owned.remote_id if task.owned else ""
        request = Request(method="DELETE", path=f"/things/{identifier}")
        await writer.write(DeleteStep(name="delete", request=request))

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        unseen = intent.marker and collection.kind not in SHOWN
        return super().candidates(replace(intent, marker="") if unseen else intent, collection)

    async def recover_secrets(self, live: LiveObject, fields: Any) -> Mapping[str, Secret]:
        if live.kind != "ReadableKey":
            return {}
        return {"deliverTo.key": Secret(self.http.world.things[live.id].secret)}


def _is_local(kind: Kind, name: str) -> bool:
    return kind.field(name).local


class ScriptedSink:
    """A place for secrets in the world."""

    def __init__(self, world: World, script: Script, place: str) -> None:
        self._world = world
        self._script = script
        self._place = place

    def describe(self) -> str:
        return self._place

    def probe(self) -> None:
        """Always writable, as far as one can tell beforehand."""

    def is_taken(self) -> bool:
        return bool(self._world.sinks.get(self._place))

    def deliver(self, document: Mapping[str, Secret], *, overwrite: bool = True) -> None:
        script = self._script
        if not overwrite and self.is_taken() and not self.holds(document):
            raise SinkError("somebody else's secret lies there")
        script.failpoints("deliver:before")
        outcome = script.deliveries.popleft() if script.deliveries else "ok"
        if outcome != "not_written":
            self._world.sinks[self._place] = {part: s.reveal() for part, s in document.items()}
        script.failpoints("deliver:after")
        if outcome != "ok":
            raise SinkError(f"the sink says: {outcome}")

    def holds(self, document: Mapping[str, Secret]) -> bool:
        return self._world.sinks.get(self._place) == {p: s.reveal() for p, s in document.items()}


def wanted(kind: str, name: str = "one", **spec: Any) -> Resource:
    """A resource of a scripted kind; those with a secret get a sink of their own."""
    fields: dict[str, Any] = {"note": "n"} | spec
    if "deliverTo" in {declared.name for declared in KINDS[kind].fields}:
        fields["deliverTo"] = {"file": f"{name}.key"}
    return Resource(address=Address(NAME, kind, name), spec=fields)


def configuration_of(resources: Iterable[Resource]) -> Configuration:
    """A configuration of one scripted account."""
    return Configuration(
        project=Project(root=Path("/nowhere")),
        accounts={NAME: Account(name=NAME, type="scripted", limits=Limits())},
        resources={resource.address: resource for resource in resources},
    )
