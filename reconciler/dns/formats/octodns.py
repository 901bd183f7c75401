"""Zones for octoDNS's YamlProvider, as another source beside hand-written ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.dns.formats.comments import head, lines
from reconciler.dns.formats.strings import string
from reconciler.model.zones import RecordSet, RecordType, Zone

_SOURCE = (
    "A source of its own for octoDNS, beside yours. octoDNS refuses a name and type that two",
    "sources have: there, put the value into your file and take it out of this one.",
)
_ESCAPED = (
    *_SOURCE,
    "Its YamlProvider needs `escaped_semicolons: true`, the default before octoDNS 2.",
)
_MISREAD = ("\\;", '" "')
_PLAIN = (*_SOURCE, "Its YamlProvider needs `escaped_semicolons: false`.")


def octodns(zone: Zone) -> str:
    """Return a zone with escaped semicolons."""
    return _zone(zone, escape=True)


def octodns_plain(zone: Zone) -> str:
    """Return a zone with semicolons as they are."""
    return _zone(zone, escape=False)


def _zone(zone: Zone, *, escape: bool) -> str:
    by_name: dict[str, list[RecordSet]] = {}
    for record in zone.written:
        by_name.setdefault(record.name(zone.name), []).append(record)
    text = lines(head(zone, _ESCAPED if escape else _PLAIN), "#") + "---\n"
    for name in sorted(by_name, key=_natural):
        text += f"{string(name)}:\n" + "".join(
            _record(record, escape=escape, several=len(by_name[name]) > 1)
            for record in by_name[name]
        )
    return text if by_name else text + "{}\n"


def _natural(name: str) -> tuple[str | int, ...]:
    """Return the sort key of a name as octoDNS has it: digits compare as numbers."""
    parts = re.split(r"([0-9]+)", name)
    return tuple(int(part) if number % 2 else part for number, part in enumerate(parts))


def _record(record: RecordSet, *, escape: bool, several: bool) -> str:
    values = [_value(record, value, escape=escape) for value in record.values]
    rows = [f"ttl: {record.ttl}", f"type: {record.type}", *_values(values)]
    marks = ["- ", *["  "] * (len(rows) - 1)] if several else [""] * len(rows)
    return "".join(f"  {mark}{row}\n" for mark, row in zip(marks, rows, strict=True))


def _values(values: Sequence[str]) -> list[str]:
    if len(values) == 1:
        return [f"value: {values[0]}"]
    return [f"values: [{', '.join(values)}]"]


def _value(record: RecordSet, value: str, *, escape: bool) -> str:
    match record.type:
        case RecordType.TXT:
            return string(_text(value, escape=escape))
        case RecordType.CNAME:
            return string(f"{value}.")
        case RecordType.MX:
            preference, _, host = value.partition(" ")
            return f"{{exchange: {string(f'{host}.')}, preference: {preference}}}"
        case _:
            return string(value)


def _text(value: str, *, escape: bool) -> str:
    return value.replace(";", "\\;") if escape else value


def refusal(record: RecordSet) -> str:
    """Return why octoDNS would misread a record, as it strips quotes around and inside texts."""
    if record.type is not RecordType.TXT:
        return ""
    for value in record.values:
        for sign in _MISREAD:
            if sign in value:
                return f"octoDNS cannot hold {sign} in a text"
        if value.startswith('"'):
            return "octoDNS cannot hold a text that begins with a quote"
    return ""
