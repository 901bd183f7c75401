"""What counts as a change, what needs a word on the command line, and that plans stay the same."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.manifests import NHN, resource

CREATED_AT = re.compile(rb'"createdAt": "[^"]*",')
BLOCK_LIST = "{unsubscribeNumber: 080-123-4567, recipientsFrom: [{file: n.csv}]}"


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def put(*documents):
        (tmp_path / "m.yaml").write_text("---\n".join((NHN, *documents)))

    return put


@pytest.fixture
def numbers(tmp_path):
    def put(count):
        lines = (f"010-1234-5{number}\n" for number in range(100, 100 + count))
        (tmp_path / "n.csv").write_text("".join(lines))

    return put


# --- brakes


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        (60, 50, False),
        (60, 49, False),
        (60, 47, True),
        (40, 30, False),
        (40, 29, True),
        (12, 1, True),
    ],
)
def test_many_members_removed_from_an_additive_list_need_a_word(
    write, numbers, apply, run, before, after, refused
):
    write(resource("BlockList", "ads", BLOCK_LIST))
    numbers(before)
    apply()
    numbers(after)
    result = run("apply", "--emulate", "--auto-approve")
    gone = before - after
    assert result.code == (1 if refused else 0)
    if refused:
        assert f"removes {gone} numbers, which needs --allow-deletes {gone}" in result.err
        assert run("apply", "--emulate", "--auto-approve", "--allow-deletes", gone - 1).code == 1
        apply("--allow-deletes", gone)


def test_a_block_list_that_is_given_up_counts_with_its_members(write, numbers, apply, run):
    write(resource("BlockList", "ads", BLOCK_LIST))
    numbers(30)
    apply()
    write()
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 1
    assert "--allow-deletes 30" in result.err


def test_the_number_to_agree_to_is_the_one_that_the_summary_shows(write, apply, run):
    tags = [resource("Tag", name) for name in "abcdefgh"]
    write(*tags, resource("Category", "c"))
    apply()
    write(*tags[:4])
    result = run("apply", "--emulate", "--auto-approve")
    assert "5 to delete" in result.out
    assert "this plan deletes 5 objects, which needs --allow-deletes 5" in result.err
    apply("--allow-deletes", 5)


def test_nothing_to_add_to_a_new_block_list_is_said_so(write, numbers, plan):
    write(resource("BlockList", "ads", "{unsubscribeNumber: 080-123-4567, recipients: []}"))
    result = plan()
    assert "()" not in result.out
    assert "exists already" not in result.out


# --- renames


def test_a_rename_is_a_change(write, apply, plan, run):
    write(resource("Tag", "a", "{displayName: VIP}"))
    apply()
    write(resource("Tag", "b", "{displayName: VIP}", lifecycle="{movedFrom: a}"))
    assert plan().code == 2
    assert "1 to rename" in plan().out
    document = plan("--output", "json").json
    assert document["moves"] == [{"from": "nhn/Tag/a", "to": "nhn/Tag/b"}]
    assert document["summary"]["rename"] == 1
    assert "1 renamed" in apply().out
    assert plan().code == 0


@pytest.mark.parametrize("owned", ["a", "b"])
def test_several_renames_that_come_at_once_are_followed(write, apply, plan, owned):
    write(resource("Tag", owned, "{displayName: VIP}"))
    apply()
    write(resource("Tag", "c", "{displayName: VIP}", lifecycle="{movedFrom: [a, b]}"))
    result = plan("--output", "json").json
    assert result["moves"] == [{"from": f"nhn/Tag/{owned}", "to": "nhn/Tag/c"}]
    assert result["changes"] == []


def test_a_plan_of_one_target_renames_nothing_else(write, apply, plan):
    write(resource("Tag", "a", "{displayName: A}"), resource("Tag", "x"))
    apply()
    write(
        resource("Tag", "b", "{displayName: A}", lifecycle="{movedFrom: a}"), resource("Tag", "x")
    )
    assert plan("--target", "nhn/Tag/x").code == 0
    assert plan("--target", "nhn/Tag/b").code == 2


def test_the_former_name_as_a_target_is_answered_with_the_new_one(write, apply, run):
    write(resource("Tag", "a", "{displayName: A}"))
    apply()
    write(resource("Tag", "b", "{displayName: A}", lifecycle="{movedFrom: a}"))
    result = run("plan", "--emulate", "--target", "nhn/Tag/a")
    assert result.code == 64
    assert "--target nhn/Tag/b" in result.err


def test_a_rename_that_would_change_the_key_says_how_to_keep_it(write, apply, plan):
    template = '{category: c, sender: "15446859", type: sms, body: hi}'
    write(resource("Category", "c"), resource("Template", "welcome", template))
    apply()
    write(
        resource("Category", "c"),
        resource("Template", "hello", template, lifecycle="{movedFrom: welcome}"),
    )
    assert "to keep the live object, set templateId: welcome in the manifest" in plan().out


def test_a_row_that_is_forgotten_is_a_change(write, apply, plan):
    write(resource("Tag", "a", lifecycle="{onRemove: forget}"))
    apply()
    write()
    assert plan().code == 2


# --- findings


def test_a_finding_of_severity_error_has_one_exit_code_everywhere(write, run, plan):
    body = "x" * 300
    template = f'{{category: c, sender: "15446859", type: sms, body: {body}}}'
    write(resource("Category", "c"), resource("Template", "t", template))
    assert run("validate").code == 1
    assert run("plan", "--emulate").code == 1
    result = plan("--output", "json")
    assert result.code == 1
    assert "severity error" in result.json["error"]["message"]
    assert run("apply", "--emulate", "--auto-approve").code == 1


# --- order


def test_a_plan_is_the_same_bytes_in_every_process(write, tmp_path, apply):
    templates = [
        resource("Template", f"t{n}", '{category: c, sender: "15446859", type: sms, body: hi}')
        for n in range(4)
    ]
    tags = [resource("Tag", f"tag{n}") for n in range(4)]
    contact = "{tags: [tag0, tag1, tag2, tag3], phoneNumbers: [010-1234-5678]}"
    write(
        resource("Category", "c"),
        resource("Category", "d"),
        *templates,
        *tags,
        resource("Contact", "kim", contact),
    )
    apply()
    write(
        resource("Category", "c", "{parent: d}"),
        resource("Category", "d"),
        *templates[:3],
        *tags[:2],
        resource("Contact", "kim", "{tags: [tag0, tag1], phoneNumbers: [010-1234-5678]}"),
    )
    for form in ("text", "json"):
        seen = set()
        for seed in ("0", "1", "2", "3"):
            made = subprocess.run(
                [sys.executable, "-m", "reconciler", "plan", "--emulate", "--output", form],
                cwd=tmp_path,
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
            seen.add(CREATED_AT.sub(b"", made))
        assert len(seen) == 1, form


def test_depends_on_has_no_circle_and_both_halves_of_a_replacement_are_shown(write, apply, plan):
    template = resource("Template", "t", '{category: c, sender: "15446859", type: sms, body: hi}')
    write(resource("Category", "c"), resource("Category", "d"), template)
    apply()
    write(resource("Category", "c", "{parent: d}"), resource("Category", "d"), template)
    needs = {
        each["address"]: each["dependsOn"] for each in plan("--output", "json").json["changes"]
    }
    assert needs == {"nhn/Category/c": [], "nhn/Template/t": ["nhn/Category/c"]}
    assert list(needs) == ["nhn/Category/c", "nhn/Template/t"]
    shown = plan().out
    assert "delete the old nhn/Template/t" in shown
    assert "make the new nhn/Template/t; delete the old nhn/Category/c" in shown or (
        "delete the old nhn/Category/c; make the new nhn/Template/t" in shown
    )
    assert "category: c → the new c (known after apply)" in shown
