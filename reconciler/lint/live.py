"""What only a plan or drift can find, because it takes the account or the state to see it."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.finding import POSSIBLE_DUPLICATE, UNDELIVERED, Severity

_SENDERS = "API guide, error codes -2312 and -2313, and the list of sender numbers"
_DELIVERY = "README.md, Secrets"


class LiveRule(Struct, frozen=True):
    """A rule that is applied while live state is read, by the provider or the engine."""

    id: str
    severity: Severity
    summary: str
    source: str
    types: tuple[str, ...] = ()
    """The provider types it is about; none means all."""


_NHN, _OCTETH, _SURENOTIFY = ("nhncloud-sms",), ("octeth",), ("surenotify",)
_WARNING, _INFO = Severity.WARNING, Severity.INFO

LIVE_RULES: tuple[LiveRule, ...] = (
    LiveRule(
        "nhn-sender-unregistered",
        _WARNING,
        "A template's sender number is not registered at the account: its messages are refused.",
        _SENDERS,
        _NHN,
    ),
    LiveRule(
        "nhn-sender-blocked",
        _WARNING,
        "A template's sender number is registered and blocked: its messages are refused.",
        _SENDERS,
        _NHN,
    ),
    LiveRule(
        "nhn-sender-disabled",
        _WARNING,
        "A template's sender number is registered and switched off: its messages are refused.",
        _SENDERS,
        _NHN,
    ),
    LiveRule(
        "nhn-sender-unchecked",
        _INFO,
        "The list of sender numbers could not be read, so that no template's sender was checked.",
        _SENDERS,
        _NHN,
    ),
    LiveRule(
        "octeth-dns-pending",
        _INFO,
        "A sender domain is not verified yet: its DNS records must be published.",
        "API, Sender Domain Management",
        _OCTETH,
    ),
    LiveRule(
        "octeth-domain-missing",
        _WARNING,
        "What a manifest puts at a sender domain cannot be: the server has no such domain.",
        "API, Sender Domain Management",
        _OCTETH,
    ),
    LiveRule(
        "octeth-domain-inactive",
        _WARNING,
        "The server has suspended, blocked or switched off a sender domain: nothing is sent from "
        "it, whatever its DNS records are.",
        "API, error 32 of sending",
        _OCTETH,
    ),
    LiveRule(
        "octeth-verification-lost",
        _WARNING,
        "A sender domain was verified and is not any more: nothing is sent from it.",
        "API, Sender Domain Management",
        _OCTETH,
    ),
    LiveRule(
        "octeth-one-key-per-domain",
        _WARNING,
        "Two manifests want an API key of one domain, where the server allows one.",
        "API, AddAPI; seen as “Duplicate entry” at newer servers",
        _OCTETH,
    ),
    LiveRule(
        "surenotify-dns-pending",
        _INFO,
        "A sender domain sends only once its records are published in DNS.",
        "API, Domain",
        _SURENOTIFY,
    ),
    LiveRule(
        "surenotify-verification-lost",
        _WARNING,
        "A sender domain's records were published and are not any more.",
        "API, Domain",
        _SURENOTIFY,
    ),
    LiveRule(
        "surenotify-domain-unreadable",
        _WARNING,
        "The one request that reads a domain tells nothing of one that was made.",
        "API, Domain",
        _SURENOTIFY,
    ),
    LiveRule(
        "surenotify-shared-event",
        _WARNING,
        "Another domain has a webhook of the same event: deleting ours would delete both.",
        "API, Webhook",
        _SURENOTIFY,
    ),
    LiveRule(
        "surenotify-unknown-event",
        _INFO,
        "A live webhook is of a type that is not documented; it is left alone.",
        "API, Webhook",
        _SURENOTIFY,
    ),
    LiveRule(
        POSSIBLE_DUPLICATE,
        _WARNING,
        "A live object that nobody owns could be one that an earlier run made after all.",
        "README.md, What it promises",
    ),
    LiveRule(
        UNDELIVERED,
        _WARNING,
        "A delivered secret is not where it was put, or is another one there.",
        _DELIVERY,
    ),
    LiveRule(
        "secret-not-delivered",
        _WARNING,
        "A secret was made and could not be delivered to its sink.",
        _DELIVERY,
    ),
)
