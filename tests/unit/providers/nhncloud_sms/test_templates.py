"""Templates, their attachments and their senders."""

import base64
import hashlib

import pytest

from reconciler.errors import NotSent, Rejected
from reconciler.model.address import Address
from reconciler.model.finding import Severity
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.kinds import TEMPLATE
from reconciler.providers.nhncloud_sms.templates import LOST

FILES = {"img/a.jpg": b"first", "img/b.jpg": b"second"}


def row(known="welcome", files=(), **more):
    return {
        "templateId": known,
        "serviceId": 71191,
        "categoryId": 415975,
        "categoryName": "categoryName",
        "templateName": "Welcome",
        "templateDesc": None,
        "useYn": "Y",
        "sendNo": "1577-1234",
        "sendType": "0",
        "title": None,
        "body": "Hello ##name##\r\n",
        "attachFileYn": "Y" if files else "N",
        "delYn": "N",
        "createDate": "2023-09-18 14:03:13.0",
        "attachFileList": [{"fileId": known, "fileName": name} for known, name in files],
        **more,
    }


def wanted(path):
    return {"path": path, "sha256": hashlib.sha256(FILES[path]).hexdigest()}


def owned(extra=None, **applied):
    return OwnedObject(
        address=Address("nhn", "Template", "welcome"),
        remote_id="welcome",
        applied=applied,
        extra=extra or {},
    )


def resource(sender, name="welcome"):
    return Resource(
        address=Address("nhn", "Template", name),
        spec={"sender": sender} if sender else {},
        locate=lambda path: Origin("x.yaml", len(path)),
    )


def live(**fields):
    extra = fields.pop("extra", {})
    whole = {
        "templateId": "welcome",
        "displayName": "Welcome",
        "description": "d",
        "category": {"id": "5"},
        "sender": "15771234",
        "type": "mms",
        "title": "t",
        "body": "b",
        "enabled": True,
        **fields,
    }
    return LiveObject(kind="Template", id="welcome", key="welcome", fields=whole, extra=extra)


def test_fields_are_in_the_words_of_manifests(world):
    world.server.lists("/templates", [row()])
    (found,) = world.collection("Template").objects
    assert (found.id, found.key) == ("welcome", "welcome")
    assert found.fields == {
        "templateId": "welcome",
        "displayName": "Welcome",
        "description": "",
        "category": {"id": "415975"},
        "sender": "15771234",
        "type": "sms",
        "title": "",
        "body": "Hello ##name##\r\n",
        "enabled": True,
        "attachments": [],
    }


def test_a_deleted_template_counts_in_the_total_and_is_absent(world):
    gone = [row(delYn="Y"), row(delYn="Y", createDate="2022"), row("other", delYn="Y")]
    world.server.lists("/templates", [*gone, row()])
    collection = world.collection("Template")
    assert collection.complete
    assert [one.id for one in collection.objects] == ["welcome"]


def test_ten_thousand_templates_and_their_senders_take_twelve_requests(world):
    world.server.lists("/templates", [row(f"t{n}") for n in range(10_000)])
    world.server.lists("/sendNos", [{"sendNo": "15771234", "useYn": "Y", "blockYn": "N"}])
    desired = {"Template": [resource("15771234")]}
    observation = world.observe("Template", desired=desired)
    assert len(observation.collections["Template"].objects) == 10_000
    assert len(world.server.calls) == observation.requests == 11
    assert observation.findings == ()


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        pytest.param([], "nhn-sender-unregistered", id="not there"),
        pytest.param([("N", "N")], "nhn-sender-disabled", id="not in use"),
        pytest.param([("Y", "Y")], "nhn-sender-blocked", id="blocked"),
        pytest.param([("Y", "N")], None, id="good"),
        pytest.param([("Y", "Y"), ("Y", "N")], None, id="there twice, once good"),
    ],
)
def test_a_sender_that_cannot_send_is_a_finding(world, rows, rule):
    numbers = [
        {"sendNo": "1577-1234", "serviceId": n, "useYn": use, "blockYn": block}
        for n, (use, block) in enumerate(rows)
    ]
    world.server.lists("/sendNos", numbers)
    world.server.lists("/templates", [])
    findings = world.observe("Template", desired={"Template": [resource("15771234")]}).findings
    assert [finding.rule for finding in findings] == ([rule] if rule else [])
    for finding in findings:
        assert finding.severity is Severity.WARNING
        assert finding.address == Address("nhn", "Template", "welcome")
        assert finding.origin == Origin("x.yaml", 2)


