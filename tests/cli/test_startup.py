"""`reconciler --version` is as quick as Python: it imports nothing that costs."""

import subprocess
import sys
import tomllib
from pathlib import Path

from reconciler.cli import VERSION

ROOT = Path(__file__).parents[2]


def modules_after(arguments):
    code = f"import sys; from reconciler.cli import main; main({arguments!r}); print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_version_imports_nothing_but_the_command_line_package():
    found = {name for name in modules_after(["--version"]) if name.startswith("reconciler")}
    assert found == {"reconciler", "reconciler.cli", "reconciler.cli.streams"}
    assert not modules_after(["--version"]) & {"click", "logging", "asyncio", "importlib.metadata"}


def test_a_plan_of_templates_needs_no_heavy_library():
    unwanted = {"sqlalchemy", "alembic", "deepdiff", "rich", "jsonschema", "aiohttp", "pyroaring"}
    found = modules_after(["plan", "--emulate", str(ROOT / "tests" / "cli" / "tag.yaml")])
    assert sorted(found & unwanted) == []


def test_dns_loads_what_asks_servers_only_to_ask_them():
    found = modules_after(["dns", "--emulate", str(ROOT / "tests" / "cli" / "tag.yaml")])
    assert sorted(found & {"dns", "publicsuffixlist", "cryptography", "aiohttp"}) == []


def test_version_is_the_projects(run):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    for arguments in (["--version"], ["plan", "--version"], ["--no-color", "--version"]):
        assert run(*arguments).out == f"reconciler {VERSION}\n"
