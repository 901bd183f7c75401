"""One change of a plan, with its fields, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.change import (
    Action,
    Cause,
    Change,
    Create,
    Delete,
    FieldChange,
    Making,
    MemberChange,
    Replace,
    Write,
    origin_of,
)
from reconciler.model.numbers import NumberSet
from reconciler.model.personal import mask_number
from reconciler.model.secret import MASK
from reconciler.model.values import JsonValue
from reconciler.render.layout.style import Colour, Style, cells, clipped, pad
from reconciler.render.plans.diffs import Line, capped, cut, list_diff, text_diff, text_lines
from reconciler.render.plans.usage import usage_text
from reconciler.render.plans.values import inline, known_later

SYMBOLS: dict[Action, tuple[str, Colour]] = {
    Action.CREATE: ("+", Colour.GREEN),
    Action.UPDATE: ("~", Colour.YELLOW),
    Action.REPLACE: ("-/+", Colour.MAGENTA),
    Action.DELETE: ("-", Colour.RED),
    Action.ADOPT: (">", Colour.CYAN),
    Action.FORGET: ("x", Colour.DIM),
}

CREATED_FIRST = "+/-"
"""The sign of a replacement whose new object is made before the old one is deleted."""
_DIFF_COLOURS = {"+": Colour.GREEN, "-": Colour.RED, "…": Colour.DIM, " ": Colour.DIM}
_CAUSES = {
    Cause.MANIFEST: "",
    Cause.DRIFT: "changed outside",
    Cause.BOTH: "changed outside and in the manifest",
    Cause.UNVERIFIABLE: "cannot be read back",
}
_INDENT = "      "
_DEEPER = _INDENT + "  "
_REASONS = {
    (Action.CREATE, "manifest"): "",
    (Action.CREATE, "missing"): "gone at the provider",
    (Action.UPDATE, "manifest"): "",
    (Action.UPDATE, "drift"): "changed outside",
    (Action.UPDATE, "manifest and drift"): "changed in the manifest and outside",
    (Action.DELETE, "removed"): "no manifest has it any more",
    (Action.DELETE, "destroy"): "",
    (Action.FORGET, "removed"): "no manifest has it any more; the live object stays",
}
"""The planner's reasons as they are shown; a reason not listed is shown as it is."""
_NARROWEST = 30
_SAMPLE = 3
_MOST_NEW_LINES = 10
_UNKNOWN = "(unknown)"
"""Stands for a value that no API returns, but that is no secret."""
_NOT_SHOWN = "(differs in what is not shown)"


def symbol(change: Change) -> tuple[str, Colour]:
    """Return a change's sign and colour; a replacement's sign tells which half comes first."""
    sign, colour = SYMBOLS[change.action]
    created_first = isinstance(change, Replace) and change.create_first
    return (CREATED_FIRST if created_first else sign), colour


def change_lines(change: Change, style: Style, *, brief: bool = False) -> Iterator[str]:
    """Show a change: a line with address and reason, then fields, members and notes.

    A deletion has its fields in one line. `brief` leaves out the fields.
    """
    sign, colour = symbol(change)
    head = f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(change.address))}"
    asides = [style.clean(aside) for aside in _asides(change)]
    yield head + ("  " + style.dim(" · ".join(asides)) if asides else "")
    if isinstance(change, Delete):
        yield from _object_line(change, style)
    elif isinstance(change, Making) and not brief:
        yield from field_lines(change.fields, style, created=isinstance(change, Create))
    if isinstance(change, Write) and change.members is not None and not change.members.is_empty:
        yield f"{_INDENT}{members_text(change.members, style)}"
    if isinstance(change, Delete | Replace) and change.usage and (used := usage_text(change.usage)):
        yield f"{_INDENT}{style.paint(used, Colour.YELLOW)}"
    if change.waits:
        yield f"{_INDENT}{style.paint('waiting', Colour.YELLOW)}: {style.clean(change.waits)}"
    for note in change.notes:
        yield from note_lines(note, style)


