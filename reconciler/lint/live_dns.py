"""Descriptions of the rules that `dns` and drift apply to DNS records of sender domains."""

from __future__ import annotations

from reconciler.model.finding import DOMAIN_UNVERIFIED, Severity
from reconciler.model.zones import CONFLICT, INVALID, MISSING
from reconciler.providers.rule import LiveRule

_DNS = "docs/dns.md"
_SPF = "RFC 7208"
_LOOKUPS = f"{_SPF}, section 4.6.4"
_DMARC = "RFC 7489"

DNS: tuple[LiveRule, ...] = (
    LiveRule(
        DOMAIN_UNVERIFIED,
        Severity.INFO,
        "A sender domain waits for its DNS records, or for its provider to find them.",
        _DNS,
    ),
    LiveRule(
        MISSING,
        Severity.WARNING,
        "Nobody has told yet which DNS records a sender domain needs: `reconciler apply` makes the "
        "domain, `reconciler dns --refresh` asks about one that is made.",
        _DNS,
    ),
    LiveRule(
        CONFLICT,
        Severity.ERROR,
        "A DNS record cannot stand where it is wanted: beside a CNAME, as a second one of its "
        "kind, or as a wildcard. It is left out until somebody chooses.",
        "RFC 1034, section 3.6.2",
    ),
    LiveRule(
        INVALID,
        Severity.ERROR,
        "What a provider calls a DNS record can be none: its name or its target is no host name, "
        "its type is unknown, or its text holds what no zone can.",
        "RFC 1035, section 2.3",
    ),
    LiveRule(
        "spf-multiple",
        Severity.ERROR,
        "A name has several SPF records, so that receivers take none of them. Make them one.",
        f"{_SPF}, section 4.5",
    ),
    LiveRule(
        "spf-lookups",
        Severity.ERROR,
        "An SPF record takes more than ten look-ups, so that receivers take it for broken; a "
        "warning from nine on. Take out an `include` that nobody needs, or name addresses.",
        _LOOKUPS,
    ),
    LiveRule(
        "spf-void",
        Severity.WARNING,
        "An SPF record names more than two things that are not in DNS.",
        _LOOKUPS,
    ),
    LiveRule(
        "spf-loop",
        Severity.ERROR,
        "An SPF record includes itself, by way of others.",
        f"{_SPF}, section 4.6.4",
    ),
    LiveRule(
        "dmarc-missing",
        Severity.WARNING,
        "A sender domain has no DMARC record, nor has its organisation: large receivers of mail "
        "want one of whoever sends much.",
        _DMARC,
    ),
    LiveRule(
        "dmarc-none",
        Severity.INFO,
        "A DMARC record asks receivers for nothing (`p=none`): good for a beginning.",
        f"{_DMARC}, section 6.3",
    ),
    LiveRule(
        "dkim-key-short",
        Severity.ERROR,
        "A DKIM key has less than 1,024 bits, which receivers take no more; a note at 1,024.",
        "RFC 8301, section 3.2",
    ),
    LiveRule(
        "txt-joined",
        Severity.WARNING,
        "A text is in DNS with quotes or spaces between its parts, as it was pasted in pieces.",
        "RFC 7208, section 3.3",
    ),
    LiveRule(
        "cname-chain",
        Severity.WARNING,
        "A record's name is an alias of other names: whoever has those decides what it says. An "
        "error where that leads nowhere.",
        "RFC 1034, section 3.6.2",
    ),
)
