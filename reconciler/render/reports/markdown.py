"""A report in Markdown, for a comment on a pull request: CommonMark with GitHub's tables.

All data is in code spans and fences with more backticks than any run inside them, so that none of
it becomes a mention, a link, an image or HTML. A report that is too long is shortened in steps;
deletions, replacements and errors stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from reconciler.render.envelope import Document
from reconciler.render.layout.safe_text import safe_text
from reconciler.render.layout.style import count
from reconciler.render.plans.diffs import text_lines
from reconciler.render.plans.usage import usage_notes
from reconciler.render.reports.report import DNS, LOUD, ORDER, Problem, Report, StateOnly, shown

CHARACTERS, BYTES = 65_000, 262_144
"""The size of a comment that GitHub accepts, however its limits are read."""
MARK = "<!-- reconciler:"
"""Begins the first line of every comment."""
MOST_LOUD = 500
"""Deletions, replacements and forgets named one by one; more are counted."""

_TICKS = re.compile("`+")


class Limits(Struct, frozen=True, kw_only=True):
    """How much of a report is shown, in one of the steps of shortening."""

    value: int = 4_000
    """Characters shown of a value."""
    details: frozenset[str] = frozenset(ORDER)
    """The actions whose changes are shown field by field."""
    rows: int = 1_000_000
    """Rows of the table besides deletions, replacements and forgets."""
    findings: int = 1_000


_BETWEEN = "\n\n"
STEPS = (
    Limits(),
    Limits(value=300),
    Limits(value=300, details=frozenset(ORDER) - {"update", "adopt"}, findings=200),
    Limits(value=300, details=frozenset(LOUD), rows=200, findings=100),
    Limits(value=120, details=frozenset(), rows=50, findings=20),
    Limits(value=120, details=frozenset(), rows=0, findings=5),
)


def markdown(report: Report, *, characters: int = CHARACTERS, size: int = BYTES) -> str:
    """Return a comment of at most so many characters, and bytes (`size`)."""
    for limits in STEPS:
        text = _fitting(_blocks(report, limits), characters)
        if text and len(text.encode()) <= size:
            return text
    return _cut(_joined(_blocks(report, STEPS[-1])), characters, size)


def _fitting(blocks: Iterable[str], characters: int) -> str:
    """Join blocks; return "" as soon as they are too long, without making the others."""
    kept, length = [], 0
    for block in blocks:
        length += len(block) + len(_BETWEEN)
        if length > characters + 1:  # a page ends in one line break, not in two
            return ""
        kept.append(block)
    return _joined(kept)


def _joined(blocks: Iterable[str]) -> str:
    return _BETWEEN.join(blocks) + "\n"


def marker(report: Report) -> str:
    """Return the line by which a bot finds its earlier comment."""
    name = re.sub(r"[^\w.-]", "-", report.project or "-")
    return f"{MARK}{report.command}:{name}:{report.environment or '-'} -->"


def span(value: object, limit: int = 300) -> str:
    """Return a text as a code span on one line, fit for a cell of a table."""
    text = safe_text(str(value).replace("\r\n", "\n").replace("\n", "⏎"))
    text = text if len(text) <= limit else f"{text[:limit]}…"
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    inner = f" {text} " if text.startswith("`") or text.endswith("`") or not text.strip() else text
    return f"{ticks}{inner}{ticks}".replace("|", "\\|")


def fence(lines: Sequence[str], language: str = "diff") -> str:
    """Return lines in a code fence that no line can end."""
    longest = max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def _blocks(report: Report, limits: Limits) -> Iterator[str]:
    yield f"{marker(report)}\n### {_heading(report)}"
    yield from _error(report)
    yield from _changes(report, limits)
    yield from _results(report, limits)
    yield from _problems(list(report.problems()), limits)
    yield from _last(report, limits)


def _heading(report: Report) -> str:
    words = {"apply": "{}d", "destroy": "{}d"}.get(report.command, "to {}")
    counts = [
        f"{number:,} {words.format(action) if action != 'forget' else action}"
        for action, number in report.counts().items()
        if number
    ]
    alone = Counter(each.action for each in report.state_only)
    done = {"rename": "renamed", "hand over": "handed over"}
    past = report.command in {"apply", "destroy"}
    counts += [f"{n:,} {done[word] if past else f'to {word}'}" for word, n in alone.items()]
    if report.command == "drift" and report.error is None:
        counts = [f"{len(report.document.get('drift', ()))} differ"]
    if report.command == "validate":
        counts = [f"{len(report.document.get('faults', ()))} faults"]
    if report.command == DNS and report.error is None:
        there = sum(record.get("status") == "ok" for record in report.records)
        counts = [f"{there:,} of {len(report.records):,} records are there"]
    title = span(report.title) if report.environment else report.title
    return f"{title}: {', '.join(counts) if counts else _nothing(report)}"


def _nothing(report: Report) -> str:
    return "failed" if report.error is not None else "no changes"


def _error(report: Report) -> Iterator[str]:
    error = report.error
    if error is None:
        return
    lines = [error["message"], *report.error_details()]
    if error.get("hint"):
        lines.append(error["hint"])
    yield f"> [!CAUTION]\n> {span(error.get('code', 'error'))}\n\n" + fence(
        [safe_text(line) for line in lines], "text"
    )


def _changes(report: Report, limits: Limits) -> Iterator[str]:
    changes = report.changes
    loud = [change for change in changes if change["action"] in LOUD]
    quiet = [change for change in changes if change["action"] not in LOUD]
    alone = report.state_only
    table = _table(loud[:MOST_LOUD] + quiet[: limits.rows], alone[: limits.rows])
    yield from [table] if table else []
    for rest in (loud[MOST_LOUD:], quiet[limits.rows :]):
        yield from _counted(rest)
    if more := len(alone[limits.rows :]):
        yield f"- {more:,} more in state only"
    for change in changes:
        if change["action"] in limits.details and _has_details(change):
            yield _details(change, limits)


def _table(changes: Sequence[Document], alone: Sequence[StateOnly]) -> str:
    rows = [
        f"| {_action(change)} | {span(change['address'])} "
        f"| {span(change['reason']) if change.get('reason') else ''} |"
        for change in changes
    ]
    rows += [f"| {each.action} | {span(each.what)} | {span(each.why)} |" for each in alone]
    return "\n".join(["| action | resource | why |", "|---|---|---|", *rows]) if rows else ""


def _action(change: Document) -> str:
    action = str(change["action"])
    return f"**{action}**" if action in LOUD else action


def _counted(changes: Sequence[Document]) -> Iterator[str]:
    counts = Counter(
        (change["action"], f"{change['provider']}/{change['kind']}") for change in changes
    )
    if counts:
        yield "\n".join(
            f"- {number:,} more of {span(place)} to {action}"
            for (action, place), number in counts.items()
        )


def _has_details(change: Document) -> bool:
    return any(change.get(name) for name in ("fields", "members", "notes", "usage"))


def _details(change: Document, limits: Limits) -> str:
    lines = [line for field in change.get("fields", ()) for line in _field(field, limits)]
    members = change.get("members")
    if members:
        lines += [f"+ {members['add']:,} members", f"- {members['remove']:,} members"]
    notes = (*usage_notes(change), *change.get("notes", ()))
    lines += [f"! {safe_text(note)}" for note in notes]
    summary = f"<code>{_html(change['address'])}</code>"
    head = f"<details><summary>{change['action']} {summary}</summary>"
    return f"{head}\n\n{fence(lines)}\n\n</details>"


def _field(field: Document, limits: Limits) -> Iterator[str]:
    path = safe_text(field["path"])
    if field.get("sensitive"):
        yield f"! {path}: (sensitive)"
        return
    yield f"@@ {path} @@"
    for sign, value in (("-", field.get("before")), ("+", field.get("after"))):
        if value is None:
            continue
        text = shown(value)
        text = text if len(text) <= limits.value else f"{text[: limits.value]}…"
        yield from (f"{sign} {safe_text(line)}" for line in text_lines(text))
    if field.get("pending"):
        yield "+ (known after another change)"


def _results(report: Report, limits: Limits) -> Iterator[str]:
    results = [each for each in report.document.get("results", ()) if each["status"] != "done"]
    if results:
        rows = [
            f"| {each['status']} | {span(each['address'])} | {span(each.get('error', ''))} |"
            for each in results[: max(50, limits.rows)]
        ]
        yield "\n".join(["| status | resource | error |", "|---|---|---|", *rows])


def _problems(problems: Sequence[Problem], limits: Limits) -> Iterator[str]:
    if not problems:
        return
    order = ("error", "warning", "info")
    found = sorted(problems, key=lambda each: (bool(each.ignored), order.index(each.severity)))
    errors = sum(each.severity == "error" and not each.ignored for each in found)
    kept = found[: max(errors, limits.findings)]
    lines = [
        f"- {_severity(each)} {span(each.rule)} {span(_where(each))}: {span(each.message, 600)}"
        f"{f' {span(each.ignored, 600)}' if each.ignored else ''}"
        for each in kept
    ]
    if len(found) > len(kept):
        lines.append(f"- and {len(found) - len(kept):,} more")
    yield "\n".join(["#### Findings", "", *lines])


def _severity(problem: Problem) -> str:
    return "ignored" if problem.ignored else f"**{problem.severity}**"


def _where(problem: Problem) -> str:
    place = problem.place
    parts = [problem.address, f"{place.file}:{place.line}" if place else ""]
    return " ".join(part for part in parts if part) or "-"


def _last(report: Report, limits: Limits) -> Iterator[str]:
    requests = report.document.get("requests", {})
    parts = [
        f"{span(name)}: {count(each['reads'], 'read')}, {count(each['writes'], 'write')}, about "
        f"{each['seconds']:,.0f} s"
        for name, each in requests.items()
        if isinstance(each, dict)
    ]
    if parts:
        yield "Requests: " + "; ".join(parts)
    digest = report.document.get("changesDigest")
    if digest:
        yield f"{report.command.capitalize()} {span(str(digest).removeprefix('sha256:')[:12])}"
    if limits is not STEPS[0]:
        yield _shortened(report, limits)


def _shortened(report: Report, limits: Limits) -> str:
    changes = report.changes
    left = sum(change["action"] not in limits.details for change in changes)
    where = f"; full report: {span(report.url)}" if report.url else ""
    return f"_shortened: {left:,} of {len(changes):,} details left out{where}_"


def _cut(text: str, characters: int, size: int) -> str:
    """Cut a page at the end of a line, where even the last step left it too long."""
    note = "\n\n_cut: the report is longer than a comment may be_\n"
    room = characters - len(note)
    kept: list[str] = []
    for line in text.split("\n"):
        room -= len(line) + 1
        size -= len(line.encode()) + 1
        if room < 0 or size < len(note):
            break
        kept.append(line)
    return "\n".join(kept) + note


def _html(value: object) -> str:
    """Return a text escaped for HTML inside of Markdown."""
    return "".join(
        char if char.isalnum() or char in " /.-" else f"&#{ord(char)};" for char in safe_text(value)
    )