def _asides(change: Change) -> Iterator[str]:
    """Yield the reason of a change, and the place of its manifest."""
    if reason := _REASONS.get((change.action, change.reason), change.reason):
        yield reason
    if (origin := origin_of(change)) is not None:
        yield f"{origin.file}:{origin.line}"


def _object_line(change: Delete, style: Style) -> Iterator[str]:
    identifier = change.live.id if change.live else change.owned.remote_id
    values = [(each.path, each.before) for each in change.fields if not each.sensitive]
    yield from object_line(identifier, values, style)


def object_line(
    identifier: str, values: Iterable[tuple[str, JsonValue]], style: Style
) -> Iterator[str]:
    """Show a live object in one line: its id, and as many of its fields as there is room for."""
    room = max(_NARROWEST, style.width - len(_INDENT))
    line = f"id {style.clean(identifier)}" if identifier else ""
    for name, value in values:
        if value == identifier:
            continue
        text = f"{style.clean(name)}: {inline(value, style)}"
        more = f"{line} · {text}" if line else text
        if cells(more) <= room:
            line = more
        elif cells(line) < room - _NARROWEST:
            yield _INDENT + style.dim(clipped(more, room))
            return
    if line:
        yield _INDENT + style.dim(clipped(line, room))


def note_lines(note: str, style: Style) -> Iterator[str]:
    """Show a note; its further lines are indented below the first."""
    first, *more = note.split("\n")
    yield f"{_INDENT}{style.dim(f'note: {style.clean(first)}')}"
    yield from (f"{_DEEPER}{style.dim(style.clean(line))}" for line in more)


def field_lines(
    fields: Iterable[FieldChange],
    style: Style,
    *,
    created: bool = False,
    causes: Mapping[Cause, str] = _CAUSES,
) -> Iterator[str]:
    """Show fields aligned, in a line each where they fit; a `created` object has no old values.

    `causes` are the words for why a field differs.
    """
    shown = [f for f in fields if not (created and f.after is None and not _is_hidden(f))]
    width = max((cells(style.clean(field.path)) for field in shown), default=0) + 1
    for field in shown:
        label = pad(f"{style.clean(field.path)}:", width)
        remark = ("", "") if created else _remark(field, causes[field.cause], style)
        yield from _field(field, style, label, remark, created=created)


def _is_hidden(field: FieldChange) -> bool:
    return field.sensitive or field.pending


def _field(
    field: FieldChange, style: Style, label: str, remark: tuple[str, str], *, created: bool
) -> Iterator[str]:
    short = _short(field, style, created=created)
    room = style.width - len(_INDENT) - cells(label) - 1
    if short is not None and cells(short[0]) + cells(remark[0]) <= room:
        yield f"{_INDENT}{label} {short[1]}{remark[1]}"
        return
    yield f"{_INDENT}{label.rstrip()}{remark[1]}"
    for sign, text in _long(field, style, created=created):
        colour = _DIFF_COLOURS.get(sign, Colour.DIM)
        yield f"{_DEEPER}{style.paint(f'{sign} {text}'.rstrip(), colour)}"


def _remark(field: FieldChange, cause: str, style: Style) -> tuple[str, str]:
    """Return the remark after a field's value, without and with colour."""
    words = [cause] if cause else []
    if field.sensitive and not words and field.cause is not Cause.UNVERIFIABLE:
        words.append("changes")
    plain = f" ({'; '.join(words)})" if words else ""
    forced = " (forces replacement)" if field.replaces else ""
    return plain + forced, style.dim(plain) + style.paint(forced, Colour.MAGENTA)


