"""`drift --accept`: live values go into manifests in place; nothing else in them changes."""

import json
import os
from contextlib import closing
from datetime import datetime

import pytest

from reconciler.cli.runs import accepting
from reconciler.emulator.store import Store
from reconciler.state.base import Put
from reconciler.state.open import open_store

STATE = ".reconciler/emulated/state.db"
WELCOME = "nhn/Template/welcome"
COMMENTED = """\
# Messages of the shop.
apiVersion: reconciler/v1
kind: Template
metadata: {name: welcome, labels: {team: growth}}   # who writes it
spec:
  category: transactional
  sender: 15446859  # registered in March
  type: sms

  # What people read first.
  body: |-  # two lines
    Hello ##name##
    Welcome to the shop.
"""
PEOPLE = """\
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip}
spec: {}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: staff}
spec: {}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {name: kim}
spec:
  tags: [vip]
  phoneNumbers:
    # at work
    - 010-1234-5678
    - "01087654321"  # at home
"""


@pytest.fixture
def shop(project, run, monkeypatch):
    """The project with a commented template and a contact, applied on the emulator."""
    text = (project / "nhn.yaml").read_text()
    parts = [part for part in text.split("---\n") if "Template" not in part and "Tag" not in part]
    (project / "nhn.yaml").write_text("---\n".join(parts))
    (project / "welcome.yaml").write_text(COMMENTED)
    (project / "people.yaml").write_text(PEOPLE)
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    assert run("apply", "--auto-approve").code == 0
    return project


@pytest.fixture
def by_hand(project):
    """Change what the emulator has: `by_hand("templates", "welcome", body="…")`."""

    def change(table, key, **values):
        with closing(Store(project / ".reconciler" / "emulated" / "emulator.db")) as store:
            name = next(
                n
                for (n,) in store.execute("SELECT name FROM collections")
                if n.endswith(f"/{table}")
            )
            rows = store.table(name)
            known = next(k for k, row in rows.items() if key in (k, row.get("tagName")))
            rows[known] = {**rows[known], **values}

    return change


def accept(run, *addresses):
    words = [word for address in addresses for word in ("--accept", address)]
    return run("drift", *words, "--auto-approve")


def is_clean(run):
    assert run("drift").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


