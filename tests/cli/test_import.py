"""`reconciler import` on a served emulator: what it writes, what it leaves alone, that it proves it."""

import gzip
import shutil

import pytest
import yaml

from reconciler.engine.importing.importer import Importer
from reconciler.errors import ImportNotEmpty
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


# --- lists and people -----------------------------------------------------------------------------

LIST = ("--kind", "BlockList", "--object", "080-123-4567", "--with-recipients")


def numbers(count):
    return [f"010{index:08}" for index in range(count)]


@pytest.mark.parametrize(
    ("count", "file"), [(20, None), (21, "0801234567.csv"), (10_001, "0801234567.csv.gz")]
)
def test_a_list_is_in_the_manifest_or_a_file_or_a_packed_one(run, project, account, count, file):
    account.block("0801234567", numbers(count))
    result = imported(run, *LIST)
    manifest = project / "manifests/nhn/block-lists.yaml"
    [document] = documents(manifest)
    spec = document["spec"]
    assert document["metadata"]["name"] == "0801234567"
    mode = oct(manifest.stat().st_mode & 0o77)
    if file is None:
        assert spec["recipients"] == numbers(count)
        assert mode == "0o0"
    else:
        path = project / "manifests/lists" / file
        assert spec["recipientsFrom"] == [{"file": f"manifests/lists/{file}"}]
        assert oct(path.stat().st_mode & 0o777) == "0o600"
        assert mode != "0o0"
        text = path.read_bytes()
        text = gzip.decompress(text) if file.endswith(".gz") else text
        assert text == "".join(f"{number}\n" for number in numbers(count)).encode()
        assert (project / "manifests/.gitignore").read_text() == f"/lists/{file}\n"
    assert "import-personal-data" in result.out
    unchanged(run)
    before = files(project)
    assert "Nothing to import." in imported(run, *LIST).out
    assert files(project) == before


def test_a_list_is_byte_for_byte_the_same_in_every_project(run, project, account):
    account.block("0801234567", numbers(10_001))
    imported(run, *LIST)
    before = files(project)
    shutil.rmtree(project / ".reconciler")
    shutil.rmtree(project / "manifests")
    imported(run, *LIST)
    assert files(project) == before


def test_without_the_flag_no_number_is_written_and_the_manifest_says_how_many(
    run, project, account
):
    account.block("0801234567", numbers(1_234))
    imported(run, *LIST[:-1])
    text = (project / "manifests/nhn/block-lists.yaml").read_text()
    assert "# not managed here: recipients (1,234 now)\n" in text
    assert "010" not in text.replace("0801234567", "")
    assert [*(project / "manifests").iterdir()] == [project / "manifests/nhn"]
    unchanged(run)


def test_a_list_that_git_tracks_is_not_ignored_and_one_that_is_there_is_not_written_over(
    run, project, account
):
    account.block("0801234567", numbers(30))
    (project / "manifests/lists").mkdir(parents=True)
    theirs = project / "manifests/lists/0801234567.csv"
    theirs.write_text("01099999999\n")
    imported(run, *LIST)
    assert theirs.read_text() == "01099999999\n"
    [document] = documents(project / "manifests/nhn/block-lists.yaml")
    assert document["spec"]["recipientsFrom"] == [{"file": "manifests/lists/0801234567-2.csv"}]
    unchanged(run)


def test_contacts_are_people_and_not_even_read_unless_asked_for(run, project, account, world):
    tag = account.tag("vip")["tagId"]
    account.contact("01012345678", "01012345678", [tag])
    result = imported(run)
    assert "nhn/Contact: people, with their numbers; --with-contacts imports them" in result.out
    assert "0101234" not in result.out
    refused = imported(run, "--kind", "Contact", code=64)
    assert "--with-contacts" in refused.err
    result = imported(run, "--with-contacts")
    [document] = documents(project / "manifests/nhn/contacts.yaml")
    assert document["spec"] == {
        "tags": ["vip"],
        "phoneNumbers": ["01012345678"],
    }
    assert "import-personal-data" in result.out
    unchanged(run)


# --- what one asks for ----------------------------------------------------------------------------


def test_one_object_by_its_key_under_a_name_of_ones_own(run, project, account):
    known = account.category("Marketing")
    account.template("welcome", known)
    account.template("other", known)
    words = ("--kind", "template", "--object", "welcome", "--as", "hello")
    imported(run, *words)
    [document] = documents(project / "manifests/nhn/templates.yaml")
    assert document["metadata"]["name"] == "hello"
    assert document["spec"]["templateId"] == "welcome"
    assert not (project / "manifests/nhn/categories.yaml").exists()
    unchanged(run)
    again = imported(run, *words)
    assert "1 object that state owns" in again.out


def test_a_file_for_each_object(run, project, account):
    account.tag("one")
    account.tag("two")
    imported(run, "--layout", "object")
    assert [*files(project / "manifests")] == ["nhn/tags/one.yaml", "nhn/tags/two.yaml"]
    account.tag("three")
    imported(run)
    assert "nhn/tags/three.yaml" in files(project / "manifests"), "a kind keeps its layout"
    unchanged(run)


