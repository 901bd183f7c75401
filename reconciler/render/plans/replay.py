"""Makes a plan out of the document of a saved one, only to show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from reconciler.model.address import Address
from reconciler.model.change import (
    Action,
    Adopt,
    Cause,
    Change,
    Create,
    Delete,
    Desired,
    FieldChange,
    Forget,
    MemberChange,
    Replace,
    Update,
)
from reconciler.model.finding import Finding, Severity
from reconciler.model.lint import Ignore
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Extent, HandOver, Move, Plan, RequestEstimate
from reconciler.model.store_cost import StoreCost, StoreUnit
from reconciler.model.usage import Usage, Use
from reconciler.model.values import JsonValue


class Counted(NumberSet):
    """A set of members of which only the size is known."""

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        """Take the number of members."""
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        """Return the number of members."""
        return self._count

    def __bool__(self) -> bool:
        """Tell whether there is any member."""
        return self._count > 0


def _store_cost(entry: Mapping[str, Any] | None) -> StoreCost | None:
    if entry is None:
        return None
    return StoreCost(
        unit=StoreUnit(entry["unit"]), number=entry["number"], milliseconds=entry["milliseconds"]
    )


def plan_of(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document, as far as text shows it."""
    made_at = _moment(document["createdAt"])
    return Plan(
        changes=tuple(_change(each, made_at) for each in document["changes"]),
        unchanged=document["summary"]["none"],
        findings=tuple(map(_finding, document["findings"])),
        requests={
            name: RequestEstimate(**each) for name, each in document.get("requests", {}).items()
        },
        store_cost=_store_cost(document.get("storeCost")),
        moves=tuple(
            Move(source=Address.parse(each["from"]), target=Address.parse(each["to"]))
            for each in document.get("moves", ())
        ),
        hand_overs=tuple(
            HandOver(
                source=Address.parse(each["from"]),
                target=Address.parse(each["to"]),
                part=each["part"],
            )
            for each in document.get("handOvers", ())
        ),
        extent=_extent(document.get("scope")),
        made_at=made_at,
    )


def _change(entry: Mapping[str, Any], made_at: float) -> Change:
    address = Address.parse(entry["address"])
    head: dict[str, Any] = {
        "address": address,
        "reason": entry["reason"],
        "notes": tuple(entry.get("notes", ())),
        "waits": entry.get("waiting", ""),
    }
    fields = tuple(map(_field, entry["fields"]))
    live = LiveObject(kind=address.kind, id=entry.get("id", ""), key=entry["key"], fields={})
    owned = OwnedObject(address=address, remote_id=entry.get("id", ""))
    desired = Desired(key=entry["key"], origin=_origin(entry["source"]))
    making: dict[str, Any] = {"desired": desired, "fields": fields, "members": _members(entry)}
    usage = _usage(entry.get("usage"), made_at)
    match Action(entry["action"]):
        case Action.CREATE:
            return Create(**head, **making)
        case Action.ADOPT:
            return Adopt(**head, **making, live=live)
        case Action.UPDATE:
            return Update(**head, **making, live=live, owned=owned)
        case Action.REPLACE:
            return Replace(**head, **making, live=live, owned=owned, usage=usage)
        case Action.DELETE:
            members = _members(entry)
            return Delete(
                **head, fields=fields, members=members, live=live, owned=owned, usage=usage
            )
        case Action.FORGET:
            return Forget(**head, owned=owned)


def _field(entry: Mapping[str, Any]) -> FieldChange:
    return FieldChange(
        path=entry["path"],
        before=_value(entry["before"]),
        after=_value(entry["after"]),
        cause=Cause(entry["cause"]),
        sensitive=entry["sensitive"],
        unknown=entry.get("unknown", False),
        pending=entry.get("pending", False),
        replaces=entry.get("replaces", False),
    )


def _value(value: Any) -> JsonValue:
    """Return a value; for one that was saved shortened, its beginning and size as text."""
    if isinstance(value, dict) and value.keys() == {"digest", "bytes", "preview"}:
        return f"{value['preview']}… ({value['bytes']:,} bytes)"
    shown: JsonValue = value
    return shown


def _members(entry: Mapping[str, Any]) -> MemberChange | None:
    members = entry.get("members")
    if members is None:
        return None
    return MemberChange(add=Counted(members["add"]), remove=Counted(members["remove"]))


def _usage(entry: Mapping[str, Any] | None, made_at: float) -> Usage | None:
    if entry is None:
        return None
    return Usage(
        last_used_at=_moment(entry["lastUsedAt"]) if "lastUsedAt" in entry else None,
        counts={Use(n): count for n, count in entry.get("counts", {}).items() if n in set(Use)},
        asked_at=made_at,
    )


def _finding(entry: Mapping[str, Any]) -> Finding:
    ignored = entry.get("ignored")
    return Finding(
        severity=Severity(entry["severity"]),
        rule=entry["rule"],
        message=entry["message"],
        address=None if entry["address"] is None else Address.parse(entry["address"]),
        origin=_origin(entry) if "file" in entry else None,
        ignored=None if ignored is None else _ignored(entry["rule"], ignored),
    )


def _ignored(rule: str, entry: Mapping[str, Any]) -> Ignore:
    until = date.fromisoformat(entry["until"]) if "until" in entry else None
    return Ignore(rule=rule, reason=entry["reason"], until=until, origin=NOWHERE)


def _origin(entry: Mapping[str, Any] | None) -> Origin | None:
    return None if entry is None else Origin(entry["file"], entry["line"], entry.get("column", 1))


def _extent(entry: Mapping[str, Any] | None) -> Extent:
    if entry is None:
        return Extent()
    return Extent(
        looked_at=entry["lookedAt"],
        of=entry["of"],
        outside=entry["outsidePaths"],
        kept=entry["notPruned"],
        targets=tuple(map(Address.parse, entry["targets"])),
        selector=entry["selector"],
        paths=tuple(entry["paths"]),
        whole=not entry["paths"],
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp() if text else 0.0
