"""One field's value, in one line."""

from __future__ import annotations

import json

from reconciler.model.owned import is_digest
from reconciler.model.secret import MASK
from reconciler.model.values import JsonValue, pending_target
from reconciler.render.layout.style import Style

_WORDS = frozenset({"true", "false", "null", "(none)"})
_KNOWN_LATER = "(known after apply)"


def inline(value: JsonValue, style: Style) -> str:
    """Return a value in one line, as a person would write it; texts are quoted only if needed."""
    if value is None:
        return "(none)"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, str):
        return _text(value, style)
    if isinstance(value, list):
        return f"[{', '.join(inline(item, style) for item in value)}]"
    return _mapping(value, style)


def _text(value: str, style: Style) -> str:
    clean = style.clean(value)
    odd = not clean or clean != clean.strip() or clean in _WORDS or " → " in clean
    return f'"{clean}"' if odd else clean


def _mapping(value: dict[str, JsonValue], style: Style) -> str:
    names = value.keys()
    if names == {"id"}:
        return f"id {style.clean(value['id'])}"
    if (target := pending_target(value)) is not None:
        return style.clean(target[1])
    if is_digest(value):
        return MASK
    if names == {"path", "sha256"}:
        return f"{style.clean(value['path'])} (sha256 {style.clean(value['sha256'])[:8]})"
    parts = (f"{style.clean(name)}: {inline(item, style)}" for name, item in value.items())
    return f"{{{', '.join(parts)}}}"


def known_later(value: JsonValue, style: Style, *, before: JsonValue = None) -> str:
    """Return the text of a value that becomes known when another resource was applied.

    Where that resource is also the old value, it says "the new".
    """
    if value is None:
        return _KNOWN_LATER
    return f"{'the new ' if value == before else ''}{inline(value, style)} {_KNOWN_LATER}"
