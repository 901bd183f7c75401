"""Manifests are data, and of a stranger: bombs, tricks of YAML, paths, code, injections."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support.served import KEYS, Site

CANARY = "canary-of-a-file-that-is-nobody's-business"
CATEGORY = (
    "apiVersion: reconciler/v1\nkind: Category\nmetadata: {name: %s}\nspec: {description: %s}\n"
)


def manifest(site, text, name="manifests/extra.yaml"):
    (site.root / name).write_text(text, encoding="utf-8")


def rejected(site, *words):
    """Validate, and return the result; nothing may have been sent."""
    result = site.run("validate", *words)
    assert result.code == 1, result.both
    assert "internal" not in result.both
    assert site.port.app.state.requests == []
    return result


def refused(site, *words):
    """Validate, and return what was said; nothing may have been sent."""
    return rejected(site, *words).both


# --- YAML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("spec: {displayName: A}\nspec: {displayName: B}", "spec"),
        ("spec: {displayName: NO}", ""),
        ("spec: {displayName: 0777}", ""),
        ("spec: {displayName: 12:30:45}", ""),
        ("spec: {displayName: 2026-01-01}", ""),
        ("spec: {displayName: !!python/object/apply:os.system [id]}", "tags"),
        ("spec: {displayName: !!binary aGk=}", "tags"),
        ("spec: {<<: {displayName: A}}", "merge"),
        ("spec: {displayName: &a A, other: *a}", ""),
        ("spec: {displayName: *nothing}", "alias"),
        ("? [a, b]\n: c", "key"),
    ],
)
def test_yaml_cannot_surprise(site, written, said):
    """A duplicate key is refused, a word that YAML 1.1 would take for something else is a text."""
    head = "apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: surprise}\n"
    manifest(site, head + written + "\n")
    if said or "other" in written:
        assert said in refused(site)
        return
    result = site.run("plan", "--output", "json", "--target", "nhn/Tag/surprise")
    assert result.code == 0, result.both
    text = written.partition("displayName: ")[2].removesuffix("}")
    [change] = result.json["changes"]
    assert {each["path"]: each["after"] for each in change["fields"]}["displayName"] == text


def test_phone_numbers_keep_their_zeros(site):
    site.edit("manifests/sms/audience.yaml", "[010-1234-5678]", "[0101111222]")
    assert site.apply().code == 0
    [contact] = [row for name, row in site.stored().items() if name.endswith("/uids")]
    assert list(contact["kim"]["contacts"]) == ["0101111222"]


def laughs(levels):
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def merges(levels):
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, levels)]
    return "\n".join(lines)


BOMBS = {
    "a billion laughs": laughs(9),
    "many laughs": laughs(40),
    "merge keys that double": merges(24),
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "\n".join(" " * n + "a:" for n in range(5000)),
    "deep flow mappings": "a: " + "{a: " * 50_000,
    "many anchors": "\n".join(f"a{n}: &a{n} x" for n in range(50_000)),
    "many documents": "---\na: [\n" * 30_000,
    "a long key": "? " + "k" * 2_000_000 + "\n: v",
    "many values": "a: [" + "1," * 400_000 + "]",
    "an alias to itself": "a: &a [*a]",
    "a long number": "a: " + "9" * 500_000,
    "a file of zeros": "\0" * 1_000_000,
    "deep JSON": "[" * 100_000,
}


@pytest.fixture(scope="module")
def honest_seconds(tmp_path_factory, port, preloaded):
    """The CPU time that a file of 10,000 categories takes on this machine, about a second."""
    port.serve()
    site = Site(tmp_path_factory.mktemp("honest") / "project", port, preloaded=preloaded)
    manifest(site, "---\n".join(CATEGORY % (f"c{n}", f"number {n}") for n in range(10_000)))
    result = site.run("validate")
    assert result.code == 0, result.both
    return result.seconds


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_no_longer_than_an_honest_file(honest_seconds, site, bomb):
    """Three times as long is what a busy machine may make of it; one that goes off takes minutes."""
    name = "manifests/bomb" + (".json" if "JSON" in bomb else ".yaml")
    manifest(site, BOMBS[bomb], name)
    result = rejected(site, name)
    assert "bomb." in result.both
    assert len(result.both) < 60_000
    assert result.seconds < 3 * honest_seconds


def test_aliases_are_counted_however_little_they_stand_for(site):
    manifest(site, "a: &a x\nb: [" + "*a, " * 51 + "]", "manifests/bomb.yaml")
    assert "more than 50 aliases in one document" in refused(site, "manifests/bomb.yaml")


# --- paths ----------------------------------------------------------------------------------------


@pytest.fixture
def outside(site):
    secret = site.root.parent / "outside.csv"
    secret.write_text(CANARY)
    return secret


READ = """\
apiVersion: reconciler/v1
kind: BlockList
metadata: {name: extra}
spec:
  unsubscribeNumber: 080-888-8888
  recipientsFrom: [{file: %s}]