def test_unreadable_sender_numbers_are_said_and_stop_nothing(world, shapes):
    world.server.on("GET", "/sendNos", shapes.failed(-1004, "Not allowed IP"))
    world.server.lists("/templates", [row()])
    observation = world.observe("Template", desired={"Template": [resource("1")]})
    assert observation.collections["Template"].complete
    assert [(f.rule, f.severity) for f in observation.findings] == [
        ("nhn-sender-unchecked", Severity.INFO)
    ]


DESIRED = {
    "templateId": "welcome",
    "displayName": "welcome",
    "category": {"id": "5"},
    "sender": "15771234",
    "type": "sms",
    "body": "b",
    "enabled": True,
}


def test_a_create_sends_the_client_s_own_id_and_gets_nothing_back(world, shapes):
    world.server.on("POST", "/templates", shapes.BARE)
    task = shapes.task("Template", DESIRED)
    assert world.create(task).id == "welcome"
    assert world.server.bodies("POST", "/templates") == [
        {
            "categoryId": 5,
            "templateId": "welcome",
            "templateName": "welcome",
            "templateDesc": "",
            "sendNo": "15771234",
            "sendType": "0",
            "title": "",
            "body": "b",
            "useYn": "Y",
        }
    ]
    (step,) = world.writer.steps
    assert (step.verb, step.key, step.applied) == (Verb.CREATE, "welcome", DESIRED)
    assert world.provider.cost(task, Verb.CREATE) == 1


def upload_answers(world, shapes, *ids):
    answers = [shapes.ok({"data": {"fileId": known, "fileName": "x"}}) for known in ids]
    world.server.on("POST", "/attachfile/binaryUpload", answers)


def test_attachments_are_uploaded_before_the_template_is_created(world, shapes):
    upload_answers(world, shapes, 11, 12)
    world.server.on("POST", "/templates", shapes.BARE)
    bound = row(files=[(21, "a.jpg"), (22, "b.jpg")])
    world.server.on("GET", "/templates/welcome", shapes.ok({"data": bound}))
    attachments = [wanted("img/a.jpg"), wanted("img/b.jpg")]
    task = shapes.task(
        "Template", {**DESIRED, "attachments": attachments}, read_file=FILES.__getitem__
    )
    applied = world.create(task)
    uploads = world.server.bodies("POST", "/attachfile/binaryUpload")
    assert uploads[0] == {
        "fileName": "a.jpg",
        "fileBody": base64.b64encode(b"first").decode(),
        "createUser": "reconciler",
    }
    assert world.server.bodies("POST", "/templates")[0]["attachFileIdList"] == [11, 12]
    assert applied.extra == {
        "files": [{"fileId": "21", "fileName": "a.jpg"}, {"fileId": "22", "fileName": "b.jpg"}],
        "confirmed": True,
    }
    assert [step.applied for step in world.writer.steps[:2]] == [{}, {}]
    assert len(world.server.calls) == world.provider.cost(task, Verb.CREATE)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"another", "has changed since it was planned")],
)
def test_a_file_that_is_not_what_was_planned_is_not_sent(world, shapes, content, message):
    def read_file(path):
        if content is None:
            raise FileNotFoundError(2, "No such file or directory", path)
        return content

    desired = {**DESIRED, "attachments": [wanted("img/a.jpg")]}
    with pytest.raises(NotSent, match=message):
        world.create(shapes.task("Template", desired, read_file=read_file))
    assert world.server.calls == []


APPLIED = [wanted("img/a.jpg")]
UNTOLD = [{"path": "img/a.jpg", "sha256": None}]


