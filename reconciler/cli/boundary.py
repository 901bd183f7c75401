"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Sequence
from types import TracebackType

import click

from reconciler.cli.app import cli
from reconciler.cli.interrupts import Interrupts
from reconciler.cli.old_spellings import todays
from reconciler.cli.parameters.guesses import NoSuchCommand, option_guess
from reconciler.cli.settings import Settings
from reconciler.errors import ReconcilerError, Stopped, UsageError
from reconciler.redaction import redact_foreign


def run(argv: Sequence[str]) -> int:
    """Run the command line and return its exit code; every error becomes a message here."""
    words, old = todays(argv)
    settings = Settings(
        output=_requested_output(words),
        interrupts=Interrupts(),
        arguments=tuple(argv),
        old_spellings=tuple(old),
    )
    try:
        with settings.interrupts.installed():
            code = _invoke(cli, words, settings)
    except Stopped as error:  # while an error was being shown
        code = _show_error(_in_words(error), settings)
    if settings.report_order is not None:
        code = settings.report_order.write(settings.out, settings.out.kept or {}, code)
    settings.out.flush()
    return code


def _invoke(cli: click.Group, argv: Sequence[str], settings: Settings) -> int:
    try:
        code = cli.main(list(argv), prog_name="reconciler", standalone_mode=False, obj=settings)
    except click.exceptions.NoArgsIsHelpError as error:
        return _show_help(error, settings)
    except BrokenPipeError:
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- the boundary
        return _show_error(_explained(error, settings), settings)
    return code if isinstance(code, int) else 0


def _in_words(error: Stopped) -> Stopped:
    """Name the signal that stopped a run."""
    error.message = f"stopped by {signal.Signals(error.exit_code.signal).name}"
    error.hint = error.hint or "Run the same command again to go on."
    return error


def _explained(error: BaseException, settings: Settings) -> ReconcilerError:
    """Return any exception as an error with a message for the user."""
    if isinstance(error, Stopped):
        return _in_words(error)
    if isinstance(error, ReconcilerError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error, settings)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _in_words(Stopped(signal.SIGINT))
    return _internal(error, settings)


def _show_error(error: ReconcilerError, settings: Settings) -> int:
    settings.out.error(error)
    return error.exit_code


def _show_help(error: click.exceptions.NoArgsIsHelpError, settings: Settings) -> int:
    """Show the help where the command is missing, and report that as an error."""
    if not settings.json:
        settings.out.result(error.format_message() + "\n\n")
    return _show_error(UsageError("a command is missing", hint=_see_help(error)), settings)


def _usage(error: click.ClickException, settings: Settings) -> ReconcilerError:
    message = " ".join(error.format_message().split()).rstrip(".")
    hint = _see_help(error)
    if isinstance(error, click.NoSuchOption):
        message = f"no such option {error.option_name!r}"
        hint = _with_guess(_option_guess(error, settings), hint)
    elif isinstance(error, NoSuchCommand):
        hint = _with_guess(error.guess, hint)
    message = message[:1].lower() + message[1:]
    return UsageError(message, hint=hint)


def _option_guess(error: click.NoSuchOption, settings: Settings) -> str:
    if error.ctx is None:
        return ""
    return option_guess(error.option_name, settings.arguments, error.ctx)


def _with_guess(guess: str, hint: str) -> str:
    """Put a guess, if there is one, before the hint."""
    if not guess:
        return hint
    return f"{guess} {hint}" if guess.endswith("?") else f"{guess}. {hint}"


def _see_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "reconciler"
    return f"`{path} --help` shows what there is."


def _internal(error: BaseException, settings: Settings) -> ReconcilerError:
    """Describe a bug of ours in one line; with `-v`, also by its traceback."""
    name = type(error).__name__
    text = str(error).strip().splitlines()
    reason = redact_foreign(text[0]) if text else ""
    message = f"internal error: {name}: {reason}" if reason else f"internal error: {name}"
    made = ReconcilerError(
        message,
        details=_traceback(error.__traceback__) if settings.verbose else (),
        hint="" if settings.verbose else "`-v` shows where; please report it with that.",
    )
    made.code = "internal"
    return made


def _traceback(trace: TracebackType | None) -> list[str]:
    """Return the lines of a traceback without values of variables, which may be secret."""
    return [
        f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(trace)
    ]


def _requested_output(argv: Sequence[str]) -> str:
    """Look for `--output json` before parsing, so that errors of parsing are JSON as well."""
    for number, word in enumerate(argv):
        if word == "--":
            break
        if word == "--output=json" or (word == "--output" and [*argv, ""][number + 1] == "json"):
            return "json"
    return "text"
