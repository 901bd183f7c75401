"""`scripts/setup-venv.sh`: what it installs, and that newer releases of what is locked do not matter.

A project of its own is set up from a folder of made-up wheels, so no network is needed. The pip is
the interpreter's own and, where PIPS names a folder of pip's wheels (`.ci/run` makes one), each of
those as well.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIPS = sorted(Path(os.environ.get("PIPS", "/nonexistent")).glob("pip-*.whl"))

BACK_END = """
import base64, hashlib, os, zipfile

def _build(folder):
    name = "mini-1.0-py3-none-any.whl"
    info = "mini-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("mini.pth", os.getcwd())
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: mini\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name

def build_editable(folder, config_settings=None, metadata_directory=None):
    return _build(folder)

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _build(folder)
"""


def wheel(folder, name, version, *, needs=(), files=None):
    """Make a wheel; returns its line in a lock."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: toml\n"]
    lines += [f"Requires-Dist: {need}\n" for need in needs]
    with zipfile.ZipFile(path, "w") as made:
        for file, text in (files or {f"{name}.py": f"VERSION = '{version}'"}).items():
            made.writestr(file, text)
        made.writestr(f"{info}/METADATA", "".join(lines))
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        made.writestr(f"{info}/WHEEL", tags)
        made.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


class Project:
    """A checkout with the script, a lock for running and one for everything, and an index."""

    def __init__(self, root):
        self.root = root
        (root / "scripts").mkdir()
        index = root / "index"
        index.mkdir()
        shutil.copy(ROOT / "scripts/setup-venv.sh", root / "scripts")
        back_end = wheel(index, "backend", "1.0", files={"backend.py": BACK_END})
        cover = wheel(index, "cover", "7.1")
        plug = wheel(index, "plug", "1.0", needs=["cover[toml]>=7"])
        linter = wheel(index, "linter", "1.0", needs=["cover[toml]>=7", "missing>=1"])
        # Newer ones, which a resolver would look at.
        for name in ("cover", "plug", "linter"):
            wheel(index, name, "99.0")
        (root / "requirements-run.lock").write_text(back_end + cover + plug)
        (root / "requirements.lock").write_text(back_end + cover + plug + linter)
        (root / "uv.lock").write_text("")
        (root / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n'
            '[project]\nname = "mini"\nversion = "1.0"\n'
        )

    def run(self, *words):
        """Run the script, as on a machine without uv and without a network."""
        folders = os.environ["PATH"].split(os.pathsep)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        environ |= {
            "PATH": os.pathsep.join(each for each in folders if not (Path(each) / "uv").exists()),
            "PYTHON": sys.executable,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.root / "index"),
            "PIP_NO_CACHE_DIR": "1",
        }
        command = [str(self.root / "scripts/setup-venv.sh"), *words]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    def has(self):
        """Return the versions of what is installed."""
        [packages] = (self.root / ".venv/lib").glob("python*/site-packages")
        found = (re.fullmatch(r"(\w+)-(.+)\.dist-info", each.name) for each in packages.iterdir())
        return {each[1]: each[2] for each in found if each and each[1] not in {"pip", "setuptools"}}

    def pip(self, *words):
        done = [str(self.root / ".venv/bin/python"), "-m", "pip", "--no-cache-dir", *words]
        subprocess.run(done, check=True, capture_output=True)


RUN = {"backend": "1.0", "cover": "7.1", "plug": "1.0", "mini": "1.0"}
ALL = {**RUN, "linter": "1.0"}


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.slow
def test_running_needs_less_than_testing_and_nothing_is_taken_away_again(project):
    done = project.run("run")
    assert done.returncode == 0, done.stderr
    assert "what running needs" in done.stderr
    assert "installing them" in done.stderr
    assert project.has() == RUN
    assert project.run("run").stderr == ""
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.has() == ALL
    assert project.run("run").stderr == ""
    assert project.run().stderr == ""
    with (project.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert "tests and linters" in project.run("run").stderr
    assert project.has() == ALL


@pytest.mark.slow
@pytest.mark.parametrize("pip", [pytest.param(each, id=each.name) for each in PIPS])
def test_newer_releases_of_what_is_locked_do_not_matter_to(project, pip):
    assert project.run("run").returncode == 0
    project.pip("uninstall", "--yes", "cover", "plug", "mini")
    project.pip("install", "--no-index", str(pip))
    with (project.root / "requirements-run.lock").open("a") as file:
        file.write("# changed\n")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.has() == ALL


def test_a_level_that_is_none_is_refused(project):
    done = project.run("everything")
    assert done.returncode == 1
    assert "'everything' is neither run nor dev" in done.stderr


def locked(name):
    lines = (ROOT / name).read_text().splitlines()
    return {re.split(r"[\[=]", line)[0]: line for line in lines if re.match(r"\w[^ ]*==", line)}


def test_the_lock_for_running_is_part_of_the_whole_lock_and_has_no_tools():
    run, everything = locked("requirements-run.lock"), locked("requirements.lock")
    assert run.items() <= everything.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = {re.split(r"[<>=~!\[ ]", each)[0].lower() for each in project["dependencies"]}
    assert needs <= run.keys()
    assert {"hatchling", "editables"} <= run.keys()
    assert not {"pytest", "ruff", "mypy", "octodns", "hypothesis"} & run.keys()


@pytest.mark.slow
def test_a_wheel_works_without_the_checkout(tmp_path):
    """As `pip install .` would leave it, beside the dependencies of this environment."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [made] = tmp_path.glob("reconciler-*.whl")
    with zipfile.ZipFile(made) as opened:
        opened.extractall(tmp_path / "site")
    shutil.copytree(ROOT / "examples/02-sms-templates", tmp_path / "project")
    code = (
        "import sys, reconciler; from reconciler.cli import main; "
        "assert '/site/' in reconciler.__file__; sys.exit(main(sys.argv[1:]))"
    )
    for words in (["plan", "--emulate"], ["schema"], ["explain", "Template"], ["validate"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path / "project",
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/reconciler/_data/examples/01-one-tag").is_dir()
