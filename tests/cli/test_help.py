"""Help is the manual: every command has a sentence, its exit codes or an example, and no surprises."""

import re
import shlex
import subprocess
import sys

import click
import pytest

from reconciler.cli.app import COMMANDS, cli
from reconciler.model.report_formats import COMMANDS as REPORTS


def commands():
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield f"{name} {inner}", command.get_command(context, inner)


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself(run, name):
    result = run(*name.split(), "--help")
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith(f"Usage: reconciler {name}")
    assert f"\n  reconciler {name.split(maxsplit=1)[0]}" in result.out.split("Examples:")[1]
    for option in ("--state", "-C DIR", "--output", "--no-color", "-v, --verbose", "--version"):
        assert option in result.out.split("Global options:")[1]


@pytest.mark.parametrize("name", ALL)
def test_every_option_and_argument_is_explained(name):
    command = ALL[name]
    context = click.Context(command, info_name=name)
    text = command.get_help(context)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
        else:
            line = next(
                (
                    t
                    for t in text.splitlines()
                    if t.startswith(f"  {parameter.make_metavar(context)}  ")
                ),
                "",
            )
            assert line, f"{parameter.make_metavar(context)} is not explained"


@pytest.mark.parametrize("name", ALL)
def test_every_example_parses(name):
    for line, _ in ALL[name].examples:
        words = shlex.split(re.split("[|<>#]", line)[0])
        assert words[0] == "reconciler"
        context = click.Context(cli)
        found, command, rest = cli.resolve_command(context, words[1:])
        while isinstance(command, click.Group) and rest:
            found, command, rest = command.resolve_command(context, rest)
        assert found
        command.make_context(found, list(rest), resilient_parsing=False)


def test_the_top_lists_what_the_commands_say_of_themselves(run):
    text = run("--help").out
    for name, entry in COMMANDS.items():
        assert entry.help in text
        assert ALL[name].get_short_help_str(200) == entry.help


def test_help_of_the_top_imports_no_command():
    code = (
        "import sys; from reconciler.cli import main; main(['--help']); "
        "print([m for m in sys.modules if m in {'httpx', 'rich', 'sqlalchemy', 'jsonschema', 'yaml', "
        "'reconciler.cli.commands.plan', 'reconciler.engine.planning.planner'}], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "name", [name for name, each in ALL.items() if "report" in {one.name for one in each.params}]
)
def test_help_lists_the_reports_that_a_command_has(run, name, project):
    text = " ".join(run(name, "--help").out.split())
    listed = re.search(r"Also write a report: ([a-z, -]+); or `github`", text)[1].split(", ")
    for word in (word for word in REPORTS if word != "github"):
        refused = (
            "has no report" in run(name, "--report", f"{word}=/", *["x"] * (name == "show")).err
        )
        assert refused is (word not in listed)