def test_manifests_alone_are_taken_over_by_the_next_apply(run, project, account):
    account.tag("one")
    result = imported(run, "--no-state")
    assert "Plan right after: 1 object to take over, no changes." in result.out
    assert not (project / ".reconciler/state.db").exists()
    assert run("apply", "--auto-approve").code == 0
    unchanged(run)


def test_a_manifest_that_describes_an_object_is_taken_over_and_one_that_does_not_is_left(
    run, project, account
):
    account.tag("same")
    known = account.category("above")
    account.template("welcome", known, "Hello")
    (project / "mine.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: mine}\nspec: {displayName: same}\n"
        "---\n"
        "apiVersion: reconciler/v1\nkind: Template\nmetadata: {name: welcome}\n"
        f"spec: {{category: {{id: {known}}}, sender: 15446859, type: sms, body: Goodbye}}\n"
    )
    before = (project / "mine.yaml").read_bytes()
    document = imported(run, "--output", "json").json
    assert [each["address"] for each in document["takenOver"]] == ["nhn/Tag/mine"]
    assert [each["address"] for each in document["imported"]] == ["nhn/Category/above"]
    owners = {each["address"]: each["reason"] for each in document["skipped"]}
    assert owners == {"nhn/Template/welcome": "manifest"}
    assert document["planAfter"] == {"changes": 0, "blocked": 1, "adopt": 0}
    assert (project / "mine.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--provider", "nnh"), 'did you mean "nhn"'),
        (("--kind", "Tmplate"), 'did you mean "Template"'),
        (("--object", "welcome"), "--object needs its kind"),
        (("--kind", "SenderDomain"), "This project has no SenderDomain"),
        (("--provider", "nhn", "--kind", "ApiKey"), "nhn has no ApiKey"),
        (("--kind", "Tag", "--with-recipients"), "has no lists of numbers"),
        (("--kind", "Tag", "--with-contacts"), "has no contacts"),
        (("--provider", "nhn", "--deliver-to", "file:keys/{name}"), "has no secrets"),
        (("--allow-probe",), "--allow-probe would do nothing"),
        (("--preview", "--keep"), "--keep would do nothing"),
        (("--kind", "Tag", "--object", "nobody"), "whose id or natural key is 'nobody'"),
        (("--as", "hello"), "--as names one object"),
        (("--kind", "Tag", "--object", "vip", "--as", "not/a/name"), "no resource can have this"),
        (("--kind", "BlockList", "--object", "hello"), "no BlockList can have this"),
        (("--deliver-to", "secrets/key"), "every object needs a place of its own"),
        (("--deliver-to", "file:../{name}"), "leads out of the project's root"),
        (("--deliver-to", "file:/tmp/{name}"), "must be a path relative to the project's root"),
        (("--deliver-to", "file:.git/{name}"), "must not be in .git or .reconciler"),
        (("--deliver-to", "file:keys/{name}.yaml"), "would be read as a manifest"),
        (("--deliver-to", "envFile:../.env:{NAME}"), "leads out of the project's root"),
        (("--deliver-to", "envFile:.env:{NAME}-key"), "needs the name of a variable"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(run, project, account, words, said):
    account.tag("vip")
    before = files(project)
    result = imported(run, *words, code=64)
    assert said in result.err
    assert files(project) == before


@pytest.mark.parametrize(
    ("out", "code", "word"),
    [
        ("nhn.yaml", 64, "usage"),
        ("missing/manifests", 64, "usage"),
        (".hidden", 1, "import-outside-manifests"),
        ("..", 64, "import-outside-manifests"),
        ("other", 1, "import-outside-manifests"),
        ("other/deeper", 1, "import-outside-manifests"),
        ("link", 64, "usage"),
    ],
)
def test_a_folder_that_this_project_does_not_read_is_refused(
    run, project, account, out, code, word
):
    (project / "other/deeper").mkdir(parents=True)
    (project / "other/reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {}\n"
    )
    (project / "link").symlink_to(project / "other")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {manifests: [nhn.yaml]}\n"
    )
    result = run("import", "--out", out, "--output", "json")
    assert result.code == code
    assert result.json["error"]["code"] == word


def test_a_folder_outside_of_what_the_project_names_is_refused(run, project, account):
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {manifests: [nhn.yaml]}\n"
    )
    result = imported(run, "--output", "json", code=1)
    assert result.json["error"]["code"] == "import-outside-manifests"
    assert "nhn.yaml" in result.json["error"]["message"]


def test_every_environment_imports_into_its_own_state(run, project, account):
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n"
        "  environments: {staging: {}, production: {}}\n"
    )
    account.tag("one")
    assert imported(run, code=64)
    document = imported(run, "--env", "staging", "--output", "json").json
    assert document["environment"] == "staging"
    assert run("plan", "--env", "staging", "--detailed-exitcode").code == 0
    assert (project / ".reconciler/staging/state.db").exists()


