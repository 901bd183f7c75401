"""A rehearsal and the real thing in one folder: neither reads nor writes what is the other's."""

import json
import subprocess

import pytest

from tests.cli.test_emulator_command import COMMAND, aim, serve  # noqa: F401 -- a fixture

OCTETH = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: octeth
  baseUrl: URL
  credentials: {apiKey: {fromEnv: OCTETH_KEY}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: mail.example.com}
spec: {}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec:
  domain: mail.example.com
  deliverTo: {envFile: {path: .env, variable: SHOP_KEY}}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: app}
spec:
  domain: mail.example.com
  deliverTo: {file: app/key}
"""


def content(folder):
    """All that lies in a folder, but for what belongs to rehearsals."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "emulated" not in path.parts
    }


@pytest.fixture
def live(tmp_path, monkeypatch, serve):  # noqa: F811 -- the fixture
    """A project whose accounts are real enough: an emulator of their own, on a port."""
    _, line = serve("--output", "json", "--data", str(tmp_path / "live.db"))
    folder = tmp_path / "shop"
    (folder / "app").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OCTETH_KEY", "canary-octeth-key-0001")
    url = json.loads(line)["providers"]["octeth"]
    (folder / "m.yaml").write_text(OCTETH.replace("URL", url))
    (folder / ".env").write_text("# the shop's own\nDEBUG=1\n")
    return folder


def works(*words):
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_rehearse_go_live_and_rehearse_again(live, tmp_path):
    before = content(live)
    told = works("apply", "--emulate", "--auto-approve")
    assert "3 created" in told.stdout
    assert ".reconciler/emulated/" in told.stderr
    assert content(live) == before | {".reconciler/.gitignore": b"*\n"}
    sinks = live / ".reconciler/emulated/sinks"
    assert "SHOP_KEY=" in (sinks / ".env").read_text()
    assert (sinks / "app/key").read_text()

    assert "3 created" in works("apply", "--auto-approve").stdout
    real = content(live)
    assert real[".env"].startswith(b"# the shop's own\nDEBUG=1\nSHOP_KEY=")

    for words in (
        ("plan", "--emulate"),
        ("apply", "--emulate", "--auto-approve", "--state", "other.db"),
        ("destroy", "--emulate", "--auto-approve", "--allow-deletes", "9"),
        ("apply", "--emulate", "--auto-approve", "--state", str(tmp_path / "elsewhere.db")),
        ("state", "rm", "--emulate", "nhn/ApiKey/shop"),
        ("state", "list", "--emulate"),
    ):
        works(*words)
        assert content(live) == real, words
    assert not (tmp_path / "elsewhere.db").exists()
    assert "No changes." in works("plan").stdout
    works("destroy", "--auto-approve", "--allow-deletes", "9")


def test_the_environment_and_the_project_file_change_nothing_about_it(live, monkeypatch):
    (live / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {state: team/state.db}\n"
    )
    works("apply", "--auto-approve")
    real = content(live)
    assert "team/state.db" in real
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    works("apply", "--auto-approve")
    assert "nhn/ApiKey/shop" in works("state", "list").stdout
    works("destroy", "--auto-approve", "--allow-deletes", "9")
    assert works("state", "list").stdout == "State owns nothing.\n"
    assert content(live) == real | {".reconciler/.gitignore": b"*\n"}


def test_who_looks_for_a_rehearsal_in_the_real_state_is_told_where_it_is(project, run):
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = run("state", "list")
    assert result.out == "State owns nothing.\n"
    assert "--emulate" in result.err
    assert run("state", "history", "--emulate", "-n", "1").out.count("apply") == 1


def test_a_real_run_refuses_the_state_of_rehearsals(project, run):
    assert run("apply", "--emulate", "--auto-approve").code == 0
    for path in (".reconciler/emulated/state.db", project / ".reconciler/emulated/state.db"):
        for words in (("plan",), ("state", "list")):
            result = run(*words, "--state", path)
            assert result.code == 64
            assert "--emulate" in result.err
