"""What the README says exists, and what exists stands in the README."""

from __future__ import annotations

import re
import runpy
import shutil
import tomllib
from pathlib import Path

import click
import pytest

from reconciler.cli import main
from reconciler.cli.app import COMMANDS, cli
from reconciler.exit_codes import ExitCode
from reconciler.providers.registry import provider_class, provider_types

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "adding-a-provider.md",
    ROOT / "docs" / "emulator.md",
    ROOT / "docs" / "environments.md",
    ROOT / "docs" / "import.md",
    ROOT / "docs" / "reviews.md",
    ROOT / "docs" / "secrets.md",
    ROOT / "docs" / "selecting.md",
    ROOT / "tests" / "contract" / "README.md",
    *sorted(ROOT.glob("examples/*/README.md")),
]
INVENTED = ("Campaign", "campaign", "acme")
"""Words of the sections on adding something, whose files do not exist."""

WRITER = runpy.run_path(str(ROOT / "scripts" / "write-docs.py"))

COMMAND_LINE = re.compile(r"(?:^|[`$ /])reconciler ((?:-C \S+ )?[a-z][^`\n]*)", re.MULTILINE)


def options_of(command: click.Command) -> set[str]:
    context = click.Context(command)
    options = {word for parameter in command.get_params(context) for word in parameter.opts}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            options |= options_of(command.get_command(context, name))
    return options


def command_named(name: str) -> click.Command:
    return cli.get_command(click.Context(cli), name)


def pages():
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES]


@pytest.mark.parametrize("page", WRITER["TABLES"])
def test_the_tables_of_a_page_are_up_to_date(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == WRITER["written"](page), "run scripts/write-docs.py"


@pytest.mark.parametrize("page", pages())
def test_command_lines_in_a_page_exist(page):
    for line in COMMAND_LINE.findall(page.read_text(encoding="utf-8")):
        words = line.split("#")[0].split()
        if words[0] == "COMMAND":
            continue
        assert words[0] in COMMANDS, line
        known = options_of(command_named(words[0]))
        flags = {
            word.split("=")[0].rstrip(",.;:)")
            for word in words[1:]
            if word[:1] == "-" and word != "-"
        }
        assert flags <= known, f"{page.name}: {line}"


@pytest.mark.parametrize("page", pages())
def test_flags_in_a_page_exist(page):
    known = set().union(*(options_of(command_named(name)) for name in COMMANDS))
    text = page.read_text(encoding="utf-8")
    flags = {each for code in re.findall(r"`([^`\n]+)`", text) for each in _flags(code)}
    assert flags <= known


def _flags(code: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z-]+", code)


@pytest.mark.parametrize("page", pages())
def test_links_and_paths_in_a_page_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    known = tuple(path.name for path in ROOT.iterdir() if path.is_dir())
    for path in re.findall(r"`((?:\.ci|[\w.-]+)/[\w./-]*)`", text):
        if path.split("/")[0] in known and not any(word in path for word in INVENTED):
            missing += [] if (ROOT / path).exists() else [path]
    assert missing == []


def test_every_command_stands_in_the_readme():
    missing = [name for name in COMMANDS if f"| `reconciler {name}` |" not in README]
    assert missing == []


@pytest.mark.parametrize("provider_type", provider_types())
def test_every_kind_stands_in_the_readme(provider_type):
    table = README.split(f"| `{provider_type}` |")[1]
    rows = [f"| `{provider_type}` |{table.splitlines()[0]}"]
    for line in table.splitlines()[1:]:
        if not line.startswith("| |"):
            break
        rows.append(line)
    documented = {re.findall(r"`(\w+)`", row.split("|")[2])[0] for row in rows}
    assert documented == set(provider_class(provider_type).kinds)


def test_every_exit_code_stands_in_the_readme():
    section = README.split("| exit code |")[1].split("\n\n")[0]
    documented = {int(code) for code in re.findall(r"\b\d+\b", section.replace("| means |", ""))}
    assert documented == set(ExitCode)


def test_every_example_stands_in_the_readme():
    names = sorted(path.name for path in (ROOT / "examples").iterdir() if path.is_dir())
    assert [name for name in names if f"(examples/{name})" not in README] == []


def test_make_targets_in_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_layout_in_the_readme_is_that_of_the_package():
    layout = README.split("## Layout")[1].split("```")[1]
    folders = {
        path.name for path in (ROOT / "reconciler").iterdir() if (path / "__init__.py").exists()
    }
    assert [name for name in sorted(folders) if f"  {name}/" not in layout] == []


def test_the_package_carries_the_readme():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["readme"] == "README.md"


def test_the_session_in_the_readme_is_what_the_command_prints(tmp_path, monkeypatch, capfd):
    shutil.copytree(ROOT / "examples" / "02-sms-templates", tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    shown = _timeless(README)

    def run(*words: str) -> str:
        capfd.readouterr()
        main(words)
        return capfd.readouterr().out

    def edit(file: str, before: str, after: str) -> None:
        path = tmp_path / file
        path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    run("apply", "--emulate", "--auto-approve")
    edit("templates.yaml", "It is valid for 3 minutes.", "Never share it.")
    assert _timeless(run("plan", "--emulate")) in shown
    applied = run("apply", "--emulate", "--auto-approve")
    assert _timeless(applied.strip().splitlines()[-1]) in shown
    assert _timeless(run("plan", "--emulate")) in shown
    edit("categories.yaml", "parent: transactional", "parent: marketing")
    assert _timeless(run("plan", "--emulate")) in shown


def _timeless(text: str) -> str:
    return re.sub(r"\d+\.\d+ s", "… s", text).strip()
