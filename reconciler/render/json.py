"""Plans, results of an apply, and drift as JSON documents.

Every document has a `formatVersion`. Within a major version keys are only added; optional ones
(`id`, `blocked`, `unread`, `moves`, `handOvers`, `scope`, `notes`, `pending`, `replaces`,
`unknown`, `hint`, `ignored`) are left out where they would be empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler import VERSION
from reconciler.errors import NeedsDecision
from reconciler.model.address import Address
from reconciler.model.change import (
    Change,
    Delete,
    FieldChange,
    Making,
    MemberChange,
    Replace,
    Write,
    id_of,
    is_protected,
    key_of,
    labels_of,
    live_of,
    origin_of,
    whole_of,
)
from reconciler.model.changes_digest import changes_digest
from reconciler.model.finding import Finding
from reconciler.model.lint import Ignore
from reconciler.model.moment import rfc3339
from reconciler.model.origin import Origin
from reconciler.model.plan import Extent, HandOver, Held, Move, Plan, Source, Unread
from reconciler.model.policy import NO_POLICIES, Policies, Tally
from reconciler.model.refusal import stopped_by
from reconciler.model.result import ApplyReport, ChangeResult, Drift
from reconciler.model.review import Review
from reconciler.model.store_cost import StoreCost
from reconciler.render.envelope import FORMAT_VERSION, Document, error_entry
from reconciler.render.plans.extent import extent_document
from reconciler.render.plans.text import executed
from reconciler.render.plans.usage import usage_document

PLAN_VERSION = "1.1"
"""The version of plan documents; since 1.1 they have a digest and whole objects."""
REPORT_VERSION = "1.1"
"""The version of apply documents; since 1.1 they name their plan."""


def _store_cost(cost: StoreCost | None) -> Document:
    if cost is None:
        return {}
    return {
        "storeCost": {
            "unit": cost.unit.value,
            "number": cost.number,
            "milliseconds": cost.milliseconds,
            "seconds": cost.seconds,
        }
    }


def plan_document(plan: Plan) -> Document:
    """Return the document of a plan."""
    document: Document = {
        "formatVersion": PLAN_VERSION,
        "createdAt": rfc3339(plan.made_at),
        "tool": VERSION,
        "changesDigest": changes_digest(plan),
        "policies": policies_document(plan.policies),
        "summary": plan.summary(),
        "requests": {
            name: {"reads": e.reads, "writes": e.writes, "seconds": round(e.seconds, 2)}
            for name, e in plan.requests.items()
        },
        **_store_cost(plan.store_cost),
        "changes": [_change(change) for change in plan.changes],
        **findings_entries(plan.findings),
    }
    if plan.blocked:
        document["blocked"] = blocked_list(plan.blocked, plan.undecided, plan.held)
        document |= _unread(plan.unread)
        document["error"] = _blocked_error(plan.blocked, plan.undecided)
    elif plan.errors:
        document["error"] = error_entry(stopped_by(plan.errors))
    document |= _state_only(plan.moves, plan.hand_overs)
    if not plan.extent.complete:
        document["scope"] = extent_document(plan.extent)
    return document


def _state_only(moves: Iterable[Move], hand_overs: Iterable[HandOver]) -> Document:
    found = {
        "moves": [{"from": str(move.source), "to": str(move.target)} for move in moves],
        "handOvers": [
            {"from": str(each.source), "to": str(each.target), "part": each.part}
            for each in hand_overs
        ],
    }
    return {name: each for name, each in found.items() if each}


def _change(change: Change) -> Document:
    document: Document = {
        "address": str(change.address),
        "provider": change.address.provider,
        "kind": change.address.kind,
        "name": change.address.name,
        "action": change.action.value,
        "key": key_of(change),
        "labels": dict(labels_of(change)),
        "protected": is_protected(change),
        "reason": change.reason,
        "dependsOn": [str(address) for address in change.depends_on],
        "source": _source(origin_of(change)),
        "fields": [_field(field) for field in _fields(change)],
    } | _whole(change)
    if identifier := id_of(change):
        document["id"] = identifier
    if isinstance(change, Write) and change.members is not None:
        document["members"] = _members(change.members)
    if change.notes:
        document["notes"] = list(change.notes)
    live = live_of(change)
    if live is not None and live.review is not None:
        document["review"] = review_document(live.review)
    if isinstance(change, Delete | Replace) and change.usage:
        document["usage"] = usage_document(change.usage)
    if change.waits:
        document["waiting"] = change.waits
    return document


def _whole(change: Change) -> Document:
    """Return all managed fields before and after, and which of them are unknown or sensitive."""
    before, after = whole_of(change)
    sensitive = {field.path for field in _fields(change) if field.sensitive}
    if isinstance(change, Making):
        sensitive.update(change.whole.sensitive)
    return {
        "before": before,
        "after": after,
        "unknown": [field.path for field in _fields(change) if field.pending],
        "sensitive": sorted(sensitive),
    }


def policies_document(policies: Policies) -> Document:
    """Return how often policies judged; with policies, also the digest of what they say."""
    document: Document = {"checked": policies.checked, "violated": policies.violated}
    if policies.each:
        document["digest"] = policies.digest
        document["each"] = [_tally(tally) for tally in policies.each]
    return document


def _tally(tally: Tally) -> Document:
    document: Document = {
        "name": tally.name,
        "on": tally.on.value,
        "checked": tally.checked,
        "violated": tally.violated,
    }
    return document | ({"overridden": tally.overridden} if tally.overridden else {})


def review_document(review: Review) -> Document:
    """Return the state of a provider's review; `remark` only where the reviewers made one."""
    document: Document = {"status": review.status.value}
    if review.remark:
        document["remark"] = review.remark
    return document


