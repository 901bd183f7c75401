"""A project in a folder of its own, and the command line in this process."""

import logging

import pytest

from reconciler.cli import main
from tests.support.results import Result

MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Category
metadata: {name: transactional}
spec: {description: Receipts}
---
apiVersion: reconciler/v1
kind: Template
metadata: {name: welcome, labels: {team: growth}}
spec:
  category: transactional
  sender: 15446859
  type: sms
  body: |-
    Hello ##name##
    Welcome to the shop.
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip}
spec: {}
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in (
        "CI",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "NO_COLOR",
        "RECONCILER_EMULATE",
    ):
        monkeypatch.delenv(name, raising=False)
    # Sentences stay on one line; tests of the width set their own.
    monkeypatch.setenv("COLUMNS", "400")
    level = logging.getLogger().level
    yield
    root = logging.getLogger()
    root.setLevel(level)
    root.handlers = [h for h in root.handlers if h.get_name() != "reconciler command line"]
    logging.getLogger("reconciler").setLevel(logging.NOTSET)


@pytest.fixture
def run(capsys):
    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Result(code=code, out=out, err=err)

    return call


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "nhn.yaml").write_text(MANIFESTS)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def edit(project):
    def replace(before, after, file="nhn.yaml"):
        text = (project / file).read_text()
        assert before in text
        (project / file).write_text(text.replace(before, after))

    return replace


@pytest.fixture
def applied(project, run, monkeypatch):
    """The project, applied on the emulator, which the commands of the test keep to."""
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 0, result.err
    return project


@pytest.fixture
def apply(run):
    """Apply on the emulator; it must work."""

    def call(*arguments):
        result = run("apply", "--emulate", "--auto-approve", *arguments)
        assert result.code == 0, result.out + result.err
        return result

    return call


@pytest.fixture
def plan(run):
    """Plan on the emulator; exit code 2 when there are changes."""
    return lambda *arguments: run("plan", "--emulate", "--detailed-exitcode", *arguments)
