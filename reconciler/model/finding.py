"""What a rule noticed: a note beside the plan, or a reason to refuse it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.lint import Ignore
from reconciler.model.origin import Origin

POLICY = "policy/"
"""Begins the rule of a finding that a policy, and no lint rule, made."""
POLICY_ERROR = "policy-error"
"""The rule of a policy that could not be evaluated, which counts as a violation."""
IMPORTED_PEOPLE = "import-personal-data"
"""The rule of numbers of people that an import wrote."""
POSSIBLE_DUPLICATE = "possible-duplicate"
"""The rule of a finding about a live object that a lost answer may have left."""
NOTHING_OWNED = "nothing-owned"
"""The rule of a search for drift in a state that owns nothing, though manifests have resources."""
REVIEW_PENDING = "review-pending"
"""The rule of something that the provider's reviewers have not looked at yet."""
REVIEW_REJECTED = "review-rejected"
"""The rule of something that they have rejected: it is out of service."""
DOMAIN_UNVERIFIED = "domain-unverified"
"""The rule of a sender domain that its provider does not call verified."""
STATE_KEY_IN_STORE = "state-key-in-store"
"""The rule of a shared state whose key lies beside what it seals."""
STATE_REKEY_DUE = "state-rekey-due"
"""The rule of a shared state that is not encrypted as the project says, or not all of it."""
UNDELIVERED = "secret-undelivered"
"""The rule of a delivered secret that is not where it was delivered and cannot be read again."""


class Severity(StrEnum):
    """How bad a finding is. An error refuses apply."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(Struct, frozen=True, kw_only=True):
    """Something a rule noticed about a manifest or a live account."""

    severity: Severity
    rule: str
    """The rule's stable id, for example `nhn-sender-unregistered`."""
    message: str
    address: Address | None = None
    origin: Origin | None = None
    refuses_writes: bool = False
    """The provider is known to refuse writing that resource: an error where a plan writes it."""
    policy: str = ""
    """The name of the policy that made it; empty for a lint rule."""
    overridable: bool = False
    """That policy may be passed over with a reason."""
    fix: str = ""
    """What to do about it, where the message does not say."""
    ignored: Ignore | None = None
    """Its manifest says that it is meant so: told, and neither counted nor an obstacle."""

    @property
    def counts_as(self) -> Severity | None:
        """Return how bad it is; `None` where it is ignored."""
        return self.severity if self.ignored is None else None


def ignored_words(finding: Finding) -> str:
    """Return why a finding is ignored, and until when; nothing of one that is not."""
    if finding.ignored is None:
        return ""
    until = f", until {finding.ignored.until}" if finding.ignored.until else ""
    return f"{finding.ignored.reason.rstrip('.')}{until}"


def with_fix(finding: Finding) -> str:
    """Return what a finding says, and what to do about it."""
    return f"{finding.message}. {finding.fix}" if finding.fix else finding.message


def said(finding: Finding) -> str:
    """Return a finding as one line: of what it is, where that is known, and what it says."""
    words, about = with_fix(finding), about_words(finding)
    return f"{about}: {words}" if about else words


def about_words(finding: Finding) -> str:
    """Return the address of what a finding is about; nothing where its message begins with it."""
    about = str(finding.address or "")
    return "" if finding.message.startswith(about) else about
