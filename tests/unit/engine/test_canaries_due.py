"""Whether a canary is sent now: a row a case."""

from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from reconciler.engine.verifying.due import LookFor, Send, SendOptions, Skip, Standing, decide
from reconciler.model.address import Address
from reconciler.model.canary import Canary, Channel
from reconciler.model.resource import CanaryBudget
from reconciler.model.secret_source import SecretSource
from reconciler.model.verification import CanarySend, CheckStatus

KST = timezone(timedelta(hours=9))
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=KST).timestamp()
HOUR = 3600
CANARY = Canary(
    address=Address("nhn", "Canary", "welcome"),
    of=Address("nhn", "Template", "welcome"),
    channel=Channel.SMS,
    to=SecretSource(from_env="PHONE"),
)
PASSED, FAILED, UNDECIDED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNDECIDED


def sent(ago, status, *, object_digest="object", recipient_digest="recipient"):
    return CanarySend(
        op_id=f"op-{ago}",
        canary=CANARY.address,
        object_digest=object_digest,
        recipient_digest=recipient_digest,
        sent_at=NOON - ago,
        status=status,
    )


STANDING = Standing(
    canary=CANARY,
    budget=CanaryBudget(enabled=True),
    past=(),
    sent=(),
    object_digest="object",
    recipient_digest="recipient",
    advertising=False,
    now=NOON,
)


def at(hour, minute):
    return datetime(2026, 11, 28, hour, minute, tzinfo=KST).timestamp()


CASES = {
    "never sent": ({}, SendOptions(), None),
    "not enabled": (
        {"budget": CanaryBudget()},
        SendOptions(),
        "spec.canaries.enabled of Provider nhn",
    ),
    "not enabled, whatever is wished": (
        {"budget": CanaryBudget()},
        SendOptions(everything=True),
        "not enabled",
    ),
    "--no-send": ({}, SendOptions(send=False), "--no-send"),
    "passed yesterday": ({"past": [sent(25 * HOUR, PASSED)]}, SendOptions(), None),
    "passed today": (
        {"past": [sent(5 * HOUR, PASSED)]},
        SendOptions(),
        "not due: passed 5 hours ago",
    ),
    "passed today, all wished": (
        {"past": [sent(5 * HOUR, PASSED)]},
        SendOptions(everything=True),
        None,
    ),
    "passed today, the object changed since": (
        {"past": [sent(HOUR, PASSED, object_digest="other")]},
        SendOptions(),
        None,
    ),
    "passed today, to somebody else": (
        {"past": [sent(HOUR, PASSED, recipient_digest="other")]},
        SendOptions(),
        None,
    ),
    "failed a minute ago": ({"past": [sent(60, FAILED)]}, SendOptions(), None),
    "undecided a minute ago": (
        {"past": [sent(60, UNDECIDED)]},
        SendOptions(),
        "undecided; again an hour",
    ),
    "undecided a minute ago, all wished": (
        {"past": [sent(60, UNDECIDED)]},
        SendOptions(everything=True),
        None,
    ),
    "undecided an hour ago": ({"past": [sent(HOUR, UNDECIDED)]}, SendOptions(), None),
    "the day is used up": (
        {"sent": [NOON - hours * HOUR for hours in (1, 2, 3, 4, 23)]},
        SendOptions(everything=True),
        "perDay of 5",
    ),
    "the day has room": (
        {"sent": [NOON - hours * HOUR for hours in (1, 2, 3, 4, 25)]},
        SendOptions(),
        None,
    ),
    "the month is used up": (
        {"sent": [NOON - days * 24 * HOUR for days in range(1, 30)] * 3},
        SendOptions(),
        "perMonth of 60",
    ),
    "nothing may be sent in a day": (
        {"budget": CanaryBudget(enabled=True, per_day=0)},
        SendOptions(),
        "perDay of 0",
    ),
    "advertising at 20:49": ({"advertising": True, "now": at(20, 49)}, SendOptions(), None),
    "advertising at 20:50": (
        {"advertising": True, "now": at(20, 50)},
        SendOptions(),
        "quiet hours",
    ),
    "advertising at night": (
        {"advertising": True, "now": at(3, 0)},
        SendOptions(everything=True),
        "quiet hours",
    ),
    "advertising at 8:09": ({"advertising": True, "now": at(8, 9)}, SendOptions(), "quiet hours"),
    "advertising at 8:10": ({"advertising": True, "now": at(8, 10)}, SendOptions(), None),
    "receipts of purchases at night": ({"now": at(3, 0)}, SendOptions(), None),
}


@pytest.mark.parametrize(("changes", "options", "reason"), CASES.values(), ids=CASES)
def test_a_canary_is_sent_or_left_with_the_reason(changes, options, reason):
    decision = decide(replace(STANDING, **changes), options, looked=True)
    if reason is None:
        assert decision == Send()
    else:
        assert isinstance(decision, Skip)
        assert reason in decision.reason


@pytest.mark.parametrize(
    "options", [SendOptions(), SendOptions(everything=True), SendOptions(send=False)]
)
def test_what_became_of_an_undecided_one_is_looked_for_before_anything_else(options):
    earlier = sent(60, UNDECIDED)
    standing = replace(STANDING, past=[sent(HOUR * 3, PASSED), earlier])
    assert decide(standing, options) == LookFor(earlier=earlier)
