"""Turns the model's journal and state values into JSON texts and back.

A field that is added to the model is stored without any change here. Rows written before it was
added are read with its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import EnumType
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import orjson

from reconciler.model.address import Address
from reconciler.model.journal import Intent, IntentStatus, JournalEntry, Response
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.model.verification import CanarySend
from reconciler.state.database.tables import JournalRow, ObjectRow

if TYPE_CHECKING:
    from msgspec import Struct

    Made = TypeVar("Made", bound=Struct)

_COLUMNS = ("address", "remote_id", "key", "applied", "extra")
"""The fields of `OwnedObject` that have a column; the others go into `facts`."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Address):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


def dumps(value: object) -> str:
    """Return compact JSON, with addresses as texts; raises `TypeError` above all for `Secret`."""
    return orjson.dumps(value, default=_plain).decode()


loads = orjson.loads


def encode(value: Struct, *, leave_out: tuple[str, ...] = ()) -> str:
    """Return a model value as a JSON object of its fields that are not `None`."""
    return dumps(
        {
            name: item
            for name in names(type(value))
            if name not in leave_out and (item := getattr(value, name)) is not None
        }
    )


def decode(kind: type[Made], text: str, **known: Any) -> Made:
    """Read what `encode` wrote; `known` are the fields that are stored elsewhere."""
    readers = _readers(kind)
    data = orjson.loads(text)
    return kind(**{name: readers[name](data[name]) for name in data if name in readers}, **known)


_INTENTS = {each.verb.value: each for each in get_args(Intent)}


def encode_intent(intent: Intent) -> str:
    """Return an intent as a JSON object that names its verb."""
    fields = {name: getattr(intent, name) for name in names(type(intent))}
    stored = {name: item for name, item in fields.items() if item is not None}
    return dumps({"verb": intent.verb, **stored})


def decode_intent(text: str) -> Intent:
    """Read an intent; fields that its verb does not have (from older versions) are left out."""
    made: Intent = decode(_INTENTS[orjson.loads(text)["verb"]], text)
    return made


@cache
def names(kind: type[Struct]) -> tuple[str, ...]:
    """Return the names of a type's fields."""
    return kind.__struct_fields__


def _same(value: Any) -> Any:
    return value


def _tuple_of(reader: Callable[[Any], Any], values: list[Any]) -> tuple[Any, ...]:
    return tuple(reader(value) for value in values)


@cache
def _readers(kind: type[Struct]) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {name: _reader(hints[name]) for name in names(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint is Address:
        return Address.parse
    if isinstance(hint, EnumType):
        return hint
    if get_origin(hint) is tuple:
        inner = _reader(get_args(hint)[0])
        return tuple if inner is _same else partial(_tuple_of, inner)
    for option in get_args(hint):  # such as `tuple[str, ...] | None`
        if get_origin(option) is tuple:
            return _reader(option)
    return _same


# --- rows of state ---


def object_row(owned: OwnedObject) -> ObjectRow:
    """Return the row of an owned object."""
    return ObjectRow(
        str(owned.address),
        owned.remote_id,
        owned.key,
        dumps(owned.applied),
        dumps(owned.extra),
        encode(owned, leave_out=_COLUMNS),
    )


def object_of(row: ObjectRow) -> OwnedObject:
    """Return the owned object of a row."""
    return OwnedObject(
        address=Address.parse(row.address),
        remote_id=row.remote_id,
        key=row.natural_key,
        applied=orjson.loads(row.applied),
        extra=orjson.loads(row.extra) if row.extra != "{}" else {},
        **_facts(row.facts),
    )


@lru_cache(maxsize=1024)
def _facts(text: str) -> dict[str, Any]:
    """Read the fields that have no column of their own; cached, as most rows have equal ones."""
    readers = _readers(OwnedObject)
    data = orjson.loads(text)
    return {name: readers[name](data[name]) for name in data if name in readers}


# --- canaries ---


def canary_text(sending: CanarySend) -> str:
    """Return what is known of a canary as JSON."""
    return msgspec.json.encode(sending).decode()


def canary_of(text: str) -> CanarySend:
    """Read what `canary_text` wrote."""
    return msgspec.json.decode(text, type=CanarySend)


# --- responses ---


def response_text(response: Response) -> str:
    """Return a response without its secrets."""
    return encode(response, leave_out=("secrets",))


def response_of(text: str, secrets: Mapping[str, Secret]) -> Response:
    """Read what `response_text` wrote; its `secrets` were stored apart."""
    return decode(Response, text, secrets=secrets)


def closed_entry(row: JournalRow) -> JournalEntry:
    """Return the entry of a closed intent, without its secrets."""
    return JournalEntry(
        intent=decode_intent(row.intent),
        status=IntentStatus.CLOSED,
        response=None if row.response is None else response_of(row.response, {}),
        outcome=row.outcome,
        started_at=row.started_at,
    )