@pytest.mark.parametrize(
    ("files", "state", "expected"),
    [
        pytest.param([], None, [], id="none, not ours"),
        pytest.param([(1, "a.jpg")], None, "unreadable", id="some, not ours"),
        pytest.param([(1, "a.jpg")], owned(attachments=APPLIED), UNTOLD, id="not recorded"),
        pytest.param(
            [(1, "a.jpg")],
            owned(
                {"files": [{"fileId": "1", "fileName": "a.jpg"}], "confirmed": True},
                attachments=APPLIED,
            ),
            APPLIED,
            id="as left",
        ),
        pytest.param(
            [(2, "a.jpg")],
            owned(
                {"files": [{"fileId": "1", "fileName": "a.jpg"}], "confirmed": True},
                attachments=APPLIED,
            ),
            [{"path": "a.jpg"}],
            id="replaced by one of the same name",
        ),
        pytest.param(
            [(2, "a.jpg")],
            owned(
                {"files": [{"fileId": "1", "fileName": "a.jpg"}], "confirmed": False},
                attachments=APPLIED,
            ),
            APPLIED,
            id="the server gave it another id when it took it over",
        ),
        pytest.param(
            [],
            owned(
                {"files": [{"fileId": "1", "fileName": "a.jpg"}], "confirmed": True},
                attachments=APPLIED,
            ),
            [],
            id="gone",
        ),
    ],
)
def test_the_live_attachments_are(world, files, state, expected):
    world.server.lists("/templates", [row(files=files)])
    scope = {} if state is None else {"owned": {"Template": [state]}}
    (found,) = world.collection("Template", **scope).objects
    assert found.fields.get("attachments", "unreadable") == expected


def test_an_update_sends_all_but_the_files(world, shapes):
    world.server.on("PUT", "/templates/welcome", shapes.BARE)
    desired = {"templateId": "welcome", "body": "new"}
    state = owned({"kept": 1}, body="b")
    task = shapes.task("Template", desired, changed=frozenset({"body"}), live=live(), owned=state)
    applied = world.update(task)
    assert world.server.bodies("PUT", "/templates/welcome") == [
        {
            "templateName": "Welcome",
            "templateDesc": "d",
            "sendNo": "15771234",
            "sendType": "1",
            "title": "t",
            "body": "new",
            "useYn": "Y",
        }
    ]
    assert applied.extra == {"kept": 1}
    assert world.provider.cost(task, Verb.UPDATE) == len(world.server.calls) == 1


def test_changed_attachments_are_all_uploaded_anew(world, shapes):
    upload_answers(world, shapes, 31, 32)
    world.server.on("PUT", "/templates/welcome", shapes.BARE)
    bound = row(files=[(31, "a.jpg"), (32, "b.jpg")])
    world.server.on("GET", "/templates/welcome", shapes.ok({"data": [bound]}))
    attachments = [wanted("img/a.jpg"), wanted("img/b.jpg")]
    task = shapes.task(
        "Template",
        {"templateId": "welcome", "attachments": attachments},
        changed=frozenset({"attachments"}),
        live=live(),
        read_file=FILES.__getitem__,
    )
    applied = world.update(task)
    assert world.server.bodies("PUT", "/templates/welcome")[0]["attachFileIdList"] == [31, 32]
    assert applied.extra["confirmed"] is True
    assert world.provider.cost(task, Verb.UPDATE) == len(world.server.calls)


def test_removed_attachments_are_sent_as_an_empty_list(world, shapes):
    world.server.on("PUT", "/templates/welcome", shapes.BARE)
    world.server.on("GET", "/templates/welcome", shapes.ok({"data": row()}))
    task = shapes.task(
        "Template",
        {"templateId": "welcome", "attachments": []},
        changed=frozenset({"attachments"}),
        live=live(),
    )
    assert world.update(task).extra == {"files": [], "confirmed": True}
    assert world.server.bodies("PUT", "/templates/welcome")[0]["attachFileIdList"] == []


SEEN = {"files": [{"fileId": "1", "fileName": "a.jpg"}], "confirmed": True}


@pytest.mark.parametrize("managed", [True, False])
def test_files_that_an_update_dropped_are_given_back(world, shapes, managed):
    """Whether leaving the list out keeps or clears the files is nowhere stated."""
    upload_answers(world, shapes, 41)
    world.server.on("PUT", "/templates/welcome", shapes.BARE)
    answers = [shapes.ok({"data": row()}), shapes.ok({"data": row(files=[(41, "a.jpg")])})]
    world.server.on("GET", "/templates/welcome", answers)
    desired = {"templateId": "welcome", "body": "new"}
    if managed:
        desired["attachments"] = [wanted("img/a.jpg")]
    task = shapes.task(
        "Template",
        desired,
        changed=frozenset({"body"}),
        live=live(extra=SEEN),
        read_file=FILES.__getitem__,
    )
    applied = world.update(task)
    first, second = world.server.bodies("PUT", "/templates/welcome")
    assert "attachFileIdList" not in first
    assert second["attachFileIdList"] == ([41] if managed else [1])
    assert applied.extra["files"] == [{"fileId": "41", "fileName": "a.jpg"}]


