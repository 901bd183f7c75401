"""A report as one page without scripts and requests, readable in light and dark.

Its `Content-Security-Policy` forbids everything but its own style, and every value passes through
`plain`, so that whatever a provider sent is shown as text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from html import escape

from reconciler.render.envelope import Document
from reconciler.render.layout.style import count
from reconciler.render.plans.diffs import text_lines
from reconciler.render.plans.usage import usage_notes
from reconciler.render.reports.page_parts import plain, section
from reconciler.render.reports.page_records import by_status, records
from reconciler.render.reports.page_style import STYLE
from reconciler.render.reports.report import DNS, LOUD, Problem, Report, StateOnly, shown

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
GENERATOR = "reconciler report"
"""The generator in the head of the page, by which a page of ours is recognised."""
MOST_DETAILS = 2_000
"""With more changes than this, none has its fields, so that a browser can show the page."""
_SHOWN_ABOVE = frozenset({"drift", "dns-record"})
"""Rules whose findings have a section of their own."""
_LONGEST = 20_000
_LARGEST_DIFF = 2_000
"""Lines of both texts; longer ones are shown side by side without marking differences."""


def html(report: Report) -> str:
    """Return a whole page."""
    body = "".join(
        (
            f"<header><h1>{plain(report.title)}</h1>{_project(report)}</header>",
            _error(report),
            _overview(report),
            _order(report.document.get("changes", ())),
            *_changes(report),
            _state_only(report.state_only),
            *_drift(report),
            *records(report),
            _results(report),
            _problems(list(report.problems())),
            _requests(report),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        f'<meta name="generator" content="{GENERATOR}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{plain(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _project(report: Report) -> str:
    parts = [f"project {report.project}" if report.project else "", report.url]
    text = " · ".join(part for part in parts if part)
    return f"<p class=quiet>{plain(text)}</p>" if text else ""


def _error(report: Report) -> str:
    error = report.error
    if error is None:
        return ""
    details = "".join(f"<li>{plain(line)}</li>" for line in report.error_details())
    hint = f"<p>{plain(error['hint'])}</p>" if error.get("hint") else ""
    words = f"<p><b>{plain(error['message'])}</b></p><ul>{details}</ul>{hint}"
    return f"<section class=error><h2>{plain(error['code'])}</h2>{words}</section>\n"


def _overview(report: Report) -> str:
    alone = Counter(each.action for each in report.state_only)
    numbers: Mapping[str, int] = {
        **{key: each for key, each in report.counts().items() if each},
        **alone,
    }
    if report.command == "drift" and report.error is None:
        numbers = {"differ": len(report.document.get("drift", ()))}
    if report.command == DNS:
        numbers = by_status(report)
    cards = "".join(
        f"<li class='{plain(word)}'><b>{number:,}</b> {plain(word)}</li>"
        for word, number in numbers.items()
    )
    quiet = "<p class=quiet>Nothing to do.</p>" if report.error is None else ""
    return f"<ul class=cards>{cards}</ul>\n" if cards else quiet


def _order(changes: Sequence[Document]) -> str:
    """Show the order of work: a column for each round."""
    rounds = _rounds(changes)
    if len(rounds) < 2:
        return ""
    columns = "".join(
        "<li><ol>" + "".join(map(_box, each[:12])) + _more(len(each) - 12) + "</ol></li>"
        for each in rounds
    )
    return section("Order of work", f"<ol class=rounds>{columns}</ol>")


def _rounds(changes: Sequence[Document]) -> list[list[Document]]:
    waits = {change["address"]: set(change["dependsOn"]) for change in changes}
    left = {change["address"]: change for change in changes}
    rounds: list[list[Document]] = []
    while left:
        ready = [each for name, each in left.items() if not waits[name] & left.keys()]
        ready = ready or list(left.values())
        rounds.append(ready)
        for each in ready:
            del left[each["address"]]
    return rounds


def _box(change: Document) -> str:
    return f"<li class={plain(change['action'])}>{plain(change['address'])}</li>"


def _more(number: int) -> str:
    return f"<li class=quiet>and {number:,} more</li>" if number > 0 else ""


def _changes(report: Report) -> Iterator[str]:
    changes = report.changes
    few = len(changes) <= MOST_DETAILS
    loud = [change for change in changes if change["action"] in LOUD]
    rest = [change for change in changes if change["action"] not in LOUD]
    for title, some in (("What goes away, or is replaced", loud), ("Other changes", rest)):
        yield section(title, "".join(_change(change, details=few) for change in some))


def _state_only(changes: Iterable[StateOnly]) -> str:
    """List what changes in state alone."""
    lines = "".join(
        f"<li>{plain(each.action)} <code>{plain(each.what)}"
        f"</code> <span class=quiet>{plain(each.why)}</span></li>"
        for each in changes
    )
    return section("In state only", f"<ul>{lines}</ul>" if lines else "")


def _change(change: Document, *, details: bool) -> str:
    action = plain(change["action"])
    source = change.get("source")
    where = f"{source['file']}:{source['line']}" if source else ""
    aside = " · ".join(part for part in (change.get("reason", ""), where) if part)
    head = (
        f"<summary><span class='tag {action}'>{action}</span> <code>{plain(change['address'])}"
        f"</code> <span class=quiet>{plain(aside)}</span></summary>"
    )
    inside = "".join(_details(change)) if details else ""
    opened = " open" if change["action"] in LOUD or change["action"] == "update" else ""
    return f"<details{opened if inside else ''}>{head}{inside}</details>"


def _details(change: Document) -> Iterator[str]:
    fields = "".join(map(_field, change.get("fields", ())))
    if fields:
        yield f"<table class=diff><tbody>{fields}</tbody></table>"
    members = change.get("members")
    if members:
        yield f"<p>{members['add']:,} members added, {members['remove']:,} removed</p>"
    for note in (*usage_notes(change), *change.get("notes", ())):
        yield f"<p class=note>{plain(note)}</p>"


def _field(field: Document) -> str:
    path = f"<th>{plain(field['path'])}</th>"
    if field.get("sensitive"):
        return f"<tr>{path}<td colspan=2 class=quiet>(sensitive)</td></tr>"
    before, after = (_value(field.get(side)) for side in ("before", "after"))
    if field.get("pending"):
        after = ["(known after another change)"]
    old, new = _beside(before, after)
    return f"<tr>{path}<td class=old>{old}</td><td class=new>{new}</td></tr>"


def _value(value: object) -> list[str]:
    if value is None:
        return []
    text = shown(value)
    return text_lines(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _beside(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return two texts line by line, with the differing lines marked."""
    if len(before) + len(after) > _LARGEST_DIFF:
        return _lines(before, set()), _lines(after, set())
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    old: set[int] = set()
    new: set[int] = set()
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            old.update(range(i1, i2))
            new.update(range(j1, j2))
    return _lines(before, old), _lines(after, new)


