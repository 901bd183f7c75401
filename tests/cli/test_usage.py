"""Beside what would be deleted stands how it is used."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.engine.planning import use
from reconciler.render.json import plan_document
from reconciler.render.plans.usage import usage_text
from tests.support import documents
from tests.support.manifests import ENGAGELAB
from tests.support.project import Project, change_of, provider, resource

NHN = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip}
spec: {}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {name: kim}
spec: {tags: [vip], phoneNumbers: ["01012345678"]}
"""


@pytest.mark.parametrize(
    ("manifests", "address", "counts", "text"),
    [
        (NHN, "nhn/Tag/vip", {"contacts": 1}, "1 contact has it"),
        (ENGAGELAB, "el/Signature/shop", {"templates": 1}, "1 template uses it"),
    ],
    ids=["tag", "signature"],
)
def test_what_uses_an_object_is_shown_beside_its_deletion(
    project, run, monkeypatch, manifests, address, counts, text
):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "nhn.yaml").write_text(manifests)
    assert run("apply", "--auto-approve").code == 0
    (project / "nhn.yaml").write_text(manifests.split("---\n")[0])
    planned = run("plan", "--output", "json").json
    (change,) = [each for each in planned["changes"] if each["address"] == address]
    assert change["usage"] == {"counts": counts}
    assert f"      {text}\n" in run("plan").out


def usage(project, address):
    """Plan; return what the change of an address says of its use, in text and JSON."""
    plan = project.plan()
    documents.check(document := plan_document(plan))
    (found,) = [each for each in document["changes"] if each["address"] == address]
    told = change_of(plan, address).usage
    return (None if told is None else usage_text(told)), found.get("usage")


TOMORROW = (datetime.now(UTC) + timedelta(days=1, hours=9)).strftime("%Y-%m-%d %H:%M")
"""As clocks in Korea show it."""
TEMPLATE = resource(
    "Template", "welcome", category="news", sender="15446859", type="sms", body="Hello"
)


@pytest.fixture
def templates(tmp_path):
    """A project whose template was sent once and is to be sent again, and is no longer in the manifests."""
    project = Project(tmp_path)
    account = provider("nhncloud-sms")
    project.write(account, resource("Category", "news"), TEMPLATE)
    project.apply()
    order = {"templateId": "welcome", "recipientList": [{"recipientNo": "01012345678"}]}
    project.call("nhn", "POST", "/sender/sms", json=order)
    project.call("nhn", "POST", "/sender/sms", json=order | {"requestDate": TOMORROW})
    project.write(account, resource("Category", "news"))
    return project


def test_a_template_tells_what_was_sent_with_it(templates):
    text, document = usage(templates, "nhn/Template/welcome")
    assert text == "1 message sent with it in the last day · 1 reserved message uses it"
    assert document == {"counts": {"sentLastDay": 1, "reserved": 1}}


def test_the_reads_count_as_the_plans(templates, monkeypatch):
    reads = templates.plan().requests["nhn"].reads
    monkeypatch.setattr(use, "MOST_ASKED", 0)
    assert templates.plan().requests["nhn"].reads == reads - 2


def test_use_that_cannot_be_read_is_left_out(templates):
    templates.app.state.faults.replace(
        [{"fault": "status-before", "path": "/statistics/view$", "status": 404}]
    )
    assert usage(templates, "nhn/Template/welcome") == (None, None)


def test_statistics_that_are_down_keep_no_write_from_being_sent(templates):
    """They were counted as failures of the provider, which is then asked to do nothing more."""
    down = {"fault": "status-before", "path": "/(statistics/view|reservations)$", "status": 503}
    templates.app.state.faults.replace([down])
    templates.apply(allow_deletes=True)
    assert templates.plan().changes == ()


def test_nobody_is_asked_about_more_than_a_number_of_objects(templates, monkeypatch):
    monkeypatch.setattr(use, "MOST_ASKED", 0)
    assert usage(templates, "nhn/Template/welcome") == (None, None)
