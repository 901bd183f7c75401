"""The list of commands, each loaded when it is used; how commands are declared, and their help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

import click
from msgspec import Struct

from reconciler.cli.parameters.guesses import NoSuchCommand
from reconciler.cli.parameters.options import GlobalOption, global_options
from reconciler.cli.settings import Settings

_CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 1000}
"""Help is as wide as the terminal, and 80 columns in a pipe."""


class Entry(Struct, frozen=True):
    """One command that is not loaded yet."""

    section: str
    help: str
    module: str = ""
    """Below `reconciler.cli`; by default as the command."""


COMMANDS: dict[str, Entry] = {
    "validate": Entry("Change", "Check manifests offline."),
    "plan": Entry("Change", "Show what would be done."),
    "apply": Entry("Change", "Plan, ask, and do it."),
    "show": Entry("Change", "Show a saved plan."),
    "drift": Entry("Change", "Find what was changed by hand since the last apply."),
    "import": Entry("Change", "Write manifests of what accounts have.", "import_"),
    "destroy": Entry("Change", "Delete everything that state owns."),
    "state": Entry("State", "Look at state, and put it right by hand."),
    "compare": Entry("Look up", "Show what differs between two environments."),
    "graph": Entry("Look up", "Draw what refers to what."),
    "schema": Entry("Look up", "Print the JSON Schema of manifests, for editors."),
    "explain": Entry("Look up", "Explain a kind, a field or a lint rule."),
    "providers": Entry("Look up", "List provider types and what they can do."),
    "deprecations": Entry("Look up", "List what has a better name today."),
    "help": Entry("Look up", "Explain a command."),
    "version": Entry("Look up", "Show the version."),
    "completion": Entry("Look up", "Print what makes a shell complete commands and addresses."),
    "dns": Entry("Try out", "Show the DNS records that sender domains need, and check them."),
    "verify": Entry("Try out", "Find out whether what was applied works."),
    "webhook": Entry("Try out", "Check the signatures of webhook calls, and receive some."),
    "emulator": Entry("Rehearse", "Serve emulated providers on a port."),
}

_ARGUMENTS = {
    "[PATH]...": "Manifest files and folders; by default what the project names; - is stdin.",
    "[COMMAND]...": "A command, and one of its own commands.",
    "bash|zsh|fish": "The shell.",
    "[FILTER]": "A kind, a provider, or the beginning of addresses, such as nhn/Template/.",
    "ENV": "The name of an environment.",
    "ADDR": "An address: PROVIDER/KIND/NAME.",
    "[ADDR]...": "Addresses: PROVIDER/KIND/NAME.",
    "FROM": "The address so far.",
    "TO": "The address from now on.",
    "PROVIDER": "The metadata.name of a Provider manifest.",
    "TOPIC": "KIND, TYPE/KIND, KIND.field, metadata, lifecycle, Project, or the id of a rule.",
    "PROVIDER|TYPE": "The metadata.name of a Provider manifest, or a provider type.",
    "FILE": "What `plan --out FILE` wrote.",
    "COPY": "A copy of the state, as `state pull` and `state backup` write it.",
    "[COPY]": "A copy of the state, as `state backup` writes it.",
    "[FILE]": "A file with the body of a call; by default, and for -, stdin.",
    "KIND|TYPE/KIND": "A kind, alone or with its provider type.",
    "[KIND]": "A kind, TYPE/KIND, Project or Canary; by default all of them in one.",
}
"""What each argument means, by its name in usage lines."""

_NO_TERMS: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({})

F = TypeVar("F", bound=Callable[..., Any])


def _show_help(ctx: click.Context, _option: click.Parameter, asked: object) -> None:
    if asked and not ctx.resilient_parsing:
        ctx.ensure_object(Settings).out.raw(ctx.get_help() + "\n")
        ctx.exit()


class HelpFormatting(click.Command):
    """Shows a command's own options, then the global ones, then examples."""

    examples: Sequence[tuple[str, str]] = ()
    """Pairs of a command line and what it does."""

    terms: Mapping[str, Sequence[tuple[str, str]]] = _NO_TERMS
    """Tables by their titles: pairs of a word and what it means."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return click's `--help`, but let it write through `Output`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, options of the command and global options, each in a section."""
        arguments: list[tuple[str, str]] = []
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Argument):
                name = parameter.make_metavar(ctx)
                arguments.append((name, _ARGUMENTS.get(name, "")))
                continue
            record = parameter.get_help_record(ctx)
            if record is not None:
                (shared if isinstance(parameter, GlobalOption) else own).append(record)
        titled = (("Arguments", arguments), ("Options", own), ("Global options", shared))
        for title, records in titled:
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the tables of terms, then the examples."""
        for title, records in self.terms.items():
            with formatter.section(title):
                formatter.write_dl(list(records))
        if self.examples:
            with formatter.section("Examples"):
                for line, what in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
                    formatter.write(f"{'':>{formatter.current_indent}}    {what}\n")
        super().format_epilog(ctx, formatter)


class Command(HelpFormatting):
    """A command of ours: before it runs, the settings take effect."""

    def invoke(self, ctx: click.Context) -> Any:
        """Start the settings and check the reports, then run."""
        settings = ctx.ensure_object(Settings)
        settings.start()
        settings.order_reports(ctx.command_path.partition(" ")[2])
        return super().invoke(ctx)


class Group(HelpFormatting, click.Group):
    """A group whose unknown commands are answered with a guess."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raises `NoSuchCommand` with the most similar ones."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise NoSuchCommand(name, ctx, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options, as readers look for commands first."""
        self.format_commands(ctx, formatter)
        HelpFormatting.format_options(self, ctx, formatter)


class LazyGroup(Group):
    """The top of the command line: knows its commands by name and loads one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names in the order of help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"reconciler.cli.commands.{COMMANDS[cmd_name].module or cmd_name}")
        loaded: click.Command = module.command
        return loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands by section, loading none."""
        width = max(map(len, COMMANDS))
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            with formatter.section(section):
                rows = [
                    (n.ljust(width), e.help) for n, e in COMMANDS.items() if e.section == section
                ]
                formatter.write_dl(rows)


def declare(
    name: str,
    *,
    examples: Sequence[tuple[str, str]] = (),
    terms: Mapping[str, Sequence[tuple[str, str]]] = _NO_TERMS,
    epilog: str | None = None,
) -> Callable[[F], click.Command]:
    """Make a command out of a function; its docstring is the help, its result the exit code."""

    def decorate(function: F) -> click.Command:
        made = click.command(
            name,
            cls=Command,
            context_settings=_CONTEXT,
            short_help=COMMANDS[name].help if name in COMMANDS else None,
            epilog=epilog,
        )(click.pass_obj(function))
        made.examples = examples
        made.terms = terms
        made.params += global_options()
        return made

    return decorate


def subcommand(
    parent: click.Group, name: str, *, examples: Sequence[tuple[str, str]] = ()
) -> Callable[[F], click.Command]:
    """Make a command of a group below the top."""

    def decorate(function: F) -> click.Command:
        made = declare(name, examples=examples)(function)
        made.short_help = None  # else that of the command of this name at the top
        parent.add_command(made)
        return made

    return decorate


def group(name: str, help_text: str, *, examples: Sequence[tuple[str, str]] = ()) -> click.Group:
    """Make a group of commands below the top."""
    made = Group(
        name,
        help=help_text,
        short_help=COMMANDS[name].help,
        params=global_options(),
        context_settings=_CONTEXT,
        no_args_is_help=True,
    )
    made.examples = examples
    return made


cli = LazyGroup(
    "reconciler",
    help="""Configuration as code for e-mail and SMS providers.

    Keep the configuration of your messaging accounts in Git as YAML manifests; reconciler compares
    it with what each provider really has, shows a plan, and makes the API calls in the right order.
    """,
    params=global_options(),
    context_settings=_CONTEXT,
    no_args_is_help=True,
    epilog="`reconciler COMMAND --help` explains a command.",
)
cli.examples = (
    (
        "reconciler plan --emulate",
        "See what would be done, on emulated providers: no account needed.",
    ),
    ("reconciler apply", "Plan, ask, and do it."),
    (
        "reconciler drift --output json",
        "For a nightly job: exit code 2 when somebody changed something.",
    ),
)
