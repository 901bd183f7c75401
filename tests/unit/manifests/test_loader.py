from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests import load
from reconciler.manifests.project import find_root
from reconciler.model.address import Address
from reconciler.model.origin import Origin
from reconciler.model.resource import Lifecycle, Limits, OnRemove, Reference
from reconciler.model.secret_source import SecretSource

PROVIDER = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
"""


def tag(name: str, spec: str = "") -> str:
    return f"apiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def names(loaded) -> list[str]:
    return sorted(address.name for address in loaded.configuration.resources)


def messages(loaded) -> list[str]:
    return [str(fault) for fault in loaded.faults]


# --- what comes out -----------------------------------------------------------------------------


def test_an_account_has_what_its_manifest_says(folder):
    folder.write(
        "a.yaml",
        """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec:
  type: octeth
  baseUrl: https://mail.example.com/prefix
  credentials: {apiKey: {fromFile: /run/secrets/key}}
  limits: {concurrency: 3, requestsPerSecond: 2.5, timeoutSeconds: 10}
  options: {encoding: form, oneKeyPerDomain: true}
""",
    )
    account = load([], cwd=folder.path).require().accounts["mail"]
    assert account.type == "octeth"
    assert account.base_url == "https://mail.example.com/prefix"
    assert account.credentials == {"apiKey": SecretSource(from_file="/run/secrets/key")}
    assert account.limits == Limits(
        concurrency=3, requests_per_second=2.5, timeout_seconds=10.0, settle_seconds=None
    )
    assert account.options == {"encoding": "form", "oneKeyPerDomain": True}
    assert account.origin == Origin("a.yaml", 1, 1)
    assert account.locate(("spec", "options", "encoding")) == Origin("a.yaml", 9, 23)


def test_a_resource_has_what_its_manifest_says(folder):
    folder.write(
        "a.yaml",
        PROVIDER,
        """\
# A comment in front
apiVersion: reconciler/v1
kind: Contact
metadata:
  name: customer
  labels: {team: growth, year: 2026}
spec:
  tags: [vip, {id: 7}, "new"]
lifecycle: {protect: true, onRemove: forget, movedFrom: old, adopt: true}
""",
        tag("vip"),
        tag("new"),
    )
    resources = load([], cwd=folder.path).require().resources
    contact = resources[Address("nhn", "Contact", "customer")]
    assert contact.spec == {"tags": ["vip", {"id": 7}, "new"]}
    assert contact.labels == {"team": "growth", "year": "2026"}
    assert contact.lifecycle == Lifecycle(
        protect=True, on_remove=OnRemove.FORGET, moved_from=("old",), adopt=True
    )
    assert contact.references == (
        Reference(field="tags", index=0, target=Address("nhn", "Tag", "vip")),
        Reference(field="tags", index=2, target=Address("nhn", "Tag", "new")),
    )
    assert contact.origin == Origin("a.yaml", 9, 1)
    assert contact.locate(("spec", "tags", 1, "id")) == Origin("a.yaml", 15, 20)


def test_the_project_file_is_read(folder):
    folder.write(
        "reconciler.yaml",
        """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: mail}
spec:
  manifests: [messaging]
  state: sqlite:///somewhere/state.db
  prune: false
  limits: {concurrency: 4}
