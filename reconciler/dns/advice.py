"""What an experienced mail engineer would say about the records in DNS."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from cryptography.hazmat.primitives.serialization import load_der_public_key

from reconciler.dns.queries import MOST_ALIASES, Outcome
from reconciler.dns.servers import Resolving
from reconciler.dns.spf import extended, together
from reconciler.dns.spf_count import MOST_LOOKUPS, MOST_VOIDS, SpfCount
from reconciler.dns.spf_mending import needed_spf, spf_of
from reconciler.dns.suffixes import registered_domain
from reconciler.dns.texts import Purpose, purpose, tags
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.zones import Looked, RecordType

_SHORTEST_KEY = 1024
"""Bits of a DKIM key (RFC 8301 section 3.2); some mail providers require 2048."""


class Advice:
    """Finds problems of records, asking resolvers further questions."""

    def __init__(self, resolving: Resolving) -> None:
        self._ask = resolving.ask

    async def all(self, looked: Sequence[Looked], names: Mapping[Address, str]) -> list[Finding]:
        """Return findings on records, and on the DMARC records of the domains `names`."""
        found = [finding for record in looked for finding in _alias(record)]
        for record in looked:
            found += [finding async for finding in self._spf(record)]
            found += [finding async for finding in self._dkim(record)]
        for address, name in names.items():
            found += [finding async for finding in self._dmarc(address, name)]
        return found

    async def _spf(self, looked: Looked) -> AsyncIterator[Finding]:
        needed = needed_spf(looked.record)
        if not needed:
            return
        live, about = spf_of(looked), looked.record.fqdn
        if len(live) > 1:
            yield _record_finding(
                looked,
                Severity.ERROR,
                "spf-multiple",
                f"{about} has {len(live)} SPF records, so that receivers take none of them",
            )
        count = SpfCount(self._ask)
        text = extended(together(live) if len(live) > 1 else live[0], [needed]) if live else needed
        await count.count(about, text)
        for severity, rule, problem in _count_problems(count):
            yield _record_finding(looked, severity, rule, f"the SPF record of {about} {problem}")

    async def _dkim(self, looked: Looked) -> AsyncIterator[Finding]:
        record = looked.record
        if "._domainkey." not in record.fqdn or record.type not in {
            RecordType.TXT,
            RecordType.CNAME,
        }:
            return
        reply = await self._ask(record.fqdn, "TXT")
        if reply.outcome is Outcome.ENDLESS:
            message = f"{record.fqdn} is an alias that leads nowhere: {' → '.join(reply.chain)}"
            yield _record_finding(looked, Severity.ERROR, "cname-chain", message)
        for bits in filter(None, map(_bits, reply.values)):
            if bits <= _SHORTEST_KEY:
                severity = Severity.ERROR if bits < _SHORTEST_KEY else Severity.INFO
                message = f"the DKIM key at {record.fqdn} has {bits:,} bits; 2,048 are usual"
                yield _record_finding(looked, severity, "dkim-key-short", message)

    async def _dmarc(self, address: Address, name: str) -> AsyncIterator[Finding]:
        for domain in dict.fromkeys((name, registered_domain(name))):
            reply = await self._ask(f"_dmarc.{domain}", "TXT")
            if not reply.conclusive:
                return
            for text in reply.values:
                if purpose("", text) is Purpose.DMARC:
                    if tags(text).get("p", "").casefold() == "none":
                        message = f"the DMARC record of {domain} asks receivers for nothing: p=none"
                        yield _finding(address, Severity.INFO, "dmarc-none", message)
                    return
        message = f"{name} has no DMARC record, nor has its organisation: add _dmarc.{name} TXT"
        yield _finding(address, Severity.WARNING, "dmarc-missing", message)


def _count_problems(count: SpfCount) -> Iterator[tuple[Severity, str, str]]:
    if count.circle:
        yield Severity.ERROR, "spf-loop", f"includes {count.circle} in a circle"
    elif count.lookups > MOST_LOOKUPS:
        message = (
            f"takes {count.lookups} look-ups; receivers make {MOST_LOOKUPS} and then take none"
        )
        yield Severity.ERROR, "spf-lookups", message
    elif count.lookups >= MOST_LOOKUPS - 1:
        message = f"takes {count.lookups} look-ups of the {MOST_LOOKUPS} that receivers make"
        yield Severity.WARNING, "spf-lookups", message
    if count.voids > MOST_VOIDS:
        message = f"leads {count.voids} times to nothing; receivers bear it {MOST_VOIDS} times"
        yield Severity.WARNING, "spf-void", message


def _alias(looked: Looked) -> Iterator[Finding]:
    """Yield findings on aliases of a record's name, and on wrongly joined texts."""
    fqdn = looked.record.fqdn
    chain = next((each.chain for each in looked.servers if each.chain), ())
    if len(chain) >= MOST_ALIASES:
        message = f"{fqdn} is an alias that leads nowhere: {' → '.join(chain)}"
        yield _record_finding(looked, Severity.ERROR, "cname-chain", message)
    elif chain:
        message = (
            f"{fqdn} is an alias of {' → '.join(chain)}: whoever has that decides what it says"
        )
        yield _record_finding(looked, Severity.WARNING, "cname-chain", message)
    if any(each.joined for each in looked.servers):
        message = (
            f"the text at {fqdn} is there, but with quotes or spaces between its parts: enter it "
            "as one text"
        )
        yield _record_finding(looked, Severity.WARNING, "txt-joined", message)


def _bits(text: str) -> int | None:
    """Return the bits of the RSA key in a DKIM record; `None` for any other text."""
    found = tags(text)
    if found.get("k", "rsa").casefold() != "rsa" or not found.get("p"):
        return None
    try:
        key = load_der_public_key(b64decode(found["p"], validate=True))
    except (ValueError, binascii.Error, TypeError):
        return None
    return getattr(key, "key_size", None)


def _record_finding(looked: Looked, severity: Severity, rule: str, message: str) -> Finding:
    return _finding(looked.record.needed_by[0], severity, rule, message)


def _finding(address: Address, severity: Severity, rule: str, message: str) -> Finding:
    return Finding(severity=severity, rule=rule, address=address, message=message)