def _lines(lines: Iterable[str], marked: set[int]) -> str:
    return "".join(
        f"<div>{f'<mark>{plain(line)}</mark>' if number in marked else plain(line)}</div>"
        for number, line in enumerate(lines)
    )


def _drift(report: Report) -> Iterator[str]:
    inside = ""
    for each in report.document.get("drift", ()):
        status = plain(each["status"])
        head = (
            f"<summary><span class='tag update'>{status}</span> <code>"
            f"{plain(each['address'])}</code> <span class=quiet>{plain(each.get('reason', ''))}"
            "</span></summary>"
        )
        inside += f"<details open>{head}{''.join(_details(each))}</details>"
    yield section("Drift", inside)


def _results(report: Report) -> str:
    rows = "".join(
        f"<tr><td><span class='tag {plain(each['status'])}'>{plain(each['status'])}</span></td>"
        f"<td><code>{plain(each['address'])}</code></td><td>{plain(each['action'])}</td>"
        f"<td>{plain(each.get('error', ''))}</td></tr>"
        for each in report.document.get("results", ())
    )
    return section("Results", f"<table><tbody>{rows}</tbody></table>" if rows else "")


def _problems(problems: Sequence[Problem]) -> str:
    rows = "".join(
        f"<tr><td>{_severity_tag(each)}</td>"
        f"<td><code>{plain(each.address)}</code><br><span class=quiet>{_where(each)}</span></td>"
        f"<td>{plain(each.message)}{_reason(each)}</td><td class=quiet>{plain(each.rule)}</td></tr>"
        for each in problems
        if each.rule not in _SHOWN_ABOVE
    )
    return section("Findings", f"<table><tbody>{rows}</tbody></table>" if rows else "")


def _severity_tag(problem: Problem) -> str:
    if problem.ignored:
        return "<span class=quiet>ignored</span>"
    return f"<span class='tag {problem.severity}'>{problem.severity}</span>"


def _reason(problem: Problem) -> str:
    return f"<br><span class=quiet>{plain(problem.ignored)}</span>" if problem.ignored else ""


def _where(problem: Problem) -> str:
    place = problem.place
    return plain(f"{place.file}:{place.line}:{place.column}") if place else ""


def _requests(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{plain(name)}</td><td>{count(each['reads'], 'read')}</td>"
        f"<td>{count(each['writes'], 'write')}</td><td>about {each['seconds']:,.1f} s</td></tr>"
        for name, each in report.document.get("requests", {}).items()
        if isinstance(each, dict)
    )
    return section("Requests", f"<table><tbody>{rows}</tbody></table>" if rows else "")
