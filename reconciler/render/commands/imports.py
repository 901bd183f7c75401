"""What an import did, or would do, as text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.model.imported import (
    Afterwards,
    ImportedObject,
    ImportReport,
    NotRead,
    Skipped,
    SkipReason,
)
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.json import findings_entries
from reconciler.render.layout.style import Colour, Style, cells, count, pad
from reconciler.render.plans.text import finding_lines, page

_MOST_FILES = 3
"""Files listed of one kind; more are counted."""
_MOST_SKIPPED = 8
_EXPECTED = {SkipReason.STATE: "state owns", SkipReason.MANIFEST: "manifests have"}
"""Usual reasons to leave objects alone; these objects are counted, not listed."""


def import_text(report: ImportReport, style: Style, *, heading: str, preview: bool = False) -> str:
    """Return what an import did or, with `preview`, would do."""
    blocks = [
        [style.bold(style.clean(heading))],
        [*_imported(report, style)],
        [*_not_managed(report.imported, style)],
        [*_left_alone(report.skipped, style)],
        [*_unlistable(report.unlistable, style)],
        [*_people(report.withheld, style)],
        [*finding_lines(report.findings, style)],
        [*_conclusion(report, style, preview=preview)],
    ]
    return page(blocks, style)


def _imported(report: ImportReport, style: Style) -> Iterator[str]:
    rows = [
        (f"{provider}/{kind}", [*objects])
        for (provider, kind), objects in groupby(report.imported, key=lambda o: o.address[:2])
    ]
    appended = {file.path: file for file in report.files if file.appended}
    width = max((cells(style.clean(name)) for name, _ in rows), default=0)
    most = max((len(f"{len(objects):,}") for _, objects in rows), default=0)
    for name, objects in rows:
        sign = style.paint("  +", Colour.GREEN)
        files = [*dict.fromkeys(each.file for each in objects)]
        yield f"{sign} {pad(style.clean(name), width)}  {len(objects):>{most},}  " + _files(
            files, style
        )
    for path, file in appended.items():
        if not file.documents:
            continue
        aside = ", which has changes that are not committed" if file.changed_before else ""
        yield style.dim(f"    {style.clean(path)} was there{aside}: what it held is as it was")
    for file in report.files:
        if not file.documents and not file.appended:
            yield f"{style.paint('  +', Colour.GREEN)} {style.clean(file.path)}"
    for taken in report.taken_over:
        sign = style.paint("  =", Colour.CYAN)
        yield f"{sign} {style.clean(taken.address)}  {style.dim('as its manifest says: owned now')}"


def _files(files: Sequence[str], style: Style) -> str:
    if len(files) <= _MOST_FILES:
        return ", ".join(map(style.clean, files))
    folder = files[0].rpartition("/")[0]
    return f"{count(len(files), 'file')} in {style.clean(folder)}/"


def _not_managed(imported: Sequence[ImportedObject], style: Style) -> Iterator[str]:
    """Count the fields that were left out of manifests, where comments say why."""
    fields = Counter((o.address.kind, name) for o in imported for name in o.left_out)
    if not fields:
        return
    yield style.bold("Not managed") + style.dim("  (a comment in each manifest says why)")
    for kind, each in groupby(sorted(fields.items()), key=lambda item: item[0][0]):
        names = [f"{name} of {number:,}" for (_, name), number in each]
        yield f"  {style.clean(kind)}: {style.clean(', '.join(names))}"


def _left_alone(skipped: Sequence[Skipped], style: Style) -> Iterator[str]:
    usual = Counter(each.reason for each in skipped if each.reason in _EXPECTED)
    others = [each for each in skipped if each.reason not in _EXPECTED]
    if not skipped:
        return
    yield style.bold("Left alone")
    for reason, words in _EXPECTED.items():
        if usual[reason]:
            yield f"  {count(usual[reason], 'object')} that {words}"
    for why, same in _by_reason(others):
        yield from _group_lines(why, same, style)


def _by_reason(skipped: Sequence[Skipped]) -> Iterator[tuple[str, list[Skipped]]]:
    groups: dict[str, list[Skipped]] = {}
    for each in skipped:
        groups.setdefault(each.why, []).append(each)
    yield from groups.items()


def _group_lines(why: str, same: Sequence[Skipped], style: Style) -> Iterator[str]:
    for each in same[:_MOST_SKIPPED]:
        what = style.clean(f"{each.provider}/{each.kind} {each.name} (id {each.id})")
        yield f"  {what}"
    if len(same) > _MOST_SKIPPED:
        yield style.dim(f"  … and {len(same) - _MOST_SKIPPED:,} more; --output json has all")
    yield f"      {style.paint(style.clean(why), Colour.YELLOW)}"


def _unlistable(kinds: Sequence[NotRead], style: Style) -> Iterator[str]:
    if kinds:
        yield style.bold("Cannot be listed") + style.dim("  (import one at a time, by its key)")
    for each in kinds:
        provider, kind = style.clean(each.provider), style.clean(each.kind)
        yield f"  {provider}/{kind}"
        way = f"reconciler import --provider {provider} --kind {kind} --object KEY --out DIR"
        yield f"      {style.clean(way)}"


def _people(kinds: Sequence[NotRead], style: Style) -> Iterator[str]:
    if kinds:
        names = ", ".join(style.clean(f"{each.provider}/{each.kind}") for each in kinds)
        yield style.bold("Not read")
        yield f"  {names}: people, with their numbers; --with-contacts imports them"


def _conclusion(report: ImportReport, style: Style, *, preview: bool) -> Iterator[str]:
    number = len(report.imported)
    if not number and not report.taken_over:
        yield style.paint("Nothing to import.", Colour.GREEN)
        return
    if preview:
        what = count(number, "object")
        yield style.bold(f"{what} would be imported.") + " Nothing was written."
        return
    yield style.bold(f"{count(number + len(report.taken_over), 'object')} imported.")
    if report.afterwards is not None:
        yield _afterwards(report.afterwards, style)


def _afterwards(after: Afterwards, style: Style) -> str:
    ready = style.paint("no changes", Colour.GREEN)
    if after.to_adopt:
        ready = f"{count(after.to_adopt, 'object')} to take over, {ready}"
    rest = ""
    if after.changes or after.blocked:
        there = [count(after.changes, "change")] if after.changes else []
        there += [f"{after.blocked:,} blocked"] if after.blocked else []
        rest = f" but those that there were before: {', '.join(there)}"
    return f"Plan right after: {ready}{rest}."


def import_document(report: ImportReport, *, preview: bool) -> Document:
    """Return an import as JSON."""
    document: Document = {
        "formatVersion": FORMAT_VERSION,
        "preview": preview,
        "imported": [
            {
                "address": str(each.address),
                "id": each.id,
                "file": each.file,
                "leftOut": list(each.left_out),
            }
            for each in report.imported
        ],
        "takenOver": [{"address": str(each.address), "id": each.id} for each in report.taken_over],
        "skipped": [_skipped(each) for each in report.skipped],
        "cannotBeListed": _not_read(report.unlistable),
        "withheld": _not_read(report.withheld),
        "files": [
            {
                "path": each.path,
                "documents": each.documents,
                "appended": each.appended,
                "uncommittedBefore": each.changed_before,
            }
            for each in report.files
        ],
        **findings_entries(report.findings),
    }
    if report.afterwards is not None:
        after = report.afterwards
        document["planAfter"] = {
            "changes": after.changes,
            "blocked": after.blocked,
            "adopt": after.to_adopt,
        }
    return document


def _not_read(kinds: Sequence[NotRead]) -> list[Document]:
    return [{"provider": each.provider, "kind": each.kind} for each in kinds]


def _skipped(each: Skipped) -> Document:
    entry: Document = {
        "provider": each.provider,
        "kind": each.kind,
        "id": each.id,
        "name": each.name,
        "reason": each.reason.value,
        "why": each.why,
    }
    if each.address is not None:
        entry["address"] = str(each.address)
    return entry
