"""The difference of two values, in few lines.

Each line has its sign apart (`-` old, `+` new, a space for context, `…` for lines left out), so
that the caller can colour and indent it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.values import JsonValue
from reconciler.render.layout.style import Style, count
from reconciler.render.plans.values import inline

Line = tuple[str, str]
"""`(sign, text)`."""

MOST_LINES = 16
"""Lines shown of one field's difference; more are counted."""
_MOST_ITEMS = 12
_LONGEST = 240
"""Characters shown of a single line, around its first difference."""
_LEAD = 40
_CONTEXT = 2
_LARGEST_DIFF = 5_000
"""Lines of both texts; difflib is quadratic, so of larger texts only the lines are counted."""


def text_lines(text: str) -> list[str]:
    """Split a text at line ends of either kind (LF, CRLF); one at its end adds no line."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def text_diff(before: str, after: str, style: Style) -> list[Line]:
    """Describe two texts, of one or several lines, as a small unified diff."""
    old, new = text_lines(before), text_lines(after)
    if old == new:
        old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new) == 1:
        first, second = _around_difference(style.clean(before), style.clean(after))
        return [("-", first), ("+", second)]
    if len(old) + len(new) > _LARGEST_DIFF:
        return [("-", count(len(old), "line")), ("+", count(len(new), "line"))]
    return capped(list(_unified([*map(style.clean, old)], [*map(style.clean, new)])))


def _unified(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    first = True
    import difflib  # only where a text differs

    for line in difflib.unified_diff(old, new, lineterm="", n=_CONTEXT):
        if line.startswith("@@"):
            if not first:
                yield ("…", "")
            first = False
        elif not first:
            yield (line[0], _cut(line[1:]))


def capped(lines: list[Line], limit: int = MOST_LINES) -> list[Line]:
    """Keep the first lines and count the others."""
    if len(lines) <= limit + 1:
        return lines
    return [*lines[:limit], ("…", count(len(lines) - limit, "more line"))]


def _around_difference(before: str, after: str) -> tuple[str, str]:
    if max(len(before), len(after)) <= _LONGEST:
        return before, after
    start = max(0, _common_length(before, after) - _LEAD)
    before, after = before[start:], after[start:]
    end = max(0, _common_length(before[::-1], after[::-1]) - _LEAD)
    lead, tail = "…" if start else "", "…" if end else ""
    before, after = before[: len(before) - end], after[: len(after) - end]
    return lead + _cut(before) + tail, lead + _cut(after) + tail


def _common_length(one: str, other: str) -> int:
    """Return the length of the common beginning of two texts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… {count(len(text) - _LONGEST, 'more character')}"


def cut(text: str) -> str:
    """Shorten a very long line, and say how much was cut."""
    return _cut(text)


def list_diff(before: Sequence[JsonValue], after: Sequence[JsonValue], style: Style) -> list[Line]:
    """Describe two lists by their removed and added items; if only the order differs, by all."""
    old = [_cut(inline(item, style)) for item in before]
    new = [_cut(inline(item, style)) for item in after]
    gone, come = list(old), []
    for item in new:
        if item in gone:
            gone.remove(item)
        else:
            come.append(item)
    if not gone and not come:
        return [("-", f"[{', '.join(old)}]"), ("+", f"[{', '.join(new)}]")]
    lines = [*(("-", item) for item in gone), *(("+", item) for item in come)]
    if len(lines) <= _MOST_ITEMS:
        return lines
    return [*lines[:_MOST_ITEMS], ("…", count(len(lines) - _MOST_ITEMS, "more item"))]
