"""Options that several commands share, as decorators of a command's function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from reconciler import VERSION
from reconciler.cli.parameters.choice import Acceptance, Approval, Choice, Overrides, SaveOptions
from reconciler.cli.parameters.completing import (
    complete_address,
    complete_environment,
    complete_folder,
    complete_label,
    complete_owned,
    complete_path,
)
from reconciler.cli.parameters.durations import Duration
from reconciler.cli.settings import ENV, Settings
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from msgspec import Struct

F = TypeVar("F", bound=Callable[..., Any])


class GlobalOption(click.Option):
    """An option that may stand before and after the command."""


def stored(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Put the value of an option into the settings, as a callback of click."""
    settings = context.ensure_object(Settings)
    if value is None or value is False or value == 0:
        return
    if option.name == "verbose":
        settings.verbose += value
    elif option.name == "no_color":
        settings.colour = False
    elif option.name is not None:
        setattr(settings, option.name, value)


def _show_version(context: click.Context, _option: click.Parameter, value: Any) -> None:
    if value and not context.resilient_parsing:
        context.ensure_object(Settings).out.raw(f"reconciler {VERSION}\n")
        context.exit()


def global_options() -> list[click.Parameter]:
    """Return new instances of the global options, for one command."""

    def option(*names: str, help: str, **more: Any) -> GlobalOption:  # noqa: A002 -- click's word
        return GlobalOption(names, help=help, expose_value=False, **({"callback": stored} | more))

    return [
        option(
            "--env",
            metavar="NAME",
            shell_complete=complete_environment,
            help=f"The environment, where the project has any.  [env var: {ENV}]",
        ),
        option(
            "--state",
            metavar="URL",
            shell_complete=complete_path,
            help="Where state is kept.  [default: .reconciler/[ENV/]state.db]",
        ),
        option(
            "-C",
            "directory",
            metavar="DIR",
            shell_complete=complete_folder,
            help="Work as if started in DIR.",
        ),
        option(
            "--output",
            type=click.Choice(["text", "json", "markdown"]),
            help="What stdout carries: text for people, one JSON document, or a comment.",
        ),
        option("--no-color", is_flag=True, help="No colours (as NO_COLOR=1)."),
        option("-v", "--verbose", count=True, help="Log to stderr; -vv logs more."),
        option(
            "--version",
            is_flag=True,
            is_eager=True,
            callback=_show_version,
            help="Show the version.",
        ),
    ]


def paths_argument(function: F) -> F:
    """Add the argument `[PATH]...`: manifests."""
    return click.argument(
        "paths",
        nargs=-1,
        metavar="[PATH]...",
        callback=not_empty,
        shell_complete=complete_path,
    )(function)