def _fields(change: Change) -> tuple[FieldChange, ...]:
    return change.fields if isinstance(change, Write) else ()


def _field(field: FieldChange) -> Document:
    hidden = field.sensitive
    document: Document = {
        "path": field.path,
        "before": None if hidden else field.before,
        "after": None if hidden else field.after,
        "cause": field.cause.value,
        "sensitive": hidden,
    }
    if field.unknown:
        document["unknown"] = True
    if field.pending:
        document["pending"] = True
    if field.replaces:
        document["replaces"] = True
    return document


def _members(members: MemberChange) -> Document:
    return {"add": len(members.add), "remove": len(members.remove)}


def findings_entries(findings: Iterable[Finding]) -> Document:
    """Return `findings` and, if some are ignored, their number as `ignored`.

    A finding without a place has no `file`, `line` and `column`.
    """
    listed = [_finding(finding) for finding in findings]
    ignored = sum("ignored" in finding for finding in listed)
    return {"findings": listed} | ({"ignored": ignored} if ignored else {})


def _finding(finding: Finding) -> Document:
    document: Document = {"severity": finding.severity.value, "rule": finding.rule}
    document["address"] = None if finding.address is None else str(finding.address)
    if finding.origin is not None:
        document |= {
            "file": finding.origin.file,
            "line": finding.origin.line,
            "column": finding.origin.column,
        }
    document["message"] = finding.message
    if finding.policy:
        document["policy"] = finding.policy
    if finding.fix:
        document["fix"] = finding.fix
    if finding.ignored is not None:
        document["ignored"] = _ignored(finding.ignored)
    return document


def _ignored(ignore: Ignore) -> Document:
    document: Document = {"reason": ignore.reason}
    if ignore.override:
        document["override"] = True
    if ignore.until is not None:
        document["until"] = ignore.until.isoformat()
    return document


def blocked_list(
    blocked: Mapping[Address, str],
    undecided: Sequence[Address] = (),
    held: Mapping[Address, Held] | None = None,
) -> list[Document]:
    """Return what could not be compared; `decision` is true where the user must decide."""
    waiting = frozenset(undecided)
    return [
        {"address": str(address), "message": message, "decision": address in waiting}
        | _held((held or {}).get(address, Held()))
        for address, message in sorted(blocked.items())
    ]


