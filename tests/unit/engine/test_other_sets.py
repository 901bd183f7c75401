"""A set kind of another provider, whose fields are called otherwise, needs nothing but its data."""

from __future__ import annotations

import asyncio
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from reconciler.engine.applying import gate
from reconciler.engine.applying.applier import Applier
from reconciler.engine.drift.report import find_drift
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused
from reconciler.http.request import Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.lint import lint, runner
from reconciler.manifests import member_faults
from reconciler.model.address import Address
from reconciler.model.journal import CreationClass
from reconciler.model.live import Collection, LiveObject
from reconciler.model.members import Members
from reconciler.model.numbers import NumberSet
from reconciler.model.resource import Account, Configuration, Limits, Project, Resource
from reconciler.providers.handler import Handler, Seen
from reconciler.providers.kind import Capability, Field, Kind
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import Applied, Task, UpdateStep
from reconciler.state.open import open_store

CIRCLE = Kind(
    name="Circle",
    fields=(
        Field(name="title", identity=True, immutable=True),
        Field(name="people"),
        Field(name="peopleFrom"),
        Field(name="keepOnly", local=True, default="ours"),
    ),
    creation=CreationClass.SET_MEMBER,
    capabilities=frozenset({Capability.UPDATE, Capability.ADOPT}),
    canonical=lambda spec, name: {"title": name, **spec},
    identity=lambda fields, _parent: str(fields["title"]),
    members=Members(
        listed="people",
        files="peopleFrom",
        mode="keepOnly",
        exclusive="all of these",
        allow_empty="mayBeEmpty",
        noun="person",
        nouns="people",
        digits=lambda text: text.removeprefix("no. "),
    ),
)


class Server:
    """Circles by title; stands in for `HttpClient`."""

    requests = 0
    latency = 0.0
    settings = SimpleNamespace(concurrency=1, requests_per_second=1000.0)

    def __init__(self) -> None:
        self.circles: dict[str, set[str]] = {"friends": set()}

    def expect(self, count: int) -> None:
        """Nothing is sent differently for a larger count."""

    async def write(self, request: Request) -> Any:
        people: Any = request.json
        circle = self.circles[request.path]
        circle.update(people) if request.method == "POST" else circle.difference_update(people)
        return {}


class CircleHandler(Handler[Any]):
    """Adds people to circles and removes them."""

    async def observe(self, scope: Any) -> Seen:
        objects = [
            LiveObject(
                kind="Circle",
                id=title,
                key=title,
                fields={"title": title},
                members=NumberSet(sorted(people)),
            )
            for title, people in self.client.circles.items()
        ]
        return Seen(collection=Collection(kind="Circle", objects=tuple(objects)))

    async def create(self, task: Task, writer: Any) -> Applied:
        return await self.update(task, writer)

    async def update(self, task: Task, writer: Any) -> Applied:
        title = str(task.key)
        for method, people in (("POST", task.members.add), ("DELETE", task.members.remove)):
            if people:
                request = Request(method=method, path=title, json=[*people])
                await writer.write(UpdateStep(name=method, request=request, key=title))
        return Applied(id=title)

    async def delete(self, task: Task, writer: Any) -> None:
        await self.update(task, writer)


class Circles(Provider):
    """One kind and its handler."""

    type = "circles"
    title = "Circles"
    defaults = ProviderDefaults(base_url="https://circles.example", settle_seconds=0.0)
    required_credentials = ()
    kinds = MappingProxyType({"Circle": CIRCLE})

    @staticmethod
    def classify(status: int, body: Any) -> Verdict:
        return Verdict(outcome=VerdictKind.DONE)

    def account_identity(self) -> str:
        return "the one account"

    def handler(self, kind: str) -> CircleHandler:
        return CircleHandler(self.kinds[kind], self.account, self.http)


