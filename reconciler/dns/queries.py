"""Asks one server one question. The only module that sends anything to DNS servers.

Answers are untrusted: dnspython reads them, at most ten aliases are followed, and at most a hundred
values are kept. Answers that are malformed, to another question, or from another address are
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Protocol

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from msgspec import Struct

from reconciler.model.zones import Server

TIMEOUT = 5.0
"""Seconds for one try over UDP, including TCP if the answer was truncated."""
TRIES = 2
MOST_ALIASES = 10
MOST_VALUES = 100
_PAYLOAD = 1232
"""Bytes of a UDP answer that no network fragments (DNS Flag Day 2020)."""


class Outcome(StrEnum):
    """The outcome of a question."""

    ANSWER = "answer"
    EMPTY = "empty"
    """The name exists, but has no records of this type."""
    ABSENT = "absent"
    """The name does not exist."""
    ENDLESS = "endless"
    """The name is an alias in a circle, or in too long a chain."""
    FAILED = "failed"
    """The server refused, or does not know the zone."""
    SILENT = "silent"
    """No usable answer came."""


class Reply(Struct, frozen=True, kw_only=True):
    """What one server answered."""

    outcome: Outcome
    values: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    """The chain of names that the name is an alias of."""
    zone: str = ""
    """The zone of the name, if the answer has it."""
    keeps: float = 0.0
    """Seconds for which a cache may keep the answer."""
    reason: str = ""

    @property
    def conclusive(self) -> bool:
        """Tell whether it says anything about the name in DNS."""
        return self.outcome not in {Outcome.FAILED, Outcome.SILENT}


class Asker(Protocol):
    """Asks servers."""

    async def ask(self, server: Server, name: str, kind: str, *, recursive: bool) -> Reply:
        """Ask a server for records; `recursive` lets it ask other servers."""


class NetworkAsker:
    """Asks over UDP, and over TCP if the answer does not fit."""

    async def ask(self, server: Server, name: str, kind: str, *, recursive: bool) -> Reply:
        """Ask a server; one that does not answer, or has no EDNS, is asked once more."""
        reason, edns = "", True
        for _ in range(TRIES):
            query = _query(name, kind, recursive=recursive, edns=edns)
            try:
                response, _over_tcp = await dns.asyncquery.udp_with_fallback(
                    query,
                    server.host,
                    timeout=TIMEOUT,
                    port=server.port,
                    ignore_unexpected=True,
                    ignore_errors=True,
                )
            except dns.exception.Timeout:
                reason = "no answer in time"
                continue
            except (OSError, EOFError, dns.exception.DNSException) as error:
                reason = f"no answer: {getattr(error, 'strerror', None) or type(error).__name__}"
                continue
            if response.rcode() in {dns.rcode.FORMERR, dns.rcode.NOTIMP} and edns:
                reason, edns = "it does not understand the question", False
                continue
            return reply_of(response, recursive=recursive)
        return Reply(outcome=Outcome.SILENT, reason=reason)


def _query(name: str, kind: str, *, recursive: bool, edns: bool) -> Any:
    query = dns.message.make_query(
        name, kind, use_edns=0 if edns else -1, payload=_PAYLOAD if edns else None
    )
    if not recursive:
        query.flags &= ~dns.flags.RD
    return query


def reply_of(response: Any, *, recursive: bool) -> Reply:
    """Return the reply in a response; without `recursive`, it must be authoritative."""
    code = response.rcode()
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        reason = f"it answers {dns.rcode.to_text(code)}"
        return Reply(outcome=Outcome.FAILED, reason=reason)
    if not recursive and not response.flags & dns.flags.AA:
        reason = "it is called a server of the zone and does not know it"
        return Reply(outcome=Outcome.FAILED, reason=reason)
    return _read(response, absent=code == dns.rcode.NXDOMAIN)


def _read(response: Any, *, absent: bool) -> Reply:
    question = response.question[0]
    chain = list(_aliases(response, question)) if question.rdtype != dns.rdatatype.CNAME else []
    names = tuple(_text(name) for name in chain[:MOST_ALIASES])
    zone, keeps = _authority(response)
    if len(chain) > MOST_ALIASES:
        return Reply(outcome=Outcome.ENDLESS, chain=names, zone=zone)
    last = chain[-1] if chain else question.name
    found = response.get_rrset(response.answer, last, question.rdclass, question.rdtype)
    if found:
        values = tuple(sorted(value_of(data) for data in list(found)[:MOST_VALUES]))
        lasts = min(rrset.ttl for rrset in response.answer)
        return Reply(outcome=Outcome.ANSWER, values=values, chain=names, zone=zone, keeps=lasts)
    outcome = Outcome.ABSENT if absent else Outcome.EMPTY
    return Reply(outcome=outcome, chain=names, zone=zone, keeps=keeps)


def _aliases(response: Any, question: Any) -> Iterator[Any]:
    """Yield the chain of aliases of the name, of at most `MOST_ALIASES` + 1 names."""
    targets = {
        rrset.name: rrset[0].target
        for rrset in response.answer
        if rrset.rdtype == dns.rdatatype.CNAME and rrset
    }
    name = question.name
    for _ in range(MOST_ALIASES + 1):
        if name not in targets:
            return
        name = targets[name]
        yield name


def _authority(response: Any) -> tuple[str, float]:
    """Return the zone, and the seconds that a negative answer lasts (RFC 2308 section 5)."""
    for rrset in (*response.answer, *response.authority):
        if rrset.rdtype == dns.rdatatype.SOA and rrset:
            return _text(rrset.name), float(min(rrset.ttl, rrset[0].minimum))
    return "", 0.0


def value_of(data: Any) -> str:
    """Return a record's value in the form of `RecordSet`; of a text, a character for each byte."""
    if hasattr(data, "strings"):
        return b"".join(data.strings).decode("latin-1")
    if hasattr(data, "preference"):
        return f"{data.preference} {_text(data.exchange)}"
    if hasattr(data, "target"):
        return _text(data.target)
    return re.sub(r"\s+", " ", data.to_text())


def _text(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower()
