"""What a plan could not compare or may not do, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from reconciler.model.address import Address
from reconciler.model.plan import Held, Unread
from reconciler.render.layout.style import Colour, Style, count
from reconciler.render.plans.changes import field_lines

_NOTHING = Held()
_INDENT = "      "
_MOST_NAMED = 20
"""Of objects that are blocked for one reason, this many are named, the rest counted."""


def blocked_lines(
    blocked: Mapping[Address, str],
    style: Style,
    *,
    undecided: Collection[Address] = (),
    held: Mapping[Address, Held] | None = None,
    unread: Iterable[Unread] = (),
) -> Iterator[str]:
    """Show what is blocked; first the accounts that could not be read, with a line each.

    A reason that several objects of one kind have is shown once.
    """
    if not blocked:
        return
    yield style.paint("Blocked", Colour.RED, Colour.BOLD)
    passed: set[Address] = set()
    for account in unread:
        passed.update(account.addresses)
        yield f"{style.paint('  !', Colour.RED)} {unread_text(account, style)}"
    known = held or {}

    def alike(address: Address) -> tuple[object, ...]:
        each = known.get(address, _NOTHING)
        plain = not each.fields and not each.candidates
        return (address.provider, address.kind, blocked[address], plain or address)

    for _, group in groupby(sorted(blocked.keys() - passed), key=alike):
        addresses = list(group)
        sign = style.paint("  ?" if addresses[0] in undecided else "  !", Colour.RED)
        yield from _name_lines(addresses, sign, known, style)
        yield f"{_INDENT}{style.clean(blocked[addresses[0]])}"
        yield from _held_lines(known.get(addresses[0], _NOTHING), style)


def _name_lines(
    addresses: Sequence[Address], sign: str, held: Mapping[Address, Held], style: Style
) -> Iterator[str]:
    """Name objects blocked for the same reason, each with its manifest; of many the first few."""
    for address in addresses[:_MOST_NAMED]:
        origin = held.get(address, _NOTHING).origin
        aside = "" if origin is None else f"{origin.file}:{origin.line}"
        place = f"  {style.dim(style.clean(aside))}" if aside else ""
        yield f"{sign} {style.bold(style.clean(address))}{place}"
    if len(addresses) > _MOST_NAMED:
        kind = style.clean("/".join(addresses[0][:2]))
        yield f"{sign} {style.dim(f'and {len(addresses) - _MOST_NAMED:,} more of {kind}')}"


def _held_lines(known: Held, style: Style) -> Iterator[str]:
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
