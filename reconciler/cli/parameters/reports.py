"""`--report` and its details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from reconciler.cli.parameters.completing import complete_path
from reconciler.cli.parameters.options import F, stored
from reconciler.model.report_formats import GITHUB, formats_of


def report_options(command: str) -> Callable[[F], F]:
    """Add `--report` with the formats that a command has, and its details."""

    def option(*names: str, help: str, **more: Any) -> Callable[[F], F]:  # noqa: A002 -- click's
        return click.option(*names, help=help, expose_value=False, callback=stored, **more)

    files = ", ".join(name for name in formats_of(command) if name != GITHUB)
    options = (
        option(
            "--report",
            multiple=True,
            metavar="FORMAT=FILE",
            help=f"Also write a report: {files}; or `github` alone, in GitHub Actions. "
            "May be repeated.",
        ),
        option(
            "--report-url",
            metavar="URL",
            help="Where a shortened comment says the full report is.  [default: the CI run]",
        ),
        option(
            "--report-limit",
            type=click.IntRange(min=1000),
            metavar="N",
            help="Characters and bytes that a comment may have.  [default: GitHub's limits]",
        ),
        option(
            "--report-root",
            metavar="DIR",
            help="What paths in reports are relative to.  [default: the repository]",
        ),
        option(
            "--report-files-from",
            metavar="FILE",
            shell_complete=complete_path,
            help="With --report github: annotate the files that FILE lists first, one a line, "
            "as `git diff --name-only` prints them.",
        ),
    )

    def offered(function: F) -> F:
        for each in reversed(options):
            function = each(function)
        return function

    return offered
