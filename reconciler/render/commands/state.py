"""Owned objects, runs, operations and snapshots of a state, as text and JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.journal import JournalEntry
from reconciler.model.moment import moment, moment_text
from reconciler.model.owned import OwnedObject, Provenance, is_digest
from reconciler.model.personal import mask_personal
from reconciler.model.resource import OnRemove
from reconciler.model.review import Review, ReviewStatus
from reconciler.model.untold import Untold
from reconciler.model.values import JsonValue
from reconciler.providers.registry import personal_fields
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.json import review_document
from reconciler.render.layout.style import Style, cells, count, duration, pad
from reconciler.render.layout.tables import pairs, table
from reconciler.render.layout.wrapping import fold
from reconciler.render.plans.diffs import text_lines
from reconciler.render.plans.values import inline
from reconciler.state.base import RunRecord, Snapshot

_INDENT = 2
_NOT_KEPT = "(kept as a digest)"
"""Stands for a value of which state keeps a digest only."""


def _remarks(row: OwnedObject, in_doubt: Collection[Address]) -> list[str]:
    remarks = {
        "in doubt": row.address in in_doubt,
        "inferred": row.provenance is Provenance.INFERRED,
        "protected": row.protect,
        "kept on removal": row.on_remove is OnRemove.FORGET,
        "secret not delivered": bool(row.needs_delivery),
        f"{count(len(row.deposed), 'replaced object')} to delete": bool(row.deposed),
    }
    return [word for word, holds in remarks.items() if holds]


def _review_remark(row: OwnedObject) -> list[str]:
    review = Review.remembered(row.extra)
    if review is None or review.status is ReviewStatus.APPROVED:
        return []
    return [f"review {review.status}"]


def list_text(rows: Sequence[OwnedObject], in_doubt: Collection[Address], style: Style) -> str:
    """Return a table of owned objects."""
    missing = sorted(set(in_doubt) - {row.address for row in rows})
    if not rows and not missing:
        return "State owns nothing.\n"
    lines: list[tuple[object, ...]] = [
        (
            row.address,
            row.remote_id,
            row.key or "",
            ", ".join((*_remarks(row, in_doubt), *_review_remark(row))),
        )
        for row in rows
    ]
    lines += [(address, "", "", "in doubt") for address in missing]
    return table(("address", "id", "key", "remarks"), lines, style)


def list_document(rows: Iterable[OwnedObject], in_doubt: Collection[Address]) -> Document:
    """Return owned objects, and the addresses with an unknown outcome."""
    return {
        "formatVersion": FORMAT_VERSION,
        "objects": [_row(row) for row in rows],
        "inDoubt": [str(address) for address in sorted(in_doubt)],
    }


def adopted_document(row: OwnedObject, message: str) -> Document:
    """Return the object that was adopted for an address."""
    document: Document = {"formatVersion": FORMAT_VERSION, "message": message, "adopted": _row(row)}
    document["adopted"]["deposed"] = list(row.deposed)
    document["adopted"]["needsDelivery"] = list(row.needs_delivery)
    return document


def _row(row: OwnedObject) -> Document:
    return {
        "address": str(row.address),
        "provider": row.address.provider,
        "kind": row.address.kind,
        "name": row.address.name,
        "id": row.remote_id,
        "key": row.key,
        "provenance": row.provenance.value,
        "protect": row.protect,
        "onRemove": row.on_remove.value,
        "dependsOn": [str(address) for address in row.depends_on],
        "labels": dict(row.labels),
        "manifest": row.manifest or None,
    }


def show_document(
    address: Address, row: OwnedObject | None, entries: Iterable[JournalEntry]
) -> Document:
    """Return one object as last applied; a value kept as a digest is `{"unknown": true}`."""
    document: Document = {"formatVersion": FORMAT_VERSION, "address": str(address)}
    if row is not None:
        document |= _row(row)
        document["applied"] = {
            name: _applied(value) for name, value in _visible_fields(row).items()
        }
        document["deposed"] = list(row.deposed)
        document["needsDelivery"] = list(row.needs_delivery)
        if untold := Untold.of(row):
            document["wayOut"] = untold.way_out
        if review := Review.remembered(row.extra):
            document["review"] = review_document(review)
        if records := dns.remembered(row.extra):
            document["dnsRecords"] = [record.to_json() for record in records]
    document["operations"] = [_entry(entry) for entry in entries]
    return document


def _visible_fields(row: OwnedObject) -> dict[str, JsonValue]:
    """Return the fields last applied, personal ones masked."""
    personal = personal_fields()
    return {
        name: mask_personal(value)
        if (row.address.kind, name) in personal and not is_digest(value)
        else value
        for name, value in row.applied.items()
    }


def _applied(value: JsonValue) -> Any:
    return {"unknown": True} if is_digest(value) else value


def show_text(
    address: Address, row: OwnedObject | None, entries: Sequence[JournalEntry], style: Style
) -> str:
    """Return one object as last applied, with its operations of unknown outcome."""
    text = style.bold(style.clean(address)) + "\n"
    inner = replace(style, width=style.width - _INDENT)
    if row is not None:
        facts: list[tuple[str, object]] = [
            ("id", row.remote_id),
            ("key", row.key or ""),
            ("refers to", ", ".join(map(str, row.depends_on))),
            ("labels", ", ".join(f"{key}={value}" for key, value in row.labels.items())),
            ("manifest", row.manifest),
            ("review", Review.remembered(row.extra) or ""),
            ("remarks", ", ".join(_remarks(row, ()))),
        ]
        lines = pairs(facts, inner)
        text += _indented(fold(lines, inner.width) if style.terminal else lines)
        if untold := Untold.of(row):
            text += f"\n{style.bold('Secret not delivered')}\n"
            text += _indented(fold(style.clean(untold.way_out), inner.width))
        if row.applied:
            text += (
                f"\n{style.bold('Last applied')}\n{_indented(_fields(_visible_fields(row), inner))}"
            )
        if records := dns.remembered(row.extra):
            text += f"\n{style.bold('DNS records')}\n{_indented(_records(records, inner))}"
    if entries:
        text += f"\n{style.bold('In doubt')}\n{_indented(journal_text(entries, inner))}"
    return text


def _records(records: Iterable[dns.DnsRecord], style: Style) -> str:
    rows = [
        (record.name, record.type, record.value, "found" if record.published else "not found")
        for record in records
    ]
    return table(("name", "type", "value", "when last looked"), rows, style)


def _fields(fields: Mapping[str, JsonValue], style: Style) -> str:
    width = max(map(cells, fields)) + 1
    return fold(
        "".join(
            _block(name, value, style)
            if isinstance(value, str) and "\n" in value
            else f"{pad(style.clean(name) + ':', width)} {_value(value, style)}\n"
            for name, value in fields.items()
        ),
        style.width,
    )


def _block(name: str, text: str, style: Style) -> str:
    """Return a text of several lines below its name."""
    lines = "".join(f"  | {style.clean(line)}".rstrip() + "\n" for line in text_lines(text))
    return f"{style.clean(name)}:\n{lines}"


def _value(value: JsonValue, style: Style) -> str:
    return _NOT_KEPT if is_digest(value) else inline(value, style)


def _indented(text: str) -> str:
    return "".join(f"{' ' * _INDENT}{line}\n" for line in text.splitlines())


def _iso(seconds: float | None) -> str | None:
    when = None if seconds is None else moment(seconds)
    return None if when is None else when.isoformat(timespec="milliseconds")


def run_text(run: RunRecord, style: Style) -> str:
    """Return one run in a sentence."""
    what = f"run {run.epoch}, {run.command} by {run.actor}, begun {moment_text(run.started_at)}"
    return style.clean(what)


def run_document(run: RunRecord) -> Document:
    """Return one run."""
    return {
        "run": run.epoch,
        "command": run.command,
        "actor": run.actor,
        "startedAt": _iso(run.started_at),
        "endedAt": _iso(run.ended_at),
        "outcome": run.outcome,
        "summary": dict(run.summary),
    }


def history_text(runs: Sequence[RunRecord], style: Style) -> str:
    """Return a table of runs, newest first."""
    if not runs:
        return "No run so far.\n"
    rows = [
        (
            run.epoch,
            moment_text(run.started_at),
            "" if run.ended_at is None else duration(max(0.0, run.ended_at - run.started_at)),
            run.command,
            run.outcome or "running",
            ", ".join(f"{number:,} {what}" for what, number in run.summary.items()),
            run.actor,
        )
        for run in runs
    ]
    return table(("run", "begun", "took", "command", "outcome", "results", "by"), rows, style)


def history_document(runs: Iterable[RunRecord]) -> Document:
    """Return runs, newest first."""
    return {"formatVersion": FORMAT_VERSION, "runs": [run_document(run) for run in runs]}


def snapshots_text(snapshots: Sequence[Snapshot], style: Style) -> str:
    """Return a table of earlier states."""
    if not snapshots:
        return "No snapshot so far.\n"
    rows = [(each.serial, each.objects, moment_text(each.at)) for each in snapshots]
    return table(("serial", "objects", "put"), rows, style)


def snapshots_document(snapshots: Iterable[Snapshot]) -> Document:
    """Return earlier states, newest first."""
    return {
        "formatVersion": FORMAT_VERSION,
        "snapshots": [
            {"serial": each.serial, "objects": each.objects, "at": _iso(each.at)}
            for each in snapshots
        ],
    }


def journal_text(entries: Sequence[JournalEntry], style: Style) -> str:
    """Return a table of single writes."""
    if not entries:
        return "No operation so far.\n"
    rows = [
        (
            moment_text(entry.started_at),
            entry.intent.address,
            entry.intent.step,
            entry.outcome or entry.status.value,
            (entry.response.server_id if entry.response else None) or "",
            entry.intent.op_id,
        )
        for entry in entries
    ]
    return table(("begun", "address", "step", "outcome", "id", "operation"), rows, style)


def journal_document(entries: Iterable[JournalEntry]) -> Document:
    """Return single writes."""
    return {"formatVersion": FORMAT_VERSION, "operations": [_entry(entry) for entry in entries]}


def _entry(entry: JournalEntry) -> Document:
    return {
        "operation": entry.intent.op_id,
        "address": str(entry.intent.address),
        "verb": entry.intent.verb.value,
        "step": entry.intent.step,
        "run": entry.intent.epoch,
        "status": entry.status.value,
        "outcome": entry.outcome,
        "id": entry.response.server_id if entry.response else None,
        "startedAt": _iso(entry.started_at),
    }
