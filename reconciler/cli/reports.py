"""`--report`: checks where reports go, and writes them after a command, even a failed one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec import Struct

from reconciler.ci import run_url
from reconciler.cli.listed_files import listed_files
from reconciler.cli.output import Output
from reconciler.cli.own_files import check_place, manifest_folders, replace_file, taken
from reconciler.errors import ReconcilerError, UsageError
from reconciler.exit_codes import ExitCode
from reconciler.manifests.files import inside
from reconciler.manifests.project import find_root
from reconciler.model.on_disk import followed, is_there
from reconciler.model.report_formats import COMMANDS, GITHUB, HEEDED, formats_of
from reconciler.render.envelope import Document
from reconciler.render.reports import FORMATS, Report, encoded
from reconciler.render.reports.github import outputs, summary, workflow_commands
from reconciler.render.reports.markdown import BYTES, CHARACTERS, markdown
from reconciler.suggestions import did_you_mean

_APART = "Give each a file of its own."


class RequestedReport(Struct, frozen=True, kw_only=True):
    """One report that the command line asks for."""

    format: str
    path: Path | None
    """`None` for the report `github`: environment variables name its files."""


class ReportOrder(Struct, kw_only=True):
    """All reports that one command is to write."""

    command: str
    reports: Sequence[RequestedReport] = ()
    markdown: bool = False
    """Whether stdout carries Markdown."""
    limit: int | None = None
    url: str = ""
    root: str | None = None
    files: frozenset[str] = frozenset()
    """Files of the repository whose annotations come first."""
    plan_file: str = ""
    """Where the plan was saved, if it was."""

    def write(self, out: Output, document: Document, code: int) -> int:
        """Write all reports and return the exit code: 1 if nothing but the writing failed."""
        report = self._report(document, code)
        written = (self._written(each, report, out) for each in self.reports)
        failed = [wrong for wrong in written if wrong]
        if self.markdown and not out.documented:
            out.raw(self._comment(report))
        for wrong in failed:
            out.error(wrong)
        return ExitCode.ERROR if failed and code in {0, 2} else code

    def _comment(self, report: Report) -> str:
        return markdown(report, characters=self.limit or CHARACTERS, size=self.limit or BYTES)

    def _report(self, document: Document, code: int) -> Report:
        root = find_root((), Path.cwd())
        return Report(
            command="plan" if self.command == "show" else self.command,
            document=document,
            exit_code=code,
            project=root.name,
            environment=str(document.get("environment") or ""),
            prefix=_prefix(root, self.root),
            url=self.url or run_url(os.environ),
        )

    def _written(
        self, requested: RequestedReport, report: Report, out: Output
    ) -> ReconcilerError | None:
        try:
            wrong = self._write(requested, report, out)
        except OSError as error:
            wrong = str(error.strerror)
        if not wrong:
            return None
        made = ReconcilerError(
            f"the report {requested.path or GITHUB} could not be written: {wrong}"
        )
        made.code = "report-failed"
        return made

    def _write(self, requested: RequestedReport, report: Report, out: Output) -> str:
        """Write one report; return why its path is taken by now, or "". Raises `OSError`."""
        form = FORMATS.get(requested.format)
        if form is None or requested.path is None:
            _to_github(report, out, self)
        elif wrong := taken(requested.path, form.ours):
            return wrong
        elif report.error is not None and not form.of_failures:
            requested.path.unlink(missing_ok=True)
        elif requested.format == "markdown":
            replace_file(requested.path, self._comment(report).encode("utf-8", "replace"))
        else:
            replace_file(requested.path, encoded(report, requested.format))
        return ""

    def require_free(self, path: Path) -> None:
        """Refuse a path for another file where a report goes; raises `UsageError`."""
        place = followed(path)
        if any(each.path is not None and followed(each.path) == place for each in self.reports):
            raise UsageError(f"a report and --out want {place}", hint=_APART)


def report_order(
    command: str,
    words: Sequence[str],
    *,
    options: Sequence[str] = (),
    markdown: bool = False,
    limit: int | None = None,
    url: str = "",
    root: str | None = None,
    files_from: str | None = None,
) -> ReportOrder:
    """Check the reports that the command line asks for, before any work; raises `UsageError`.

    `options` are those about reports that were given, by name.
    """
    reports = [_requested(command, word) for word in words]
    places = [followed(each.path) for each in reports if each.path is not None]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise UsageError(f"two reports want {twice}", hint=_APART)
    if markdown and command not in COMMANDS["markdown"]:
        raise UsageError(f"`{command}` has no Markdown", hint="Use --output text or json.")
    _check_heeded(command, options, {*(each.format for each in reports), *["markdown"] * markdown})
    _check_root(root)
    manifests = manifest_folders() if places else []
    for requested in reports:
        _check(requested, manifests)
    return ReportOrder(
        command=command,
        reports=reports,
        markdown=markdown,
        limit=limit,
        url=url,
        root=root,
        files=frozenset() if files_from is None else listed_files(files_from),
    )


def _check_heeded(command: str, options: Iterable[str], formats: AbstractSet[str]) -> None:
    """Refuse an option that no report of this run heeds; raises `UsageError`."""
    for option in options:
        if not HEEDED[option] & formats:
            fitting = [
                name if name == GITHUB else f"{name}=FILE"
                for name in formats_of(command)
                if name in HEEDED[option]
            ]
            raise UsageError(
                f"{option} would do nothing: no report of this run heeds it",
                hint=f"Add --report {', or '.join(fitting)}, or leave it out.",
            )


def _check_root(chosen: str | None) -> None:
    """Refuse a `--report-root` that does not contain the project; raises `UsageError`."""
    root = os.path.realpath(find_root((), Path.cwd()))
    if chosen is not None and not inside(root, os.path.realpath(chosen)):
        raise UsageError(
            f"--report-root {chosen}: the project, {root}, does not lie in that folder",
            hint="Name the folder that the repository was checked out to.",
        )


def _requested(command: str, word: str) -> RequestedReport:
    name, _, path = word.partition("=")
    known = formats_of(command)
    if name not in known:
        raise UsageError(
            f"`{command}` has no report {name!r}",
            hint=did_you_mean(name, known) or f"Reports: {', '.join(known)}.",
        )
    if name == GITHUB:
        if path:
            raise UsageError("--report github takes no file: its variables say where it goes")
        return RequestedReport(format=name, path=None)
    if not path:
        raise UsageError(f"--report {name} needs a file", hint=f"Write --report {name}=FILE.")
    return RequestedReport(format=name, path=Path(path))


def _check(requested: RequestedReport, manifests: Sequence[str]) -> None:
    """Refuse a place where a report cannot be written, before any work; changes nothing."""
    path = requested.path
    if path is None:
        for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
            if not os.environ.get(name):
                raise UsageError(
                    f"--report github works in GitHub Actions alone: {name} is not set"
                )
        return
    ours = FORMATS[requested.format].ours
    check_place(path, ours, manifests, cannot="the report cannot be written to")


def _to_github(report: Report, out: Output, asked: ReportOrder) -> None:
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(summary(report))
    delimiter = f"reconciler-{secrets.token_hex(16)}"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(outputs(report, delimiter=delimiter, plan_file=asked.plan_file))
    for line in workflow_commands(report, first=asked.files):
        out.annotate(line)


def _prefix(root: Path, chosen: str | None) -> str:
    """Return the path from the repository (or `chosen`) to the project, "" or ending in a slash."""
    named = chosen or os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR")
    above = [folder for folder in (root, *root.parents) if is_there(folder / ".git")]
    top = Path(named) if named else next(iter(above), root)
    below = os.path.relpath(os.path.realpath(root), os.path.realpath(top))
    return "" if below == "." or below.startswith("..") else f"{Path(below).as_posix()}/"