def _held(held: Held) -> Document:
    document: Document = {}
    if held.origin is not None:
        document["source"] = _source(held.origin)
    if held.fields:
        document["fields"] = [_field(field) for field in held.fields]
    if held.candidates:
        document["candidates"] = [
            {"id": each.id, "fields": [_field(field) for field in each.fields]}
            for each in held.candidates
        ]
    return document


def _source(origin: Origin | None) -> Document | None:
    return None if origin is None else {"file": origin.file, "line": origin.line}


def _unread(unread: Iterable[Unread]) -> Document:
    accounts = [
        {
            "provider": each.provider,
            "url": each.url,
            "message": each.error,
            "addresses": [str(address) for address in each.addresses],
        }
        for each in unread
    ]
    return {"unread": accounts} if accounts else {}


def _blocked_error(blocked: Mapping[Address, str], undecided: Sequence[Address] = ()) -> Document:
    """Return the error of a plan or drift in which something is blocked."""
    return {
        "code": NeedsDecision.code if undecided else "blocked",
        "message": f"{len(blocked)} of the resources could not be compared",
        "details": [f"{address}: {message}" for address, message in blocked.items()],
    }


def report_document(report: ApplyReport, plan: Plan, *, source: Source = Source.FRESH) -> Document:
    """Return the document of an apply: its plan, its results, and what was blocked."""
    document: Document = {
        "formatVersion": REPORT_VERSION,
        "plan": {"digest": changes_digest(plan), "from": source.value},
        "policies": policies_document(plan.policies),
        "summary": executed(report),
        "requests": dict(report.requests),
        "seconds": round(report.seconds, 3),
        "results": [_result(result) for result in report.results],
        **findings_entries(plan.findings),
    }
    if plan.blocked:
        document["blocked"] = blocked_list(plan.blocked, plan.undecided, plan.held)
        document |= _unread(plan.unread)
    if report.ended_by is not None:
        document["error"] = error_entry(report.ended_by)
    return document | _state_only(report.moves, report.hand_overs)


def _result(result: ChangeResult) -> Document:
    document: Document = {
        "address": str(result.address),
        "action": result.action.value,
        "status": result.status.value,
    }
    if result.error:
        document["error"] = result.error
    if result.hint:
        document["hint"] = result.hint
    if result.notes:
        document["notes"] = list(result.notes)
    return document


def drift_document(
    drift: Iterable[Drift],
    *,
    findings: Iterable[Finding] = (),
    blocked: Mapping[Address, str] | None = None,
    unread: Iterable[Unread] = (),
    extent: Extent | None = None,
    policies: Policies = NO_POLICIES,
    accepted: Iterable[Drift] | None = None,
) -> Document:
    """Return how live state differs from what was last applied, and what of it was `accepted`.

    `before` is the applied value and `after` the live one; an unmanaged object has no `before`.
    """
    document: Document = {
        "formatVersion": FORMAT_VERSION,
        "drift": [drift_entry(each) for each in drift],
        **findings_entries(findings),
    }
    if blocked:
        document["blocked"] = blocked_list(blocked)
        document |= _unread(unread)
        document["error"] = _blocked_error(blocked)
    if policies.each:
        document["policies"] = policies_document(policies)
    if accepted is not None:
        document["accepted"] = [drift_entry(each) for each in accepted]
    if extent is not None and not extent.complete:
        document["scope"] = extent_document(extent)
    return document


def drift_entry(drift: Drift) -> Document:
    """Return one drifted object."""
    document: Document = {
        "address": str(drift.address),
        "kind": drift.address.kind,
        "status": drift.status.value,
        "id": drift.id or None,
        "source": _source(drift.origin),
        "fields": [_field(field) for field in drift.fields],
    }
    if drift.since is not None:
        document["since"] = rfc3339(drift.since)
    if drift.members is not None:
        document["members"] = _members(drift.members)
    if drift.reason:
        document["reason"] = drift.reason
    return document