def _short(field: FieldChange, style: Style, *, created: bool) -> tuple[str, str] | None:
    """Return the one-line form, without and with colour; `None` where it takes several lines."""
    plain = _colourless(field, style, created=created)
    if plain is not None:
        return plain, plain
    if _takes_lines(field, created=created):
        return None
    new = _new(field, style)
    nothing = field.unknown and field.before is None and field.after is None
    if created or nothing:
        return new, new
    old = _old(field, style)
    arrow = style.dim("→")
    coloured = f"{style.paint(old, Colour.RED)} {arrow} {style.paint(new, Colour.GREEN)}"
    return f"{old} → {new}", coloured


def _colourless(field: FieldChange, style: Style, *, created: bool) -> str | None:
    """Return the text of a field whose old and new values look the same or are secret."""
    if field.sensitive:
        return MASK if created else f"{MASK} → {MASK}"
    if _looks_the_same(field) and not created:
        return f"{inline(field.before, style)} {_NOT_SHOWN}"
    return None


def _takes_lines(field: FieldChange, *, created: bool) -> bool:
    before, after = field.before, field.after
    lists = isinstance(before, list) and isinstance(after, list) and bool(before or after)
    return (lists and not created) or _has_lines(before) or _has_lines(after)


def _looks_the_same(field: FieldChange) -> bool:
    """Tell whether two values differ only in what is not shown: a file's content, masked digits."""
    return field.before == field.after is not None and not field.pending


def _has_lines(value: object) -> bool:
    return isinstance(value, str) and "\n" in value


def _long(field: FieldChange, style: Style, *, created: bool) -> list[Line]:
    if created:
        return _whole(field, style)
    before, after = field.before, field.after
    if isinstance(before, list) and isinstance(after, list):
        return list_diff(before, after, style)
    if _are_texts(field):
        return text_diff(str(before or ""), str(after or ""), style)
    old = ("-", cut(_old(field, style)))
    if field.unknown and isinstance(after, str):
        return capped([old, *_text_lines("+", after, style)], _MOST_NEW_LINES)
    return [old, ("+", cut(_new(field, style)))]


def _are_texts(field: FieldChange) -> bool:
    """Tell whether both sides are known texts, or nothing."""
    known = not field.pending and not field.unknown
    texts = isinstance(field.before, str | None) and isinstance(field.after, str | None)
    return known and texts


def _whole(field: FieldChange, style: Style) -> list[Line]:
    """Show the value of a field that had none."""
    if isinstance(field.after, str):
        return capped(_text_lines("|", field.after, style), _MOST_NEW_LINES)
    if isinstance(field.after, list):
        return list_diff([], field.after, style)
    return [("+", cut(_new(field, style)))]


def _text_lines(sign: str, text: str, style: Style) -> list[Line]:
    return [(sign, cut(style.clean(line))) for line in text_lines(text)]


def _old(field: FieldChange, style: Style) -> str:
    return _UNKNOWN if field.unknown and field.before is None else inline(field.before, style)


def _new(field: FieldChange, style: Style) -> str:
    if field.pending:
        return known_later(field.after, style, before=field.before)
    return _UNKNOWN if field.unknown and field.after is None else inline(field.after, style)


def members_text(members: MemberChange, style: Style) -> str:
    """Return how many members are added and removed, with a few of them, partly masked."""
    sides = (
        (members.add, "added", Colour.GREEN),
        (members.remove, "removed", Colour.RED),
    )
    parts = [_side(numbers, word, style, colour) for numbers, word, colour in sides if numbers]
    return f"members: {', '.join(parts) or 'none added, none removed'}"


def _side(numbers: NumberSet, word: str, style: Style, colour: Colour) -> str:
    sample = [mask_number(number) for number in numbers.sample(_SAMPLE)]
    total = style.paint(f"{len(numbers):,} {word}", colour)
    if not sample:  # of a saved plan, which has no numbers
        return total
    if len(numbers) > len(sample):
        sample.append("…")
    return total + " " + style.dim("(" + ", ".join(sample) + ")")
