"""Rows of state after slots have changed hands, as seen without a server."""

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Account, Resource
from reconciler.providers.surenotify.kinds import KINDS
from reconciler.providers.surenotify.webhooks import Webhooks
from reconciler.providers.task import Scope

A, B = "https://a.example/", "https://b.example/"
ONE, TWO = (Address("sure", "Webhook", name) for name in ("one", "two"))


def owned(address, *events, channel="email", url=A, **more):
    return OwnedObject(
        address=address,
        remote_id=f"{channel}/{address.name}",
        applied={"channel": channel, "events": list(events), "url": url},
        extra={"slots": {f"{channel}/{event}": url for event in events}},
        **more,
    )


def wanted(address, *events, channel="email", url=A):
    spec = {"channel": channel, "events": list(events), "url": url}
    return Resource(address=address, spec=spec)


def find(desired, rows):
    account = Account(name="sure", type="surenotify")
    return Webhooks(KINDS["Webhook"], account, None).hand_over(
        Scope(kinds=frozenset(), desired={"Webhook": desired}, owned={"Webhook": rows})
    )


def test_the_taker_has_a_slot_with_the_url_that_is_in_it():
    found = find(
        [wanted(ONE, "delivery"), wanted(TWO, "bounce", "open", url=B)],
        [owned(ONE, "delivery", "bounce"), owned(TWO, "open", url=B)],
    )
    one, two = found.rows[ONE], found.rows[TWO]
    assert one == owned(ONE, "delivery")
    assert two.extra["slots"] == {"email/open": B, "email/bounce": A}
    assert two.applied == {"channel": "email", "events": ["open", "bounce"], "url": A}
    assert [(part.source, part.target, part.part) for part in found.parts] == [
        (ONE, TWO, "email/bounce")
    ]


def test_a_url_that_was_not_noted_is_the_one_last_applied():
    row = OwnedObject(address=ONE, remote_id="email/one", applied=owned(ONE, "bounce").applied)
    found = find([wanted(TWO, "bounce", url=B)], [row])
    assert found.rows[ONE] is None
    assert found.rows[TWO] == owned(TWO, "bounce", url=A)


def test_what_is_only_inferred_to_be_ours_stays_so():
    found = find([wanted(TWO, "bounce")], [owned(ONE, "bounce", provenance=Provenance.INFERRED)])
    assert found.rows[TWO].provenance is Provenance.INFERRED


def test_what_two_own_is_given_up_by_one_and_not_lost_by_the_other():
    rows = [owned(ONE, "delivery", "bounce"), owned(TWO, "bounce", url=B)]
    found = find([wanted(ONE, "delivery"), wanted(TWO, "bounce", url=B)], rows)
    assert found.rows == {ONE: owned(ONE, "delivery"), TWO: rows[1]}


def test_nothing_changes_hands_between_channels_or_while_it_is_still_wanted():
    rows = [owned(ONE, "delivery", "bounce"), owned(TWO, "open", channel="sms")]
    assert find([wanted(ONE, "delivery"), wanted(TWO, "bounce", channel="sms")], rows).rows == {}
    assert find([wanted(ONE, "delivery"), wanted(TWO, "bounce")], rows).rows == {}
    assert find([wanted(TWO, "bounce"), wanted(ONE, "bounce", "delivery")], rows[:1]).rows == {}
    assert find([], rows).rows == {}