"""
PICTURE = """\
apiVersion: reconciler/v1
kind: Template
metadata: {name: extra}
spec: {category: transactional, sender: 15446859, type: mms, title: x, body: y, attachments: [%s]}
"""
FROM_FILE = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: other}
spec: {type: surenotify, credentials: {apiKey: {fromFile: %s}}}
"""
SINK = """\
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: extra, provider: gateway}
spec: {domain: news.example.com, deliverTo: {file: %s}}
"""
PLACES = {"members": READ, "a picture": PICTURE, "a credential": FROM_FILE, "a sink": SINK}
SUFFIX = {"members": ".csv", "a picture": ".jpg", "a credential": ".txt", "a sink": ".txt"}
ATTACKS = [
    "parent",
    "dots inside",
    "absolute",
    "link",
    "linked folder",
    "/proc/self/environ",
    "link to /proc/self/environ",
    "/dev/zero",
    "fifo",
    "folder",
]


def path_for(site, outside, attack, suffix):
    """Set the attack up; returns the path that the manifest names."""
    target = outside.with_suffix(suffix)
    target.write_text(CANARY)
    here = site.root / f"trap{suffix}"
    match attack:
        case "parent":
            return f"../{target.name}"
        case "dots inside":
            return f"lists/../../{target.name}"
        case "absolute":
            return str(target)
        case "link":
            here.symlink_to(target)
        case "linked folder":
            (site.root / "trap").symlink_to(target.parent)
            return f"trap/{target.name}"
        case "link to /proc/self/environ":
            here.symlink_to("/proc/self/environ")
        case "fifo":
            os.mkfifo(here)
        case "folder":
            here.mkdir()
        case _:
            return attack
    return here.name


@pytest.mark.parametrize(
    ("place", "attack"),
    # By an absolute path a credential may be anywhere: that is how it is mounted.
    [each for each in product(PLACES, ATTACKS) if each != ("a credential", "absolute")],
)
def test_a_path_leads_to_no_file_but_the_projects_own_as(site, outside, place, attack):
    path = path_for(site, outside, attack, SUFFIX[place])
    manifest(site, PLACES[place] % json.dumps(path))
    result = site.run("apply", "--auto-approve")
    assert result.code == 1, result.both
    assert "extra.yaml" in result.both
    assert "internal" not in result.both
    assert CANARY not in result.both
    assert KEYS["OCTETH_API_KEY"] not in result.both
    assert site.writes() == []
    assert outside.read_text() == CANARY


def test_manifests_are_not_found_outside_the_project(site, outside):
    (site.root / "manifests" / "outside").symlink_to(outside.parent)
    outside.with_suffix(".yaml").write_text(CATEGORY % ("evil", CANARY))
    said = refused(site)
    assert "leaves the project's root" in said
    (site.root / "manifests" / "outside").unlink()
    site.edit("reconciler.yaml", "[manifests]", "[manifests, ../outside.yaml]")
    assert "outside the project's root" in refused(site)


def test_a_pipe_among_manifests_is_no_manifest(site):
    os.mkfifo(site.root / "manifests" / "pipe.yaml")
    assert "not a regular file" in refused(site)


# --- code -----------------------------------------------------------------------------------------

_WATCHED = """
import sys
from reconciler.cli import main
HEARD = {"socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn",
         "pty.", "ctypes.", "urllib.", "ftplib.", "smtplib.", "http."}
heard = []
def hear(event, arguments):
    if any(event.startswith(each) for each in HEARD):
        heard.append(f"{event} {arguments}")
sys.addaudithook(hear)
code = main(sys.argv[1:])
sys.stdout.flush()
print("HEARD", heard, file=sys.stderr)
sys.exit(code)
"""


