"""What a plan could not look at or may not do, and the way out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.model.address import Address
from reconciler.model.plan import Held, Unread
from reconciler.render.changes import field_lines
from reconciler.render.style import Colour, Style, count

_NOTHING = Held()
_INDENT = "      "


def blocked_lines(
    blocked: Mapping[Address, str],
    style: Style,
    *,
    undecided: Collection[Address] = (),
    held: Mapping[Address, Held] | None = None,
    unread: Iterable[Unread] = (),
) -> Iterator[str]:
    """Show what is blocked: accounts that could not be read first, with one line each."""
    if not blocked:
        return
    yield style.paint("Blocked", Colour.RED, Colour.BOLD)
    passed: set[Address] = set()
    for account in unread:
        passed.update(account.addresses)
        yield f"{style.paint('  !', Colour.RED)} {unread_text(account, style)}"
    for address in sorted(blocked.keys() - passed):
        sign = style.paint("  ?" if address in undecided else "  !", Colour.RED)
        known = (held or {}).get(address, _NOTHING)
        aside = "" if known.origin is None else f"{known.origin.file}:{known.origin.line}"
        place = f"  {style.dim(style.clean(aside))}" if aside else ""
        yield f"{sign} {style.bold(style.clean(address))}{place}"
        yield f"{_INDENT}{style.clean(blocked[address])}"
        yield from field_lines(known.fields, style)
        for candidate in known.candidates:
            yield f"{_INDENT}{style.bold('id ' + style.clean(candidate.id))}"
            yield from (f"  {line}" for line in field_lines(candidate.fields, style))
            if not candidate.fields:
                yield f"{_INDENT}  {style.dim('as its manifest says')}"


def unread_text(account: Unread, style: Style) -> str:
    """Return `octeth (http://127.0.0.1:8025): connection refused; 20 resources not looked at`."""
    where = f" ({style.clean(account.url)})" if account.url else ""
    left = f"{count(len(account.addresses), 'resource')} not looked at"
    name = style.bold(style.clean(account.provider) + where)
    return f"{name}: {style.clean(account.error)}; {left}"