class Lab:
    """One circle, its server and a state."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.server = Server()
        self.store = open_store("memory:", root=root, create=True)
        self.account = Account(name="c", type="circles", limits=Limits())

    def configuration(self, **spec: Any) -> Configuration:
        circle = Resource(address=Address("c", "Circle", "friends"), spec=spec)
        resources = {circle.address: circle} if spec else {}
        return Configuration(
            project=Project(root=self.root), accounts={"c": self.account}, resources=resources
        )

    def workspace(self, **spec: Any) -> Workspace:
        provider = Circles(self.account, {}, self.server)  # type: ignore[arg-type]
        configuration = self.configuration(**spec)
        return Workspace(configuration=configuration, providers={"c": provider}, store=self.store)

    def plan(self, **spec: Any) -> Any:
        return asyncio.run(make_plan(self.workspace(**spec), PlanOptions()))

    def apply(self, **spec: Any) -> set[str]:
        """Apply, and return who is in the circle."""

        async def work() -> None:
            workspace = self.workspace(**spec)
            with self.store.begin("apply") as run:
                plan = await make_plan(workspace, PlanOptions())
                await Applier(workspace=workspace, plan=plan, run=run, stop=asyncio.Event()).apply()
                run.finish("done", {})

        asyncio.run(work())
        return self.server.circles["friends"]

    def drift(self, **spec: Any) -> list[tuple[list[str], list[str]]]:
        found = asyncio.run(find_drift(self.workspace(**spec))).drift
        return [([*each.members.add], [*each.members.remove]) for each in found if each.members]


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path)


def test_it_is_added_to_from_manifest_and_file_and_loses_only_what_we_added(lab):
    lab.server.circles["friends"] = {"900"}
    (lab.root / "people.txt").write_text("01011112222\n")
    spec = {"people": ["no. 123", "456"], "peopleFrom": [{"file": "people.txt"}]}
    assert lab.apply(**spec) == {"900", "123", "456", "01011112222"}
    assert lab.plan(**spec).changes == ()
    assert lab.apply(people=["123"]) == {"900", "123"}


def test_an_exclusive_one_becomes_equal_and_that_needs_a_flag(lab):
    lab.server.circles["friends"] = {"900"}
    spec = {"people": ["123"], "keepOnly": "all of these"}
    plan = lab.plan(**spec)
    with pytest.raises(PlanRefused, match="this plan removes 1 person, which needs") as caught:
        gate.check(plan, lab.workspace(**spec), allow_deletes=None)
    assert caught.value.details == (
        "c/Circle/friends: 1 person would be removed (keepOnly all of these)",
    )
    assert lab.apply(**spec) == {"123"}


def test_drift_tells_who_is_missing_and_who_came_to_an_exclusive_one(lab):
    spec = {"people": ["123", "456"], "keepOnly": "all of these"}
    lab.apply(**spec)
    assert lab.drift(**spec) == []
    lab.server.circles["friends"] = {"456", "789"}
    assert lab.drift(**spec) == [(["789"], ["123"])]


def test_deleting_it_takes_away_what_we_added(lab):
    lab.server.circles["friends"] = {"900"}
    lab.apply(people=["123"])
    assert lab.apply() == {"900"}


def test_lint_and_validate_know_its_lists(lab, monkeypatch):
    monkeypatch.setattr(runner, "provider_class", lambda _type: Circles)
    (lab.root / "empty.txt").write_text("")
    (lab.root / "bad.txt").write_text("junk1\n")
    [finding] = lint(lab.configuration(people=[]))
    assert finding.message.startswith("it has not one person; add one, or set mayBeEmpty: true")
    [finding] = lint(lab.configuration(peopleFrom=[{"file": "empty.txt"}]))
    assert finding.message.startswith("empty.txt has not one person")
    assert lint(lab.configuration(people=[], mayBeEmpty=True)) == ()
    bad = lab.configuration(peopleFrom=[{"file": "bad.txt"}])
    assert [str(f.origin) for f in member_faults(bad, lambda _each: CIRCLE.members)] == [
        "bad.txt:1:1"
    ]
