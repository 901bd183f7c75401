"""One change of a plan, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from reconciler.model.change import Action, Cause, Change, FieldChange, MemberChange
from reconciler.model.personal import mask_number
from reconciler.model.secret import MASK
from reconciler.render.diffs import Line, capped, cut, list_diff, text_diff, text_lines
from reconciler.render.style import Colour, Style, cells, pad
from reconciler.render.values import inline, known_later

SYMBOLS: dict[Action, tuple[str, Colour]] = {
    Action.CREATE: ("+", Colour.GREEN),
    Action.UPDATE: ("~", Colour.YELLOW),
    Action.REPLACE: ("-/+", Colour.MAGENTA),
    Action.DELETE: ("-", Colour.RED),
    Action.ADOPT: (">", Colour.CYAN),
    Action.FORGET: ("x", Colour.DIM),
    Action.NONE: (" ", Colour.DIM),
}

_SIGNS = {"+": Colour.GREEN, "-": Colour.RED, "…": Colour.DIM, " ": Colour.DIM}
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
"""The planner's words, as sentences; others are shown as they are."""
_NARROWEST = 30
_SAMPLE = 3
_MOST_NEW_LINES = 10
_UNKNOWN = "(unknown)"
"""Stands for a value that no API shows, which is no secret."""


def symbol(change: Change) -> tuple[str, Colour]:
    """Return a change's sign and colour; a replacement's sign says what comes first."""
    sign, colour = SYMBOLS[change.action]
    return ("+/-" if change.action is Action.REPLACE and change.create_first else sign), colour


def change_lines(change: Change, style: Style) -> Iterator[str]:
    """Show a change: one line for what and why, then its fields, members and notes."""
    sign, colour = symbol(change)
    head = f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(change.address))}"
    reason = _REASONS.get((change.action, change.reason), change.reason)
    asides = [style.clean(reason)] if reason else []
    if change.origin is not None:
        asides.append(style.clean(f"{change.origin.file}:{change.origin.line}"))
    yield head + ("  " + style.dim(" · ".join(asides)) if asides else "")
    yield from field_lines(change.fields, style, fresh=change.action is Action.CREATE)
    if change.members is not None:
        yield f"{_INDENT}{members_text(change.members, style)}"
    for note in change.notes:
        yield from note_lines(note, style)


def note_lines(note: str, style: Style) -> Iterator[str]:
    """Show a remark for people, wrapped."""
    room = max(_NARROWEST, style.width - len(_INDENT))
    text = wrap(f"note: {style.clean(note)}", room, subsequent_indent=" " * 6)
    yield from (f"{_INDENT}{style.dim(line)}" for line in text)


def field_lines(
    fields: Iterable[FieldChange], style: Style, *, fresh: bool = False
) -> Iterator[str]:
    """Show fields aligned, one a line where they fit; `fresh` ones have no value before."""
    shown = [f for f in fields if not (fresh and f.after is None and not _veiled(f))]
    width = max((cells(style.clean(field.path)) for field in shown), default=0) + 1
    for field in shown:
        yield from _field(field, style, pad(f"{style.clean(field.path)}:", width), fresh=fresh)


def _veiled(field: FieldChange) -> bool:
    return field.sensitive or field.pending


def _field(field: FieldChange, style: Style, label: str, *, fresh: bool) -> Iterator[str]:
    remark = ("", "") if fresh else _remark(field, style)
    short = _short(field, style, fresh=fresh)
    room = style.width - len(_INDENT) - cells(label) - 1
    if short is not None and cells(short[0]) + cells(remark[0]) <= room:
        yield f"{_INDENT}{label} {short[1]}{remark[1]}"
        return
    yield f"{_INDENT}{label.rstrip()}{remark[1]}"
    for sign, text in _long(field, style, fresh=fresh):
        yield f"{_DEEPER}{style.paint(f'{sign} {text}'.rstrip(), _SIGNS.get(sign, Colour.DIM))}"


def _remark(field: FieldChange, style: Style) -> tuple[str, str]:
    """Return what is said behind a field, without and with colour."""
    words = [_CAUSES[field.cause]] if _CAUSES[field.cause] else []
    if field.sensitive and not words:
        words.append("changes")
    plain = f" ({'; '.join(words)})" if words else ""
    forced = " (forces replacement)" if field.replaces else ""
    return plain + forced, style.dim(plain) + style.paint(forced, Colour.MAGENTA)


def _short(field: FieldChange, style: Style, *, fresh: bool) -> tuple[str, str] | None:
    """Return the one-line form, without and with colour; `None` where only several lines do."""
    if field.sensitive:
        text = MASK if fresh else f"{MASK} → {MASK}"
        return text, text
    before, after = field.before, field.after
    if isinstance(before, list) and isinstance(after, list) and (before or after) and not fresh:
        return None
    if _has_lines(before) or _has_lines(after):
        return None
    new = _new(field, style)
    nothing = field.unknown and before is None and after is None
    if fresh or nothing:
        return new, new
    old = _old(field, style)
    arrow = style.dim("→")
    coloured = f"{style.paint(old, Colour.RED)} {arrow} {style.paint(new, Colour.GREEN)}"
    return f"{old} → {new}", coloured


def _has_lines(value: object) -> bool:
    return isinstance(value, str) and "\n" in value


def _long(field: FieldChange, style: Style, *, fresh: bool) -> list[Line]:
    before, after = field.before, field.after
    if fresh and isinstance(after, str):
        lines = [("|", cut(style.clean(line))) for line in text_lines(after)]
        return capped(lines, _MOST_NEW_LINES)
    if fresh and isinstance(after, list):
        return list_diff([], after, style)
    if isinstance(before, list) and isinstance(after, list):
        return list_diff(before, after, style)
    settled = not field.pending and not field.unknown
    if isinstance(before, str | None) and isinstance(after, str | None) and settled:
        return text_diff(before or "", after or "", style)
    lines = [] if fresh else [("-", cut(_old(field, style)))]
    if field.unknown and isinstance(after, str):
        new = [("+", cut(style.clean(line))) for line in text_lines(after)]
        return capped([*lines, *new], _MOST_NEW_LINES)
    return [*lines, ("+", cut(_new(field, style)))]


def _old(field: FieldChange, style: Style) -> str:
    return _UNKNOWN if field.unknown and field.before is None else inline(field.before, style)


def _new(field: FieldChange, style: Style) -> str:
    if field.pending:
        return known_later(field.after, style)
    return _UNKNOWN if field.unknown and field.after is None else inline(field.after, style)


def members_text(members: MemberChange, style: Style) -> str:
    """Return how many members come and go, with a few of them, their middle masked."""
    sample = [
        *(f"+ {mask_number(number)}" for number in members.add.sample(_SAMPLE)),
        *(f"- {mask_number(number)}" for number in members.remove.sample(_SAMPLE)),
    ]
    if len(members.add) + len(members.remove) > len(sample):
        sample.append("…")
    added = style.paint(f"{len(members.add):,} added", Colour.GREEN)
    removed = style.paint(f"{len(members.remove):,} removed", *_alarm(members))
    return f"members: {added}, {removed} {style.dim('(' + ', '.join(sample) + ')')}"


def _alarm(members: MemberChange) -> tuple[Colour, ...]:
    return (Colour.RED,) if members.remove else ()
