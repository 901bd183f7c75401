"""Findings: what rules noticed. Some are only shown, errors stop a plan."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.lint import Ignore
from reconciler.model.origin import Origin

POLICY = "policy/"
"""The beginning of the rule of a finding that a policy made."""
POLICY_ERROR = "policy-error"
"""The rule of a policy that could not be evaluated, which counts as a violation."""
IMPORTED_PEOPLE = "import-personal-data"
"""The rule of numbers of people that an import wrote."""
POSSIBLE_DUPLICATE = "possible-duplicate"
"""The rule of a finding about a live object that a lost answer may have left."""
NOTHING_OWNED = "nothing-owned"
"""The rule of a state that owns nothing, though manifests have resources, when drift is sought."""
REVIEW_PENDING = "review-pending"
"""The rule of an object that the provider's reviewers have not decided on yet."""
REVIEW_REJECTED = "review-rejected"
"""The rule of an object that the reviewers have rejected, so that it is out of service."""
DOMAIN_UNVERIFIED = "domain-unverified"
"""The rule of a sender domain that its provider does not call verified."""
STATE_KEY_IN_STORE = "state-key-in-store"
"""The rule of a shared state whose key is stored beside the secrets that it seals."""
STATE_REKEY_DUE = "state-rekey-due"
"""The rule of a shared state that is not, or not wholly, encrypted as the project says."""
UNDELIVERED = "secret-undelivered"
"""The rule of a secret that is missing where it was delivered and cannot be read again."""


class Severity(StrEnum):
    """How bad a finding is. An error stops apply."""

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
    """The provider would refuse to write this resource: an error if a plan writes it."""
    policy: str = ""
    """The name of the policy that made it; empty for a lint rule."""
    overridable: bool = False
    """The policy may be overridden if a reason is given."""
    fix: str = ""
    """What to do about it, unless the message says so."""
    ignored: Ignore | None = None
    """The manifest's entry that ignores it: it is shown, but neither counts nor stops a plan."""

    @property
    def counts_as(self) -> Severity | None:
        """Return how bad it is; `None` if it is ignored."""
        return self.severity if self.ignored is None else None


def ignored_words(finding: Finding) -> str:
    """Return why and until when a finding is ignored; empty if it is not."""
    if finding.ignored is None:
        return ""
    until = f", until {finding.ignored.until}" if finding.ignored.until else ""
    return f"{finding.ignored.reason.rstrip('.')}{until}"


def with_fix(finding: Finding) -> str:
    """Return the message of a finding, and what to do about it."""
    return f"{finding.message}. {finding.fix}" if finding.fix else finding.message


def in_one_line(finding: Finding) -> str:
    """Return a finding in one line: its address, if there is one, its message, what to do."""
    words, about = with_fix(finding), about_words(finding)
    return f"{about}: {words}" if about else words


def about_words(finding: Finding) -> str:
    """Return the address that a finding is about; empty if its message begins with the address."""
    about = str(finding.address or "")
    return "" if finding.message.startswith(about) else about