def not_empty(_context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse an empty path, as a callback of click: it would be taken for the folder itself.

    Raises `UsageError`.
    """
    if value == "" or (isinstance(value, tuple) and "" in value):
        name = "a PATH" if isinstance(parameter, click.Argument) else parameter.opts[0]
        raise UsageError(
            f"{name} is empty",
            hint="Leave it out, or name one. A variable may not be set.",
        )
    return value


def emulate_option(function: F) -> F:
    """Add `--emulate`: rehearse on the built-in emulator."""
    return click.option(
        "--emulate",
        is_flag=True,
        envvar="RECONCILER_EMULATE",
        show_envvar=True,
        help="Rehearse on the built-in emulator, apart from real accounts, state and secrets: "
        "all of it lies in .reconciler/emulated/.",
    )(function)


def rehearsal_option() -> click.Parameter:
    """Return `--emulate` for the `state` commands; it may stand before and after their name."""
    return click.Option(
        ["--emulate"],
        is_flag=True,
        envvar="RECONCILER_EMULATE",
        show_envvar=True,
        expose_value=False,
        callback=stored,
        help="Look at the state of rehearsals, in .reconciler/emulated/.",
    )


def setting_option(*names: str, help: str) -> Callable[[F], F]:  # noqa: A002 -- click's word
    """Add a flag whose value goes into the settings, where opening the state finds it."""
    return click.option(*names, is_flag=True, expose_value=False, callback=stored, help=help)


def one_key_option(function: F) -> F:
    """Add `--i-have-one-key`: agree to a state that one key alone opens."""
    text = "Agree to one recipient of the state: who loses that key loses the state."
    return setting_option("--i-have-one-key", "one_key", help=text)(function)


def target_option(text: str, *, owned: bool = False) -> Callable[[F], F]:
    """Add `--target`: choose resources by address; `owned` completes only those in state."""
    return click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="ADDR",
        shell_complete=complete_owned if owned else complete_address,
        help=text,
    )


def selector_option(text: str) -> Callable[[F], F]:
    """Add `--selector`: choose resources by their labels."""
    return click.option(
        "--selector",
        "selectors",
        multiple=True,
        metavar="KEY=VALUE",
        shell_complete=complete_label,
        help=text,
    )


def selection_options(*first: Callable[[Any], Any]) -> Callable[[F], F]:
    """Add `first`, then all options that decide what a plan is about; handed over as `choice`."""
    return choice_options(
        *first,
        target_option("Only this resource and what it refers to; may be repeated."),
        selector_option("Only resources with this label; repeated: with all of them."),
        click.option("--no-prune", is_flag=True, help="Delete nothing that lost its manifest."),
        click.option("--adopt", is_flag=True, help="Take over live objects that differ."),
        allow_empty_option,
        ignore_finding_option,
    )


def choice_options(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Add options; hand over their values as one `Choice`, in the parameter `choice`."""
    return as_one("choice", Choice, options)


def as_one(
    name: str, made: type[Struct], options: Sequence[Callable[[Any], Any]]
) -> Callable[[F], F]:
    """Add options; hand over their values as one `made`, in the parameter `name`."""

    def decorate(function: F) -> F:
        @wraps(function)
        def gathered(*args: Any, **given: Any) -> Any:
            fields = {each: given.pop(each) for each in made.__struct_fields__ if each in given}
            return function(*args, **{name: made(**fields)}, **given)

        taking: Any = gathered
        for option in reversed(options):
            taking = option(taking)
        return cast("F", taking)

    return decorate


def ignore_finding_option(function: F) -> F:
    """Add `--ignore-finding`: go on although a rule found an error."""
    return click.option(
        "--ignore-finding",
        "ignored",
        multiple=True,
        metavar="RULE",
        help="Go on although this rule found an error; may be repeated.",
    )(function)


def policy_option(function: F) -> F:
    """Add `--policy`: policies beside those of the project."""
    return click.option(
        "--policy",
        "policies",
        multiple=True,
        metavar="PATH",
        callback=not_empty,
        shell_complete=complete_path,
        help="Also judge by the policies in this file or folder; may be repeated.",
    )(function)


def override_options(function: F) -> F:
    """Add `--override-policy` and `--reason`, handed over as `overrides`."""
    options = (
        click.option(
            "--override-policy",
            "names",
            multiple=True,
            metavar="NAME",
            help="Go on although this policy is violated, if it is overridable.",
        ),
        click.option(
            "--reason",
            default="",
            metavar="TEXT",
            help="Why, for the history and all reports.",
        ),
    )
    return as_one("overrides", Overrides, options)(function)


def expect_option(function: F) -> F:
    """Add `--expect`: apply only the plan with this digest."""
    return click.option(
        "--expect",
        metavar="DIGEST",
        help="Only if the plan would change exactly this: its changesDigest, or 12 digits of it.",
    )(function)


def saving_options(function: F) -> F:
    """Add `--out` and what belongs to saving a plan, handed over as `save`."""
    options = (
        click.option("--out", metavar="FILE", help="Save the plan, for `apply --plan FILE`."),
        click.option(
            "--encrypt-to",
            "recipients",
            multiple=True,
            metavar="RECIPIENT",
            help="Encrypt it with age, to this public key (age1…); may be repeated.",
        ),
        click.option(
            "--expires-after",
            type=Duration(least="5m", most="7d"),
            metavar="DURATION",
            help="How long it may be applied: 5m to 7d.  [default: 24h]",
        ),
    )
    return as_one("save", SaveOptions, options)(function)


def plan_option(function: F) -> F:
    """Add `--plan`: apply a saved plan."""
    return click.option(
        "--plan",
        "plan_file",
        metavar="FILE",
        shell_complete=complete_path,
        help="Only what this saved plan says; paths, environment and selection are in it.",
    )(function)


def compact_option(function: F) -> F:
    """Add `--compact`: show an overview in place of every change."""
    return click.option(
        "--compact",
        is_flag=True,
        expose_value=False,
        callback=stored,
        help="Show how many objects of each kind change, not each of them.",
    )(function)


def allow_empty_option(function: F) -> F:
    """Add `--allow-empty-remote`: believe a provider that lists nothing."""
    return click.option(
        "--allow-empty-remote",
        is_flag=True,
        help="Believe a provider that lists nothing where state owns several objects.",
    )(function)


def lock_timeout_option(function: F) -> F:
    """Add `--lock-timeout`: wait for another run that holds the state."""
    return click.option(
        "--lock-timeout",
        type=Duration(),
        metavar="DURATION",
        expose_value=False,
        callback=stored,
        help="Wait so long, such as 10m, for another run that holds the state.",
    )(function)


def wait_approval_option(function: F) -> F:
    """Add `--wait-approval`: wait for the reviews of providers."""
    return click.option(
        "--wait-approval",
        type=click.FloatRange(min=0, max=7 * 24 * 3600),
        default=0.0,
        metavar="SECONDS",
        help="Wait so long for reviews of what is sent, and do what waits for them.",
    )(function)


def approval_options(function: F) -> F:
    """Add `--auto-approve` and `--allow-deletes`, handed over as `approval`."""
    options = (
        click.option("--auto-approve", is_flag=True, help="Do not ask."),
        click.option(
            "--allow-deletes",
            type=click.IntRange(min=0),
            metavar="N",
            help="Agree to N deletions, members of sets included, where a plan has many.",
        ),
    )
    return as_one("approval", Approval, options)(function)


def acceptance_options(function: F) -> F:
    """Add `--accept` and its `--auto-approve`, handed over as `acceptance`."""
    options = (
        click.option(
            "--accept",
            multiple=True,
            metavar="ADDR",
            shell_complete=complete_owned,
            help="Write what is live of it into its manifest; may be repeated.",
        ),
        click.option("--auto-approve", is_flag=True, help="With --accept: do not ask."),
    )
    return as_one("acceptance", Acceptance, options)(function)