def test_what_the_next_plan_deletes_is_not_kept_silent(run, project, account):
    account.tag("one")
    imported(run)
    (project / "manifests/nhn/tags.yaml").unlink()
    account.category("two")
    result = imported(run)
    assert "no changes but those that there were before: 1 change." in result.out
    assert run("plan", "--detailed-exitcode").code == 2


@pytest.mark.parametrize(
    "word",
    ["import-incomplete", "import-not-empty", "import-outside-manifests", "import-personal-data"],
)
def test_what_an_import_says_is_explained(run, word):
    result = run("explain", word)
    assert result.code == 0, result.err
    assert len(result.out.splitlines()) > 2


def test_a_rehearsal_imports_what_was_rehearsed_into_its_own_state(run, applied):
    rows = run("state", "list", "--emulate", "--output", "json").json["objects"]
    for row in rows:
        assert run("state", "rm", "--emulate", row["address"]).code == 0
    manifests = (applied / "nhn.yaml").read_text()
    (applied / "nhn.yaml").write_text(manifests.split("---")[0])
    document = imported(run, "--emulate", "--output", "json").json
    assert len(document["imported"]) == len(rows)
    assert run("plan", "--emulate", "--detailed-exitcode").code == 0
    assert not (applied / ".reconciler/state.db").exists()


# --- what goes wrong ------------------------------------------------------------------------------


def test_half_an_account_is_not_imported(run, project, account, world):
    account.tag("one")
    account.template("welcome", account.category("above"))
    world.emulators.faults.replace(
        [{"path": "/templates", "fault": "status-before", "status": 400}]
    )
    before = files(project)
    result = imported(run, "--output", "json", code=1)
    assert result.json["error"]["code"] == "import-incomplete"
    assert "nhn/Template" in result.json["error"]["details"][0]
    assert files(project) == before
    imported(run, "--kind", "Tag")


def test_an_object_that_changes_meanwhile_stops_the_import(run, project, account, monkeypatch):
    known = account.tag("one")["tagId"]

    def reached(step):
        if step == "proved":
            account.call("PUT", f"/tags/{known}", json={"tagName": "other"})

    interfere(monkeypatch, reached)
    before = files(project)
    result = imported(run, code=1)
    assert "live objects were changed while this import was under way" in result.err
    left = {name: data for name, data in files(project).items() if "state" not in name}
    assert left == before
    assert not (project / "manifests").exists()


def test_a_file_that_somebody_edits_meanwhile_stays_as_it_is_then(
    run, project, account, monkeypatch
):
    account.tag("one")
    imported(run)
    account.tag("two")
    path = project / "manifests/nhn/tags.yaml"

    def reached(step):
        if step == "looked again":
            path.write_text(path.read_text() + "# mine\n")

    interfere(monkeypatch, reached)
    result = imported(run, code=1)
    assert "was changed while this import was under way" in result.err
    assert path.read_text().endswith("spec: {}\n# mine\n")
    assert len(run("state", "list", "--output", "json").json["objects"]) == 1


@pytest.mark.parametrize("keep", [False, True])
def test_an_import_that_a_plan_would_not_leave_alone_takes_everything_back(
    run, project, account, monkeypatch, keep
):
    account.tag("one")
    imported(run)
    known = account.tag("two")["tagId"]
    before = files(project)

    def reached(step):
        if step == "remembered":
            text = (project / "manifests/nhn/tags.yaml").read_text()
            assert "two" in text
            raise ImportNotEmpty("made up", details=[known])

    interfere(monkeypatch, reached)
    result = imported(run, *(["--keep"] if keep else []), "--output", "json", code=1)
    assert result.json["error"]["code"] == "import-not-empty"
    assert files(project) == before
    assert len(run("state", "list", "--output", "json").json["objects"]) == 1


def test_a_write_that_is_open_comes_first(run, project, account, world):
    """What became of a tag is not known: an import could call ours what is somebody else's."""
    account.tag("one")
    ours = project / "ours.yaml"
    ours.write_text("apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: ours}\nspec: {}\n")
    # The answer to the write is lost, and every look at what became of it is refused.
    lost = {"method": "POST", "path": "/tags", "fault": "drop-after"}
    blind = {"method": "GET", "path": "/tags", "fault": "status-before", "status": 400}
    blind["nth"] = [*range(2, 100)]
    world.emulators.faults.replace([lost, blind])
    assert run("apply", "--auto-approve").code in {1, 4}
    world.emulators.faults.replace([])
    before = files(project)
    for more in ((), ("--preview",), ("--kind", "Tag", "--no-state")):
        result = imported(run, "--output", "json", *more, code=4)
        assert result.json["error"]["code"] == "needs-decision"
        assert result.json["error"]["details"] == ["nhn/Tag/ours"]
        assert "Run `reconciler apply` first" in result.err
    assert files(project) == before
    assert run("apply", "--auto-approve").code == 0
    imported(run)
    assert names(project / "manifests/nhn/tags.yaml") == ["one"]


def interfere(monkeypatch, reached):
    """Do something at a step of the import."""
    made = Importer.__init__

    def init(self, *arguments, **options):
        made(self, *arguments, **options | {"reached": reached})

    monkeypatch.setattr(Importer, "__init__", init)