def hostile_repository(site):
    """A folder full of what other tools would run or import."""
    marker = site.root / "executed"
    code = f"open({str(marker)!r}, 'w').close()\n"
    names = ("conftest", "sitecustomize", "usercustomize", "yaml", "click", "json", "setup")
    for name in names:
        (site.root / f"{name}.py").write_text(code)
        (site.root / "manifests" / f"{name}.py").write_text(code)
    package = site.root / "reconciler"
    package.mkdir()
    (package / "__init__.py").write_text(code)
    (site.root / ".env").write_text("PYTHONSTARTUP=conftest.py\nNHN_APP_KEY=from-a-repository\n")
    (site.root / "pyproject.toml").write_text("[tool.reconciler]\nplugins = ['conftest']\n")
    (site.root / "alembic.ini").write_text("[alembic]\nscript_location = manifests\n")
    return marker


def test_validating_a_strangers_repository_runs_nothing_and_connects_nowhere(site):
    marker = hostile_repository(site)
    for words in (["validate"], ["graph"]):
        result = subprocess.run(
            [sys.executable, "-I", "-c", _WATCHED, *words],
            cwd=site.root,
            env={name: site.environ[name] for name in ("PATH", "HOME")},
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )
        assert result.returncode == 0, result.stderr
        assert "HEARD []" in result.stderr
    assert not marker.exists()
    assert site.port.app.state.requests == []


def test_the_installed_command_imports_nothing_from_the_folder_it_runs_in(site):
    marker = hostile_repository(site)
    command = Path(sys.executable).with_name("reconciler")
    if not command.exists():
        pytest.skip("not installed")
    result = subprocess.run(
        [command, "plan", "--emulate"],
        cwd=site.root,
        env={name: site.environ[name] for name in ("PATH", "HOME")},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert result.returncode == 0, result.stderr
    assert not marker.exists()


def test_a_strangers_pull_request_is_planned_without_credentials_and_without_a_network(site):
    for name in KEYS:
        del site.environ[name]
    result = site.run("plan", "--emulate")
    assert result.code == 0, result.both
    assert "(emulated)" in result.out
    assert site.port.app.state.requests == []


# --- injections -----------------------------------------------------------------------------------

SPITEFUL = [
    "'; DROP TABLE objects; --",
    '"; DROP TABLE objects; --',
    "$(touch executed) `touch executed` ; touch executed",
    "%00%0d%0aX-Evil: 1",
    "{{7*7}} ${7*7} #{7*7} %s %(a)s {0}",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", SPITEFUL)
def test_text_of_a_manifest_arrives_as_it_is_and_does_nothing_on_its_way(site, text):
    manifest(site, CATEGORY % ("spite", json.dumps(text)))
    done = site.run("apply", "--auto-approve", "--target", "nhn/Category/spite")
    assert done.code == 0, done.both
    assert site.run("plan", "--detailed-exitcode", "--target", "nhn/Category/spite").code == 0
    [rows] = [rows for name, rows in site.stored().items() if name.endswith("/categories")]
    assert text in [row["categoryDesc"] for row in rows.values()]
    shown = site.run("state", "show", "nhn/Category/spite", "--output", "json").json
    assert shown["applied"]["description"] == text
    assert not list(site.root.rglob("executed"))


@pytest.mark.parametrize("name", ["../../tags", "a/b", "a?x=1", "a#b", "a%2fb", "a\\nb", "a b"])
def test_a_name_cannot_leave_its_place_in_a_url(site, name):
    """Either it is no name, or it is sent encoded and lands in the contact it names."""
    text = f'apiVersion: reconciler/v1\nkind: Contact\nmetadata: {{name: one}}\nspec: {{uid: "{name}"}}\n'
    manifest(site, text)
    result = site.run("apply", "--auto-approve", "--target", "nhn/Contact/one")
    if result.code == 0:
        assert site.run("plan", "--detailed-exitcode", "--target", "nhn/Contact/one").code == 0
        [uids] = [rows for table, rows in site.stored().items() if table.endswith("/uids")]
        assert list(uids) == [name]
    else:
        assert result.code in {1, 3}, result.both
        assert "internal" not in result.both


@pytest.mark.parametrize("name", ["SURENOTIFY_API_KEY", "NHN_APP_KEY", "OCTETH_API_KEY"])
@pytest.mark.parametrize(
    "key",
    ["a\nX-Evil: 1", "a\r\nX-Evil: 1", "a\tb", "a\x7fb", "\u2028key", "Evil-열쇠", "Evil\udcff"],
)
def test_a_credential_cannot_add_a_header(site, name, key):
    site.environ[name] = key
    result = site.run("plan")
    assert result.code == 1
    assert "manifests/providers.yaml:" in result.both
    assert f"environment variable {name} holds" in result.said
    assert "internal" not in result.both
    assert site.port.app.state.requests == []
    assert "Evil" not in result.both
