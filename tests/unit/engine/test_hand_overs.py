"""Who owns a webhook's event once manifests have passed it on."""

from __future__ import annotations

import pytest

from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.errors import PlanRefused
from reconciler.model.plan import HandOver
from reconciler.render.json import plan_document
from reconciler.render.layout.style import Style
from reconciler.render.plans.text import plan_text
from tests.support.project import Project, actions, provider, resource

URL = "https://hooks.example.com/"
ONE, TWO = "octeth/Webhook/one", "octeth/Webhook/two"
DOMAIN = resource("SenderDomain", "a.example")


def hook(name, *events, domain="a.example", lifecycle=None, **more):
    spec = {"domain": domain, "events": list(events), "url": URL, **more}
    return resource("Webhook", name, lifecycle=lifecycle, **spec)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def write(project, *hooks):
    project.write(provider("octeth"), DOMAIN, *hooks)


def applied(project, *hooks):
    write(project, *hooks)
    project.apply(allow_deletes=9)


def rows(project):
    return {
        event: row["id"]
        for row in project.stored("octeth")["webhooks"].values()
        for event in row["events"]
    }


def test_a_plan_tells_what_changes_hands_and_sends_nothing_for_it(project):
    applied(project, hook("one", "delivery", "bounce"), hook("two", "open"))
    before = rows(project)
    write(project, hook("one", "delivery"), hook("two", "open", "bounce"))
    plan = project.plan()
    [told] = plan.hand_overs
    assert (str(told.source), str(told.target), told.part) == (ONE, TWO, f"bounce to {URL}")
    assert isinstance(told, HandOver)
    text = plan_text(plan, Style(colour=False, width=200))
    assert f"{ONE} → {TWO}  bounce to {URL}: handed over in state only" in text
    assert "1 to hand over" in text
    assert plan_document(plan)["handOvers"] == [
        {"from": ONE, "to": TWO, "part": f"bounce to {URL}"}
    ]
    project.apply()
    assert rows(project) == before
    assert project.state[TWO].extra["parts"] == {
        f"bounce|{URL}": str(before["bounce"]), f"open|{URL}": str(before["open"]),
    }  # fmt: skip
    assert project.plan().hand_overs == ()


def test_rows_never_share_an_id_after_a_swap(project):
    applied(project, hook("one", "delivery"), hook("two", "open"))
    applied(project, hook("one", "open"), hook("two", "delivery"))
    ids = {row.remote_id for address, row in project.state.items() if "Webhook" in address}
    assert ids == {f"1|open|{URL}", f"1|delivery|{URL}"}
    assert project.plan().changes == project.plan().refresh == ()


def test_a_selection_touches_nothing_outside_of_it(project):
    applied(project, hook("one", "delivery", "bounce"), hook("two", "open"))
    before, state = rows(project), project.state[ONE]
    write(project, hook("one", "delivery"), hook("two", "open", "bounce"))
    two = project.state[TWO].address
    plan = project.plan(targets=frozenset({two}))
    assert plan.hand_overs == ()
    assert project.try_apply(targets=frozenset({two})).report.results[0].status != "done"
    assert (rows(project), project.state[ONE]) == (before, state)
    project.apply()
    assert rows(project) == before


def test_without_pruning_a_removed_manifest_gives_up_what_another_takes(project):
    applied(project, hook("one", "delivery", "bounce"))
    before = rows(project)
    write(project, hook("two", "bounce"))
    project.apply(prune=False)
    assert rows(project) == before
    project.apply()
    assert rows(project) == {"bounce": before["bounce"]}


def test_what_is_protected_is_given_up_and_stays_live(project):
    applied(project, hook("one", "delivery", "bounce", lifecycle={"protect": True}))
    before = rows(project)
    write(project, hook("two", "bounce"))
    with pytest.raises(PlanRefused):
        project.apply()
    write(project, hook("two", "bounce", "delivery", lifecycle={"protect": True}))
    project.apply()
    assert rows(project) == before
    assert project.state[TWO].protect
    assert ONE not in project.state


def test_a_new_owner_gets_the_signing_key_and_keeps_its_own_lifecycle(project, tmp_path):
    applied(project, hook("one", "delivery", "bounce"))
    write(project, hook("two", "bounce", signingKeyTo={"file": "secrets/key"}))
    assert actions(project.plan()) == {ONE: "delete", TWO: "update"}
    project.apply()
    [domain] = project.stored("octeth")["domains"].values()
    assert (tmp_path / "secrets/key").read_text().strip() == domain["signing_key"]
    assert [str(each) for each in project.state[TWO].depends_on] == [
        "octeth/SenderDomain/a.example"
    ]


def test_an_event_of_the_same_name_at_another_domain_is_another(project):
    applied(project, hook("one", "delivery", "bounce"))
    other = resource("SenderDomain", "b.example")
    project.write(
        provider("octeth"), DOMAIN, other, hook("one", "delivery"), hook("two", "bounce", domain="b.example")
    )  # fmt: skip
    assert project.plan().hand_overs == ()
    assert actions(project.plan())[TWO] == "create"


def test_destroying_everything_hands_nothing_over(project):
    applied(project, hook("one", "delivery", "bounce"), hook("two", "open"))
    write(project, hook("one", "delivery"), hook("two", "open", "bounce"))
    assert project.run(lambda w: make_plan(w, PlanOptions(destroy=True))).hand_overs == ()
    project.destroy()
    assert rows(project) == {}
