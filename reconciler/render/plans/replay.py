"""A saved plan as the value that the text for people is made from; nothing else is made of it."""

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
    """Members of which only the number is known."""

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        """Take how many there are."""
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        """Count them."""
        return self._count

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return self._count > 0


def _store_cost(told: Mapping[str, Any] | None) -> StoreCost | None:
    if told is None:
        return None
    return StoreCost(
        unit=StoreUnit(told["unit"]), number=told["number"], milliseconds=told["milliseconds"]
    )


def plan_of(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document, as far as people are shown it."""
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


def _change(said: Mapping[str, Any], made_at: float) -> Change:
    address = Address.parse(said["address"])
    head: dict[str, Any] = {
        "address": address,
        "reason": said["reason"],
        "notes": tuple(said.get("notes", ())),
        "waits": said.get("waiting", ""),
    }
    fields = tuple(map(_field, said["fields"]))
    live = LiveObject(kind=address.kind, id=said.get("id", ""), key=said["key"], fields={})
    owned = OwnedObject(address=address, remote_id=said.get("id", ""))
    desired = Desired(key=said["key"], origin=_origin(said["source"]))
    making: dict[str, Any] = {"desired": desired, "fields": fields, "members": _members(said)}
    usage = _usage(said.get("usage"), made_at)
    match Action(said["action"]):
        case Action.CREATE:
            return Create(**head, **making)
        case Action.ADOPT:
            return Adopt(**head, **making, live=live)
        case Action.UPDATE:
            return Update(**head, **making, live=live, owned=owned)
        case Action.REPLACE:
            return Replace(**head, **making, live=live, owned=owned, usage=usage)
        case Action.DELETE:
            members = _members(said)
            return Delete(
                **head, fields=fields, members=members, live=live, owned=owned, usage=usage
            )
        case Action.FORGET:
            return Forget(**head, owned=owned)


def _field(said: Mapping[str, Any]) -> FieldChange:
    return FieldChange(
        path=said["path"],
        before=_value(said["before"]),
        after=_value(said["after"]),
        cause=Cause(said["cause"]),
        sensitive=said["sensitive"],
        unknown=said.get("unknown", False),
        pending=said.get("pending", False),
        replaces=said.get("replaces", False),
    )


def _value(value: Any) -> JsonValue:
    """Return a value; of one that was too long to be saved, its beginning and its size."""
    if isinstance(value, dict) and value.keys() == {"digest", "bytes", "preview"}:
        return f"{value['preview']}… ({value['bytes']:,} bytes)"
    shown: JsonValue = value
    return shown


def _members(said: Mapping[str, Any]) -> MemberChange | None:
    members = said.get("members")
    if members is None:
        return None
    return MemberChange(add=Counted(members["add"]), remove=Counted(members["remove"]))


def _usage(said: Mapping[str, Any] | None, made_at: float) -> Usage | None:
    if said is None:
        return None
    return Usage(
        last_used_at=_moment(said["lastUsedAt"]) if "lastUsedAt" in said else None,
        counts={Use(n): count for n, count in said.get("counts", {}).items() if n in set(Use)},
        asked_at=made_at,
    )


def _finding(said: Mapping[str, Any]) -> Finding:
    ignored = said.get("ignored")
    return Finding(
        severity=Severity(said["severity"]),
        rule=said["rule"],
        message=said["message"],
        address=None if said["address"] is None else Address.parse(said["address"]),
        origin=_origin(said) if "file" in said else None,
        ignored=None if ignored is None else _ignored(said["rule"], ignored),
    )


def _ignored(rule: str, said: Mapping[str, Any]) -> Ignore:
    until = date.fromisoformat(said["until"]) if "until" in said else None
    return Ignore(rule=rule, reason=said["reason"], until=until, origin=NOWHERE)


def _origin(said: Mapping[str, Any] | None) -> Origin | None:
    return None if said is None else Origin(said["file"], said["line"], said.get("column", 1))


def _extent(said: Mapping[str, Any] | None) -> Extent:
    if said is None:
        return Extent()
    return Extent(
        looked_at=said["lookedAt"],
        of=said["of"],
        outside=said["outsidePaths"],
        kept=said["notPruned"],
        targets=tuple(map(Address.parse, said["targets"])),
        selector=said["selector"],
        paths=tuple(said["paths"]),
        whole=not said["paths"],
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp() if text else 0.0
