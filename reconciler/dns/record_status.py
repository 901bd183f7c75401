"""The status of a needed record, from a server's answer; asks nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler.dns.queries import Outcome, Reply
from reconciler.dns.spf import covers
from reconciler.dns.texts import Purpose, joined_wrongly, purpose, same
from reconciler.model.zones import RecordSet, RecordStatus, RecordType, Server, ServerStatus

WORST_FIRST = (
    RecordStatus.CONFLICT,
    RecordStatus.DIFFERENT,
    RecordStatus.MISSING,
    RecordStatus.OK,
)
"""The order in which a status counts where servers or values differ."""


class Answer(Struct, frozen=True, kw_only=True):
    """The answers of one server about one record."""

    server: Server
    reply: Reply
    beside: tuple[str, ...] = ()
    """Types of other records at the name, which a CNAME does not allow."""
    now: float
    """When the server answered, in seconds of the checker's clock."""


def server_status(record: RecordSet, answer: Answer) -> ServerStatus | None:
    """Return what a server has of a record.

    `None` where a server of the zone only answers that the name is an alias of one elsewhere.
    """
    reply = answer.reply
    at_server = ServerStatus(
        server=answer.server,
        status=RecordStatus.OK,
        found=reply.values,
        chain=reply.chain,
        until=0.0 if answer.server.name else answer.now + reply.keeps,
    )
    if not reply.conclusive:
        return replace(at_server, status=RecordStatus.UNREACHABLE, reason=reply.reason)
    if reply.outcome is Outcome.ENDLESS:
        reason = f"its name is an alias that leads nowhere: {_arrows(reply.chain)}"
        return replace(at_server, status=RecordStatus.CONFLICT, reason=reason)
    if reply.chain and answer.server.name and not reply.values:
        return None
    if record.type is RecordType.CNAME and answer.beside:
        reason = f"a CNAME cannot stand beside {', '.join(answer.beside)}"
        return replace(at_server, status=RecordStatus.CONFLICT, reason=reason)
    return _compared(record, at_server)


def _compared(record: RecordSet, at_server: ServerStatus) -> ServerStatus:
    status_of = _text_status if record.type is RecordType.TXT else _plain_status
    statuses = [status_of(record.fqdn, value, at_server.found) for value in record.values]
    status = worst(statuses)
    if status is RecordStatus.OK:
        return replace(at_server, status=status)
    if at_server.chain:
        reason = (
            f"its name is an alias of {_arrows(at_server.chain)}, beside which nothing can stand"
        )
        return replace(at_server, status=RecordStatus.CONFLICT, reason=reason)
    joined = any(
        joined_wrongly(found, value) for found in at_server.found for value in record.values
    )
    reason = "its parts are joined wrongly" if joined else ""
    return replace(at_server, status=status, joined=joined, reason=reason)


def worst(statuses: Sequence[RecordStatus]) -> RecordStatus:
    """Return the status that counts; `UNREACHABLE` if there is no other."""
    return next((each for each in WORST_FIRST if each in statuses), RecordStatus.UNREACHABLE)


def _plain_status(_fqdn: str, value: str, found: Sequence[str]) -> RecordStatus:
    if value in found:
        return RecordStatus.OK
    return RecordStatus.DIFFERENT if found else RecordStatus.MISSING


def _text_status(fqdn: str, value: str, found: Sequence[str]) -> RecordStatus:
    aim = purpose(fqdn, value)
    alike = [text for text in found if purpose(fqdn, text) is aim]
    says: Callable[[str], bool] = (
        (lambda text: covers(text, value))
        if aim is Purpose.SPF
        else (lambda text: same(fqdn, text, value))
    )
    right = [text for text in alike if says(text)]
    if right and not (aim is Purpose.SPF and len(alike) > 1):
        return RecordStatus.OK
    near = any(joined_wrongly(text, value) for text in found)
    other = bool(alike) and aim is not Purpose.OTHER
    return RecordStatus.DIFFERENT if near or other else RecordStatus.MISSING


def _arrows(chain: Sequence[str]) -> str:
    return " → ".join(chain)
