"""Decides whether a canary is to be sent now: a pure function. The first row that holds counts.

| # | what holds | then |
|---|---|---|
| 1 | the latest sending is undecided and was not looked for in this run | look for it first |
| 2 | nothing may be sent (`--no-send`, not enabled) | skip |
| 3 | it passed within `atMostEveryHours`, and object and recipient are unchanged | skip |
| 4 | the latest sending is less than an hour old and still undecided | skip |
| 5 | it is advertising, and it is night | skip |
| 6 | the day's or the month's budget is used up | skip |
| 7 | otherwise | send |

`--all` ignores rows 3 and 4. A canary that failed may be sent again at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, timezone

from msgspec import Struct

from reconciler.model.canary import Canary
from reconciler.model.resource import CanaryBudget
from reconciler.model.verification import CanarySend, CheckStatus

DAY = 24 * 3600.0
MONTH = 30 * DAY
AGAIN_AFTER = 3600.0
"""Seconds after which an undecided canary may be sent again."""
KST = timezone(timedelta(hours=9), "KST")
"""Korea Standard Time, all year."""
QUIET_FROM, QUIET_UNTIL = time(20, 50), time(8, 10)
"""The hours without advertising: 21:00 to 08:00 by Korea's Act on Promotion of Information and
Communications Network Utilization (article 50), with ten minutes to spare on either side."""


class SendOptions(Struct, frozen=True, kw_only=True):
    """What the command line says about sending."""

    send: bool = True
    everything: bool = False
    """`--all`: send canaries that are not due, too."""


class Standing(Struct, frozen=True, kw_only=True):
    """What the decision about a canary is based on."""

    canary: Canary
    budget: CanaryBudget
    past: Sequence[CanarySend]
    """The sendings of this canary, the oldest first."""
    sent: Sequence[float]
    """The times at which the account sent any canary: wall clock, seconds."""
    object_digest: str
    recipient_digest: str
    advertising: bool
    """The text is advertising, which the law forbids to send at night."""
    now: float
    """Wall clock, seconds."""


class Send(Struct, frozen=True, kw_only=True):
    """Send the canary."""


class Skip(Struct, frozen=True, kw_only=True):
    """Do not send the canary."""

    reason: str


class LookFor(Struct, frozen=True, kw_only=True):
    """Find out first what became of an earlier sending."""

    earlier: CanarySend


Decision = Send | Skip | LookFor


def decide(standing: Standing, options: SendOptions, *, looked: bool = False) -> Decision:
    """Return what to do with a canary.

    `looked` says that an undecided sending was looked for just now.
    """
    latest = standing.past[-1] if standing.past else None
    undecided = latest is not None and latest.status is CheckStatus.UNDECIDED
    if latest is not None and undecided and not looked:
        return LookFor(earlier=latest)
    reasons = (
        _forbidden(standing, options),
        _recent(standing, latest) if latest is not None and not options.everything else "",
        _quiet(standing),
        _spent(standing),
    )
    reason = next(filter(None, reasons), "")
    return Skip(reason=reason) if reason else Send()


def _forbidden(standing: Standing, options: SendOptions) -> str:
    if not options.send:
        return "--no-send"
    if not standing.budget.enabled:
        provider = standing.canary.address.provider
        return f"not enabled: spec.canaries.enabled of Provider {provider}"
    return ""


def _recent(standing: Standing, latest: CanarySend) -> str:
    """Say why the latest sending makes another one needless for now; empty if it does not."""
    age = standing.now - latest.sent_at
    if latest.status is CheckStatus.UNDECIDED and age < AGAIN_AFTER:
        return f"sent {_ago(age)} and undecided; again an hour after that, or with --all"
    same = (latest.object_digest, latest.recipient_digest) == (
        standing.object_digest,
        standing.recipient_digest,
    )
    every = standing.canary.at_most_every_hours * 3600
    if latest.status is CheckStatus.PASSED and same and age < every:
        return f"not due: passed {_ago(age)}"
    return ""


def _quiet(standing: Standing) -> str:
    if not standing.advertising:
        return ""
    clock = datetime.fromtimestamp(standing.now, UTC).astimezone(KST).time()
    if QUIET_UNTIL <= clock < QUIET_FROM:
        return ""
    return "quiet hours: no advertising from 20:50 to 08:10 KST"


def _spent(standing: Standing) -> str:
    for seconds, most, word in (
        (DAY, standing.budget.per_day, "perDay"),
        (MONTH, standing.budget.per_month, "perMonth"),
    ):
        if sum(standing.now - at < seconds for at in standing.sent) >= most:
            return f"budget: spec.canaries.{word} of {most} is used up"
    return ""


def _ago(seconds: float) -> str:
    minutes = int(max(0.0, seconds) // 60)
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''} ago"
    return f"{minutes // 60} hours ago"