VALUES = {
    "a line": ({"body": "Hi there"}, "body: Hi there  # two lines"),
    "other lines": (
        {"body": "Hi\n\nthere\n"},
        "body: |  # two lines\n    Hi\n\n    there\n",
    ),
    "what looks like a comment": ({"body": "now # 1"}, 'body: "now # 1"  # two lines'),
    "what looks like a truth": ({"body": "on"}, 'body: "on"  # two lines'),
    "blanks": ({"body": " a\nb "}, 'body: " a\\nb "  # two lines'),
    "emoji": ({"body": "안녕 💌"}, 'body: "안녕 💌"  # two lines'),
    "a number": ({"sendNo": "0215880001"}, "sender: 0215880001  # registered in March"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_is_written_where_it_stands_and_comments_stay(shop, run, by_hand, case):
    values, expected = VALUES[case]
    by_hand("templates", "welcome", **values)
    before = (shop / "welcome.yaml").read_text()
    result = accept(run, WELCOME)
    assert result.code == 0, result.err
    after = (shop / "welcome.yaml").read_text()
    assert expected in after
    comments = [
        line.partition("#")[2]
        for line in before.splitlines()
        if " # " in line or line.startswith("#")
    ]
    assert all(comment in after for comment in comments)
    is_clean(run)


def test_what_the_manifest_leaves_to_its_default_is_added(shop, run, by_hand):
    by_hand("tags", "vip", tagName="VIPs")
    assert accept(run, "nhn/Tag/vip").code == 0
    assert (
        "metadata: {name: vip}\nspec: {displayName: VIPs}\n" in (shop / "people.yaml").read_text()
    )
    is_clean(run)


def test_of_a_list_single_items_come_and_go(shop, run, by_hand):
    by_hand("uids", "kim", contacts={"01012345678": "2026", "01055556666": "2026"})
    result = accept(run, "nhn/Contact/kim")
    assert result.code == 0, result.err
    text = (shop / "people.yaml").read_text()
    assert text.endswith("    # at work\n    - 010-1234-5678\n    - 01055556666\n")
    assert "01055556666" not in result.out + result.err  # people's numbers are masked
    is_clean(run)


def test_references_are_written_by_name(shop, run, by_hand):
    show = json.loads(run("state", "show", "nhn/Tag/staff", "--output", "json").out)
    by_hand("uids", "kim", tagIds=[str(show["id"])])
    result = accept(run, "nhn/Contact/kim")
    assert result.code == 0, result.err
    assert "  tags: [staff]\n" in (shop / "people.yaml").read_text()
    is_clean(run)


def test_what_else_drifts_is_shown_and_makes_the_exit_code(shop, run, by_hand):
    by_hand("templates", "welcome", body="Hi")
    by_hand("tags", "vip", tagName="VIPs")
    result = accept(run, WELCOME)
    assert result.code == 2
    assert result.out.startswith("Accepted: 1 live value of 1 object is in the manifests now.\n")
    assert "nhn/Tag/vip" in result.out
    assert "displayName" not in (shop / "people.yaml").read_text()


def test_json_tells_what_was_accepted_and_what_is_left(shop, run, by_hand):
    by_hand("templates", "welcome", body="Hi")
    document = run("drift", "--accept", WELCOME, "--auto-approve", "--output", "json").json
    assert [each["address"] for each in document["accepted"]] == [WELCOME]
    assert document["accepted"][0]["fields"][0]["after"] == "Hi"
    assert document["drift"] == []


def test_somebody_is_asked_and_may_say_no(shop, run, by_hand, monkeypatch):
    by_hand("templates", "welcome", body="Hi")
    before = (shop / "welcome.yaml").read_bytes()
    assert run("drift", "--accept", WELCOME).code == 64  # nobody can answer
    monkeypatch.setattr("reconciler.cli.output.Output.interactive", True)
    monkeypatch.setattr("sys.stdin.readline", lambda: "no\n", raising=False)
    result = run("drift", "--accept", WELCOME)
    assert result.code == 1
    assert "welcome.yaml:" in result.err
    assert "not approved; nothing was changed" in result.err
    assert (shop / "welcome.yaml").read_bytes() == before


def refused(run, shop, *addresses):
    files = {path: path.read_bytes() for path in shop.glob("*.yaml")}
    result = accept(run, *addresses)
    assert result.code == 1, result.out + result.err
    assert {path: path.read_bytes() for path in shop.glob("*.yaml")} == files
    return result.err


def test_what_comes_from_a_variable_is_refused_by_its_name(shop, run, by_hand):
    (shop / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: shop}\n"
        "spec: {variables: {greeting: {type: string, default: Hello}}}\n"
    )
    text = COMMENTED.partition("  body:")[0] + '  body: "${var.greeting} there"\n'
    (shop / "welcome.yaml").write_text(text)
    applied = run("apply", "--auto-approve")
    assert applied.code == 0, applied.err
    by_hand("templates", "welcome", body="Hi", sendNo="0215880001")
    said = refused(run, shop, WELCOME)
    assert "welcome.yaml:11:9: nhn/Template/welcome: body cannot be written: it comes from" in said
    assert "${var.greeting}: change the variable instead" in said


def test_of_several_nothing_is_written_where_one_is_refused(shop, run, by_hand):
    by_hand("templates", "welcome", delYn="Y")
    by_hand("tags", "vip", tagName="VIPs")
    said = refused(run, shop, WELCOME, "nhn/Tag/vip")
    assert "it is gone at the provider" in said


def test_a_live_value_that_no_manifest_may_have_is_refused_and_the_file_is_as_it_was(
    shop, run, by_hand
):
    by_hand("templates", "welcome", body="x" * 5000)
    said = refused(run, shop, WELCOME)
    assert "welcome.yaml:11" in said


def test_an_edit_made_meanwhile_is_not_lost(shop, run, by_hand, monkeypatch):
    by_hand("templates", "welcome", body="Hi")
    path = shop / "welcome.yaml"
    real = accepting.saved

    def late(rewritings):
        path.write_text(path.read_text() + "# by somebody else\n")
        return real(rewritings)

    monkeypatch.setattr(accepting, "saved", late)
    result = accept(run, WELCOME)
    assert result.code == 1
    assert "welcome.yaml was changed meanwhile, and is left as it is" in result.err
    assert path.read_text() == COMMENTED + "# by somebody else\n"
    assert not list(shop.glob(".welcome*"))


def test_uncommitted_edits_elsewhere_in_the_file_stay(shop, run, by_hand):
    by_hand("templates", "welcome", body="Hi")
    path = shop / "welcome.yaml"
    path.write_text(path.read_text().replace("# registered in March", "# registered in April"))
    assert accept(run, WELCOME).code == 0
    assert "# registered in April" in path.read_text()


def test_mode_and_line_endings_stay(shop, run, by_hand):
    path = shop / "welcome.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    by_hand("templates", "welcome", body="Hi\nthere")
    result = accept(run, WELCOME)
    assert result.code == 0, result.err
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf# Messages")
    assert b"    Hi\r\n    there\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    is_clean(run)


def test_json_manifests_are_edited_as_well(shop, run, by_hand):
    (shop / "welcome.yaml").unlink()
    manifest = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "metadata": {"name": "welcome"},
        "spec": {"category": "transactional", "sender": "15446859", "type": "sms", "body": "a"},
    }
    path = shop / "welcome.json"
    path.write_text(json.dumps(manifest, indent=4))
    assert run("apply", "--auto-approve").code == 0
    by_hand("templates", "welcome", body='"Hi"\nthere', templateDesc="by hand")
    assert accept(run, WELCOME).code == 0
    manifest["spec"]["body"] = '"Hi"\nthere'
    assert path.read_text() == json.dumps(manifest, indent=4)
    is_clean(run)