@pytest.mark.parametrize("look", ["kept", "unreadable"])
def test_files_that_an_update_kept_are_left_alone(world, shapes, look):
    world.server.on("PUT", "/templates/welcome", shapes.BARE)
    answer = shapes.ok({"data": row(files=[(1, "a.jpg")])})
    world.server.on("GET", "/templates/welcome", answer if look == "kept" else shapes.failed(4))
    task = shapes.task(
        "Template",
        {"templateId": "welcome", "body": "new"},
        changed=frozenset({"body"}),
        live=live(extra=SEEN),
        owned=owned(SEEN),
    )
    assert world.update(task).extra == SEEN
    assert len(world.server.calls) == world.provider.cost(task, Verb.UPDATE) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_files_of_the_template_whose_place_it_takes_are_attached_by_their_ids(world, shapes, kept):
    world.server.on("POST", "/templates", shapes.BARE)
    shown = row(files=[(1, "a.jpg")] if kept else [])
    world.server.on("GET", "/templates/welcome", shapes.ok({"data": shown}))
    left = {"files": [{"fileId": "1", "fileName": "a.jpg"}]}
    applied = world.create(shapes.task("Template", DESIRED, left=left))
    assert world.server.bodies("POST", "/templates")[0]["attachFileIdList"] == [1]
    assert applied.notes == (() if kept else (LOST.format("a.jpg"),))
    assert applied.extra == {}


def test_files_that_the_manifest_names_replace_those_of_the_template_before(world, shapes):
    world.server.on("POST", "/templates", shapes.BARE)
    left = {"files": [{"fileId": "1", "fileName": "a.jpg"}]}
    applied = world.create(shapes.task("Template", {**DESIRED, "attachments": []}, left=left))
    assert "attachFileIdList" not in world.server.bodies("POST", "/templates")[0]
    assert applied.notes == ()


def test_an_attachment_that_another_template_has_is_a_refusal(world, shapes):
    upload_answers(world, shapes, 11)
    world.server.on("POST", "/templates", shapes.failed(-2043, "already registered"))
    desired = {**DESIRED, "attachments": [wanted("img/a.jpg")]}
    with pytest.raises(Rejected, match="already registered"):
        world.create(shapes.task("Template", desired, read_file=FILES.__getitem__))


@pytest.mark.parametrize(
    ("look", "gone"),
    [({"data": row(delYn="Y")}, True), (None, True), ({"data": row()}, False)],
)
def test_deleting_what_is_only_shown_as_deleted_is_done(world, shapes, look, gone):
    world.server.on("DELETE", "/templates/welcome", shapes.failed(-2110, "unavailable"))
    world.server.on("GET", "/templates/welcome", shapes.ok(look))
    task = shapes.task("Template", {}, owned=owned())
    if gone:
        world.delete(task)
    else:
        with pytest.raises(Rejected):
            world.delete(task)


def test_a_template_s_id_is_one_segment_of_the_path(world, shapes):
    world.server.on("DELETE", "/templates/a/b {appKey}", shapes.BARE)
    state = OwnedObject(address=Address("nhn", "Template", "x"), remote_id="a/b {appKey}")
    world.delete(shapes.task("Template", {}, owned=state))


def test_a_manifest_is_brought_into_the_form_of_live_fields():
    spec = {"sender": "1577-1234", "category": {"id": 5}, "type": "sms"}
    assert TEMPLATE.canonical(spec, "welcome") == {
        "templateId": "welcome",
        "sender": "15771234",
        "category": {"id": "5"},
        "type": "sms",
    }
    assert TEMPLATE.create_defaults({}, "n" * 60) == {"displayName": "n" * 50, "enabled": True}
    assert TEMPLATE.identity({"templateId": "welcome"}, lambda _value: None) == "welcome"
