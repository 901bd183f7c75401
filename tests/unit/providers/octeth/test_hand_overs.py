"""Rows of state after events have changed hands, as seen without a server."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Account, Resource
from reconciler.providers.octeth.kinds import KINDS
from reconciler.providers.octeth.webhooks import Webhooks
from reconciler.providers.task import Scope

URL = "https://x/"
ONE, TWO = (Address("mail", "Webhook", name) for name in ("one", "two"))


def owned(address, *events, domain="1", **more):
    return OwnedObject(
        address=address,
        remote_id=f"{domain}|{events[0]}|{URL}",
        applied={"domain": {"id": domain}, "events": list(events), "url": URL},
        extra={
            "domainId": domain,
            "parts": {f"{event}|{URL}": f"{address.name}-{event}" for event in events},
        },
        **more,
    )


def wanted(address, *events, domain="1"):
    spec = {"domain": {"id": domain}, "events": list(events), "url": URL}
    return Resource(address=address, spec=spec)


def find(desired, rows):
    account = Account(name="mail", type="octeth")
    return Webhooks(KINDS["Webhook"], account, None).hand_over(
        Scope(kinds=frozenset(), desired={"Webhook": desired}, owned={"Webhook": rows})
    )


def test_an_id_goes_along_with_its_event():
    found = find(
        [wanted(ONE, "delivery"), wanted(TWO, "bounce", "open")],
        [owned(ONE, "delivery", "bounce"), owned(TWO, "open")],
    )
    one, two = found.rows[ONE], found.rows[TWO]
    assert one.extra["parts"] == {f"delivery|{URL}": "one-delivery"}
    assert two.extra["parts"] == {f"open|{URL}": "two-open", f"bounce|{URL}": "one-bounce"}
    assert (one.applied["events"], two.applied["events"]) == (["delivery"], ["bounce", "open"])


def test_what_is_only_inferred_to_be_ours_stays_so():
    found = find([wanted(TWO, "bounce")], [owned(ONE, "bounce", provenance=Provenance.INFERRED)])
    assert found.rows[ONE] is None
    assert found.rows[TWO].provenance is Provenance.INFERRED


def test_what_two_own_is_given_up_by_one_and_not_lost_by_the_other():
    rows = [owned(ONE, "delivery", "bounce"), owned(TWO, "bounce")]
    found = find([wanted(ONE, "delivery"), wanted(TWO, "bounce")], rows)
    assert list(found.rows[ONE].extra["parts"]) == [f"delivery|{URL}"]
    assert found.rows[TWO] == rows[1]


def test_a_row_that_owes_something_to_others_outlives_its_last_event():
    row = owned(ONE, "bounce")
    row = replace(row, extra={**row.extra, "restore": {f"click|{URL}": "7"}})
    found = find([wanted(TWO, "bounce")], [row])
    assert found.rows[ONE].extra == {"domainId": "1", "parts": {}, "restore": {f"click|{URL}": "7"}}
    assert found.rows[ONE].applied["events"] == []


def test_nothing_changes_hands_between_domains_or_while_it_is_still_wanted():
    rows = [owned(ONE, "delivery", "bounce"), owned(TWO, "open", domain="2")]
    assert find([wanted(ONE, "delivery"), wanted(TWO, "bounce", domain="2")], rows).rows == {}
    assert find([wanted(ONE, "delivery"), wanted(TWO, "bounce")], rows).rows == {}
    assert find([wanted(TWO, "bounce"), wanted(ONE, "bounce", "delivery")], rows[:1]).rows == {}
    assert find([], rows).rows == {}