""",
    )
    folder.write("messaging/a.yaml", PROVIDER, tag("a"))
    folder.write("elsewhere/b.yaml", tag("b"))
    project = load([], cwd=folder.path).require().project
    assert project.root == folder.path
    assert project.manifests == ("messaging",)
    assert project.state == "sqlite:///somewhere/state.db"
    assert project.prune is False
    assert project.limits == Limits(concurrency=4)
    assert names(load([], cwd=folder.path)) == ["a"]


def test_without_a_project_file_everything_has_its_default(folder):
    folder.provider()
    project = load([], cwd=folder.path).require().project
    assert (project.root, project.manifests, project.state) == (folder.path, (), None)
    assert project.prune is True


def test_require_raises_all_faults_at_once(folder):
    folder.write("a.yaml", PROVIDER, tag("a", "oops: 1"), tag("b", "oops: 1"))
    with pytest.raises(ManifestError, match="2 faults") as caught:
        load([], cwd=folder.path).require()
    assert len(caught.value.details) == 2
    assert caught.value.details[0].startswith("a.yaml:11:8: nhn/Tag/a: unknown field")


def test_a_fault_hides_neither_other_faults_nor_what_is_right(folder):
    folder.write("a.yaml", PROVIDER, "a: [\n")
    folder.write("b.yaml", tag("b", "oops: 1"), tag("c"))
    loaded = load([], cwd=folder.path)
    assert [fault.origin.file for fault in loaded.faults] == ["a.yaml", "b.yaml"]
    assert names(loaded) == ["c"]


def test_emulating_needs_no_base_url(folder):
    folder.write(
        "a.yaml",
        PROVIDER.replace("nhncloud-sms", "octeth").replace("appKey", "apiKey"),
    )
    assert "baseUrl is missing" in messages(load([], cwd=folder.path))[0]
    account = load([], cwd=folder.path, emulate=True).require().accounts["nhn"]
    assert account.base_url is None


# --- positions on demand ------------------------------------------------------------------------


def test_positions_fall_back_to_what_exists_above(folder):
    folder.write("a.yaml", PROVIDER, tag("a", "displayName: x"))
    resource = load([], cwd=folder.path).require().resources[Address("nhn", "Tag", "a")]
    assert resource.locate(("spec", "displayName")) == Origin("a.yaml", 11, 21)
    assert resource.locate(("spec", "missing", 3)) == Origin("a.yaml", 11, 1)
    assert resource.locate(("nothing",)) == Origin("a.yaml", 8, 1)


def test_positions_of_a_changed_file_are_the_start_of_the_document(folder):
    path = folder.write("a.yaml", PROVIDER, tag("a", "displayName: x"))
    resource = load([], cwd=folder.path).require().resources[Address("nhn", "Tag", "a")]
    path.write_text("# changed\n" + path.read_text())
    assert resource.locate(("spec", "displayName")) == Origin("a.yaml", 8, 1)
    path.unlink()
    assert resource.locate(("spec",)) == Origin("a.yaml", 8, 1)


def test_positions_count_characters_not_bytes(folder):
    folder.write("a.yaml", PROVIDER, tag("가", "displayName: 나"), tag("b", "description: 다"))
    loaded = load([], cwd=folder.path)
    assert messages(loaded)[0].startswith("a.yaml:16:8: nhn/Tag/b: unknown field")


# --- files --------------------------------------------------------------------------------------


def test_folders_are_searched_and_hidden_ones_skipped(folder):
    folder.provider()
    for name in (
        "a.yaml",
        "b.yml",
        "c/d/e.yaml",
        ".hidden/f.yaml",
        ".g.yaml",
        "h.txt",
        "i.yaml.bak",
    ):
        folder.write(name, tag(Path(name).stem.strip(".")))
    folder.write(
        "c/j.json",
        '{"apiVersion": "reconciler/v1", "kind": "Tag", "metadata": {"name": "j"}, "spec": {}}',
    )
    assert names(load([], cwd=folder.path)) == ["a", "b", "e", "j"]


def test_paths_are_relative_to_where_the_user_stands(folder):
    folder.provider()
    folder.write("sub/a.yaml", tag("a"))
    folder.write("sub/deep/b.yaml", tag("b"))
    cwd = folder.path / "sub"
    assert names(load(["deep", "../provider.yaml"], cwd=cwd, root=folder.path)) == ["b"]
    loaded = load([".", ".."], cwd=cwd, root=folder.path)
    assert names(loaded) == ["a", "b"]
    assert loaded.faults == ()
    origin = loaded.configuration.resources[Address("nhn", "Tag", "b")].origin
    assert origin.file == "sub/deep/b.yaml"


def test_a_file_named_twice_is_read_once(folder):
    folder.provider()
    folder.write("a/b.yaml", tag("b"))
    loaded = load([".", "a", "a/b.yaml", "./a/../a/b.yaml"], cwd=folder.path)
    assert messages(loaded) == []


def test_a_typed_path_may_lie_outside_the_root(folder, tmp_path):
    folder.provider()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(tag("a"))
    loaded = load(["provider.yaml", "../outside"], cwd=folder.path)
    assert messages(loaded) == []
    origin = loaded.configuration.resources[Address("nhn", "Tag", "a")].origin
    assert origin.file == "../outside/a.yaml"


def test_a_path_that_has_no_manifest_is_a_fault(folder):
    folder.write("notes.txt", "hello")
    assert messages(load([], cwd=folder.path)) == [
        ".:1:1: there is no manifest here; write one, or name the folder that has them"
    ]
    assert "there is no such file or folder" in messages(load(["nope"], cwd=folder.path))[0]
    assert "its name must end in" in messages(load(["notes.txt"], cwd=folder.path))[0]


def test_a_symbolic_link_may_not_leave_the_root(folder, tmp_path):
    folder.provider()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(tag("a"))
    (folder.path / "link").symlink_to(outside)
    (folder.path / "link.yaml").symlink_to(outside / "a.yaml")
    (folder.path / "link.txt").symlink_to(outside / "a.yaml")
    loaded = load([], cwd=folder.path)
    assert messages(loaded) == [
        "link:1:1: is a symbolic link that leaves the project's root",
        "link.yaml:1:1: is a symbolic link that leaves the project's root",
    ]
    assert names(loaded) == []


def test_a_symbolic_link_inside_the_root_is_followed_once(folder):
    folder.provider()
    folder.write("a/b.yaml", tag("b"))
    (folder.path / "z").symlink_to(folder.path / "a")
    (folder.path / "a" / "loop").symlink_to(folder.path)
    (folder.path / "c.yaml").symlink_to(folder.path / "a" / "b.yaml")
    loaded = load([], cwd=folder.path)
    assert messages(loaded) == []
    assert names(loaded) == ["b"]


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_pipe_is_refused_and_not_waited_for(folder, suffix):
    folder.provider()
    os.mkfifo(folder.path / f"pipe.{suffix}")
    assert messages(load([], cwd=folder.path)) == [
        f"pipe.{suffix}:1:1: the file is not a regular file"
    ]


def test_a_device_is_refused(folder):
    loaded = load(["/dev/zero"], cwd=folder.path)
    assert "its name must end in" in messages(loaded)[0]
    (folder.path / "zero.yaml").symlink_to("/dev/zero")
    assert "leaves the project's root" in messages(load([], cwd=folder.path))[0]
    assert "not a regular file" in messages(load(["zero.yaml"], cwd=folder.path))[0]


def test_endless_folders_are_a_fault(folder):
    folder.provider()
    (folder.path / "/".join("d" * 500)).mkdir(parents=True)
    assert "is more than 100 folders deep" in messages(load([], cwd=folder.path))[0]


def test_a_link_to_nowhere_is_a_fault(folder):
    (folder.path / "gone.yaml").symlink_to(folder.path / "missing.yaml")
    assert messages(load([], cwd=folder.path)) == [
        "gone.yaml:1:1: the file cannot be read: No such file or directory"
    ]


def test_folders_above_that_only_others_may_look_into_are_passed_over(tmp_path, monkeypatch):
    real = os.stat

    def refuse(path, *args, **options):
        if os.fspath(path).startswith(str(tmp_path / "theirs")):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *args, **options)

    ours = tmp_path / "theirs" / "ours"
    ours.mkdir(parents=True)
    monkeypatch.setattr(os, "stat", refuse)
    assert find_root((), ours) == ours


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_fault(folder):
    path = folder.write("a.yaml", tag("a"))
    path.chmod(0)
    assert "cannot be read: Permission denied" in messages(load([], cwd=folder.path))[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfea\0", "1:1: the file is UTF-16 text; save it as UTF-8"),
        (b"a: 1\nb: \x00\n", "2:1: the file holds a NUL byte, so it is not text"),
        (b"a: 1\nb: \xff\n", "2:4: the text is not valid UTF-8; save it as UTF-8"),
        (b"a: 1\nb: \x07\n", "2:4: not valid YAML: a control character (U+0007)"),
        (b"\x89PNG\r\n\x1a\n\x00", "3:1: the file holds a NUL byte"),
    ],
)
def test_what_is_not_text_is_refused_in_words(folder, data, message):
    (folder.path / "a.yaml").write_bytes(data)
    assert message in messages(load([], cwd=folder.path))[0]


def test_a_byte_order_mark_makes_no_difference(folder):
    path = folder.path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + PROVIDER.encode())
    (folder.path / "b.json").write_bytes(
        b"\xef\xbb\xbf"
        b'{"apiVersion": "reconciler/v1", "kind": "Tag", "metadata": {"name": "a"}, "spec": {}}'
    )
    assert names(load([], cwd=folder.path)) == ["a"]


def test_a_file_name_that_would_move_the_cursor_is_made_harmless(folder):
    folder.write("a\x1b[2J\nb.yaml", "x: 1\n")
    text = messages(load([], cwd=folder.path))[0]
    assert text.startswith("a\\u001b[2J\\u000ab.yaml:1:1: ")


def test_json_that_is_evidently_something_else_is_passed_over_unless_it_was_named(folder):
    folder.provider()
    folder.write("package.json", '{"name": "x", // comment\n}')
    folder.write("plan.json", '{"formatVersion": "1.0", "changes": [{"kind": "Tag"}]}')
    assert messages(load([], cwd=folder.path)) == []
    assert "not valid JSON" in messages(load(["package.json"], cwd=folder.path))[0]


# --- cost ---------------------------------------------------------------------------------------


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("yaml", "jsonschema", "httpx", "deepdiff", "pyroaring")
    code = f"import sys, reconciler.manifests; print([m for m in {heavy!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_right_manifests_are_loaded_without_the_slow_validator(folder):
    folder.write("a.yaml", PROVIDER, tag("a"))
    code = (
        "import sys; from pathlib import Path; from reconciler.manifests import load;"
        f"load([], cwd=Path({str(folder.path)!r})).require(); print('jsonschema' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_ten_thousand_documents_of_one_file_are_loaded(folder):
    folder.write(
        "a.yaml", PROVIDER, *(tag(f"t{n}", f"displayName: {n:011}") for n in range(10_000))
    )
    loaded = load([], cwd=folder.path)
    assert messages(loaded) == []
    assert len(loaded.configuration.resources) == 10_000


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("/tmp/s.db", "must be a path relative to the project's root"),
        ("sqlite:////tmp/s.db", "must be a path relative to the project's root"),
        ("../s.db", "leads out of the project's root"),
        ("sqlite:///link/s.db", "leads out of the project's root"),
        (".git/s.db", "must not be in .git"),
        ("sub/.GIT/s.db", "must not be in .git"),
        ("manifests/x.yaml", "must not be a manifest"),
        ("reconciler.YML", "must not be a manifest"),
    ],
)
def test_a_state_where_none_may_lie_is_a_fault_with_its_place(folder, state, said):
    (folder.path / "link").symlink_to("/tmp")
    folder.write(
        "reconciler.yaml",
        f"apiVersion: reconciler/v1\nkind: Project\nspec:\n  prune: false\n  state: {state}\n",
    )
    with pytest.raises(ManifestError) as caught:
        load([], cwd=folder.path).require()
    [detail] = [each for each in caught.value.details if "spec.state" in each]
    assert detail.startswith(f"reconciler.yaml:5:10: spec.state {said}")
    assert "--state" in detail


@pytest.mark.parametrize("name", ["b.YAML", "b.Yml", "b.JSON"])
def test_the_ending_of_a_file_may_be_in_capitals(folder, name):
    folder.provider()
    text = '{"apiVersion": "reconciler/v1", "kind": "Tag", "metadata": {"name": "a"}, "spec": {}}'
    folder.write(name, text)
    found = load([], cwd=folder.path).require().resources
    assert [address.name for address in found] == ["a"]
    assert not load([name, "provider.yaml"], cwd=folder.path).faults


def test_a_pattern_is_no_path_and_the_fault_says_so(folder):
    folder.provider()
    fault = load(["a/*.yaml"], cwd=folder.path).faults[0]
    assert "patterns such as *.yaml are not read: name a folder" in str(fault)


@pytest.mark.parametrize("empty", ["sender:", "sender: ~", "body: null"])
def test_a_required_field_that_is_left_empty_wants_a_value(folder, empty):
    folder.provider()
    field = empty.partition(":")[0]
    spec = {"category": "{id: 1}", "sender": "15446859", "type": "sms", "body": "x"}
    lines = [empty if name == field else f"{name}: {value}" for name, value in spec.items()]
    head = "apiVersion: reconciler/v1\nkind: Template\nmetadata: {name: a}\nspec:\n  "
    folder.write("a.yaml", head + "\n  ".join(lines) + "\n")
    faults = load([], cwd=folder.path).faults
    assert [fault.message for fault in faults] == [f"spec.{field} is required, and is left empty"]
    assert faults[0].hint == "give it a value"
