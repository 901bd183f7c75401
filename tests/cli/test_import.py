"""`reconciler import` on a served emulator: what it writes, what it leaves alone, that it proves it."""

import pytest
import yaml

from tests.cli import importing


@pytest.fixture
def world(project, monkeypatch):
    with importing.served(project, monkeypatch) as world:
        yield world


@pytest.fixture
def account(world):
    return world.account


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".reconciler" not in path.parts
    }


def documents(path):
    return [*yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def names(path):
    return [each["metadata"]["name"] for each in documents(path)]


def imported(run, *words, code=0):
    result = run("import", "--out", "manifests", *words)
    assert result.code == code, result.out + result.err
    return result


def unchanged(run):
    result = run("plan", "--detailed-exitcode")
    assert result.code == 0, result.out + result.err
    return result


def test_what_an_account_has_becomes_manifests_that_change_nothing(run, project, account):
    above = account.category("마케팅")
    below = account.category("가입 환영!! ", above)
    account.template("welcome", below, "Hello ##name##\nBye")
    result = imported(run)
    assert result.out.endswith("3 objects imported.\nPlan right after: no changes.\n")
    assert (project / "manifests/nhn/templates.yaml").read_text() == (
        "# Imported from nhn (nhncloud-sms). Edit freely.\n"
        "apiVersion: reconciler/v1\n"
        "kind: Template\n"
        "metadata:\n"
        "  name: welcome\n"
        "spec:\n"
        "  category: 가입-환영\n"
        '  sender: "15446859"\n'
        "  type: sms\n"
        "  body: |-\n"
        "    Hello ##name##\n"
        "    Bye\n"
    )
    assert names(project / "manifests/nhn/categories.yaml") == ["마케팅", "가입-환영"]
    unchanged(run)
    assert run("drift").code == 0
    assert len(run("state", "list", "--output", "json").json["objects"]) == 3


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("가입 환영!! ", "가입-환영"),
        ("Order #1/2", "order-1-2"),
        ("..-@+leading", "leading"),
        ("ÄRGER", "Ärger"),
        ("각" * 50, None),
    ],
)
def test_a_name_comes_from_what_an_object_is_called(run, project, account, called, name):
    account.category("above")
    account.category(called)
    imported(run)
    [found] = {*names(project / "manifests/nhn/categories.yaml")} - {"above"}
    assert len(found.encode()) <= 100
    assert found == name if name else found.startswith("각" * 31 + "-")
    unchanged(run)


def test_what_has_no_letters_is_called_by_its_id(run, project, account):
    known = account.tag("☺")["tagId"]
    imported(run)
    assert names(project / "manifests/nhn/tags.yaml") == [f"tag-{known}"]


def test_all_of_a_group_that_a_disk_may_take_for_one_get_a_suffix(run, project, account):
    ids = [account.tag(name)["tagId"] for name in ("Café", "CAFÉ", "vip")]
    imported(run)
    assert names(project / "manifests/nhn/tags.yaml") == [f"café-{ids[0]}", f"café-{ids[1]}", "vip"]


def test_twins_are_left_alone_and_what_points_at_one_does_so_by_id(run, project, account):
    twin = account.category("twin")
    account.category("twin")
    account.template("welcome", twin)
    result = imported(run)
    assert "other live objects have the same identity" in result.out
    text = (project / "manifests/nhn/templates.yaml").read_text()
    assert f'category: {{id: {twin}}}  # "twin", which no manifest manages' in text
    unchanged(run)


def test_a_reference_to_a_kind_that_is_not_imported_says_what_it_is(run, project, account):
    known = account.category("Marketing")
    account.template("welcome", known)
    imported(run, "--kind", "template")
    text = (project / "manifests/nhn/templates.yaml").read_text()
    assert f'{{id: {known}}}  # "Marketing": import Category to refer to it by name' in text
    unchanged(run)


def test_a_second_run_does_nothing_and_a_third_adds_what_is_new(run, project, account):
    account.tag("one")
    imported(run)
    before = files(project)
    assert imported(run).out.endswith("Nothing to import.\n")
    assert files(project) == before
    account.tag("two")
    imported(run)
    after = files(project)
    assert after.keys() == before.keys()
    added = after["manifests/nhn/tags.yaml"].removeprefix(before["manifests/nhn/tags.yaml"])
    assert added.startswith(b"---\napiVersion: ")
    assert names(project / "manifests/nhn/tags.yaml") == ["one", "two"]
    unchanged(run)


def test_a_preview_writes_nothing(run, project, account):
    account.tag("one")
    before = files(project)
    result = imported(run, "--preview")
    assert "1 object would be imported. Nothing was written." in result.out
    assert files(project) == before
    assert not (project / "manifests").exists()
    assert not (project / ".reconciler/state.db").exists()


def test_the_document_says_what_was_done(run, account):
    account.tag("one")
    document = imported(run, "--output", "json").json
    assert [each["address"] for each in document["imported"]] == ["nhn/Tag/one"]
    assert document["files"] == [
        {
            "path": "manifests/nhn/tags.yaml",
            "documents": 1,
            "appended": False,
            "uncommittedBefore": False,
        }
    ]
    assert document["planAfter"] == {"changes": 0, "blocked": 0, "adopt": 0}
    assert document["cannotBeListed"] == [{"provider": "nhn", "kind": "BlockList"}]
    assert document["withheld"] == [{"provider": "nhn", "kind": "Contact"}]