def test_what_was_killed_after_the_file_was_written_is_finished_by_the_next(
    shop, run, by_hand, monkeypatch
):
    by_hand("templates", "welcome", body="Hi")

    async def killed(*_):
        os._exit(9)

    monkeypatch.setattr(accepting, "remember", killed)
    child = os.fork()
    if not child:
        accept(run, WELCOME)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    monkeypatch.undo()
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    monkeypatch.chdir(shop)
    assert "body: Hi  # two lines" in (shop / "welcome.yaml").read_text()
    assert run("plan", "--detailed-exitcode").code == 0
    assert accept(run, WELCOME).code == 0
    is_clean(run)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--accept", "nhn/Tag/vpi"), 'did you mean "nhn/Tag/vip"'),
        (("--accept", WELCOME, "--target", WELCOME), "Leave out --target"),
        (("--accept", WELCOME, "--unmanaged"), "Leave out --target"),
        ((), "--auto-approve is about --accept"),
    ],
)
def test_what_cannot_be_meant_is_refused(shop, run, words, said):
    result = run("drift", *words, "--auto-approve")
    assert result.code == 64
    assert said.lower() in result.err.lower()


def test_what_has_not_drifted_is_nothing_to_accept(shop, run):
    result = accept(run, WELCOME)
    assert result.code == 0
    assert "Nothing to accept" in result.out


def test_drift_is_told_with_the_moment_when_it_was_first_seen(shop, run, by_hand, monkeypatch):
    def since(*words, at):
        monkeypatch.setattr("reconciler.clock.now", lambda: datetime.fromisoformat(at))
        found = run("drift", "--output", "json", *words).json["drift"]
        return {each["address"]: each.get("since") for each in found}

    by_hand("templates", "welcome", body="Hi")
    assert since(at="2026-11-01T02:00:00+00:00") == {WELCOME: "2026-11-01T02:00:00Z"}
    by_hand("tags", "vip", tagName="VIPs")
    both = {WELCOME: "2026-11-01T02:00:00Z", "nhn/Tag/vip": "2026-11-02T02:00:00Z"}
    assert since(at="2026-11-02T02:00:00+00:00") == both
    one = ("--target", "nhn/Tag/vip")
    assert since(*one, at="2026-11-03T02:00:00+00:00") == {"nhn/Tag/vip": both["nhn/Tag/vip"]}
    told = run("drift", "--target", WELCOME).out
    assert f"{WELCOME}  changed" in told
    assert "\n      first seen 2026-11-01 02:00:00Z\n" in told
    assert since(at="2026-11-04T02:00:00+00:00") == both
    runs = run("state", "history", "--output", "json").out.count('"drift"')
    assert runs == 2  # only those that had something new to remember
    assert run("apply", "--auto-approve").code == 0
    assert since(at="2026-11-05T02:00:00+00:00") == {}
    by_hand("tags", "vip", tagName="VIPs")
    assert since(at="2026-11-06T02:00:00+00:00") == {"nhn/Tag/vip": "2026-11-06T02:00:00Z"}


def test_drift_is_found_while_another_run_holds_the_lock(shop, run, by_hand):
    by_hand("templates", "welcome", body="Hi")
    place = str(shop / ".reconciler" / "emulated" / "state.db")
    with closing(open_store(place, root=shop, create=True)) as store, store.begin("apply"):
        assert run("drift").code == 2


def test_where_another_run_came_first_nothing_is_written(shop, run, by_hand, monkeypatch):
    by_hand("tags", "vip", tagName="VIPs")
    real, before = accepting.begun, (shop / "people.yaml").read_text()

    async def late(settings, store, command):
        with closing(open_store(str(shop / STATE), root=shop)) as other:
            row = next(iter(other.objects().values()))
            with other.begin("apply") as theirs:
                await theirs.settle(Put(row=row))
                theirs.finish("done", {})
        return await real(settings, store, command)

    monkeypatch.setattr(accepting, "begun", late)
    result = accept(run, "nhn/Tag/vip")
    assert result.code == 1
    assert "another run changed the state while this one looked" in result.err
    assert (shop / "people.yaml").read_text() == before
