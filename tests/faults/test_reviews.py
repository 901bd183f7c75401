"""What waits for a provider's reviewers: nothing is sent too early, and nothing is out of service
that need not be."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.model.result import DriftStatus, Status
from tests.support.project import actions, change_of, resource

SHOP = "el/Signature/shop"
SHIPPED = "el/Template/shipped"
MANUAL = {"engagelab-sms": {"review": "manual"}}
BODY = "Your order {order_no}"
WAIT = 3600
BEGUN = 1000
"""The clock of a new world."""


@pytest.fixture
def reviewed(make_lab):
    return make_lab(readings=MANUAL)


def template(body=BODY, *, beside=False, **spec):
    return resource(
        "Template",
        "shipped",
        lifecycle={"replace": "beside"} if beside else None,
        **{"category": "utility", "body": body, "countries": ["CN", "US"], **spec},
    )


def write(lab, *documents):
    lab.write(lab.provider("engagelab-sms"), *documents)


def console(lab):
    return lab.app.state.emulators["engagelab-sms"].console


def approve(lab):
    for row in console(lab).waiting():
        console(lab).approve(row["id"])


def reject(lab, remark):
    for row in console(lab).waiting():
        console(lab).reject(row["id"], remark)


def statuses(applied):
    return {str(result.address): result.status for result in applied.report.results}


def contents(lab):
    return [row["content"] for row in lab.rows("template")]


def in_service(lab, *documents):
    """Apply, and let it be approved."""
    write(lab, *documents)
    lab.try_apply()
    approve(lab)
    lab.apply()
    approve(lab)
    lab.apply()
    lab.requests.clear()


def quiet(lab):
    plan = lab.plan()
    assert (actions(plan), dict(plan.blocked)) == ({}, {})
    assert not lab.drift().drifted


# --- waiting ------------------------------------------------------------------------------------


def test_a_template_waits_for_its_signature_and_the_next_run_takes_it_up(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))
    plan = reviewed.plan()
    assert change_of(plan, SHIPPED).waits == ""  # it may be approved at once
    assert statuses(reviewed.try_apply()) == {SHOP: Status.DONE, SHIPPED: Status.WAITING}
    assert change_of(reviewed.plan(), SHIPPED).waits.startswith(f"it refers to {SHOP}, which is in")
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.WAITING}
    assert reviewed.writes == ["POST /engagelab-sms/v1/sign-configs"]
    approve(reviewed)
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.DONE}
    approve(reviewed)
    reviewed.apply()
    quiet(reviewed)


def test_a_template_whose_signature_was_rejected_waits_and_says_why(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))
    reviewed.try_apply()
    reject(reviewed, "no licence")
    plan = reviewed.plan()
    assert change_of(plan, SHIPPED).waits.endswith("which the review rejected: no licence")
    (finding,) = plan.findings
    assert (finding.rule, str(finding.address)) == ("review-rejected", SHOP)
    assert "no licence" in finding.message


def test_a_template_with_a_signature_that_nobody_manages_waits_for_it_too(reviewed):
    write(reviewed)
    made = reviewed.call("el", "POST", "/v1/sign-configs", json={"sign_name": "Theirs"})
    write(reviewed, template(signature={"id": made["sign_id"]}), resource("Signature", "other"))
    waits = change_of(reviewed.plan(), SHIPPED).waits
    assert waits == f"it refers to Signature {made['sign_id']}, which is in review"


def test_what_is_in_review_is_not_changed_until_that_is_over(reviewed):
    write(reviewed, template())
    reviewed.apply()
    write(reviewed, template("Order {order_no}"))
    change = change_of(reviewed.plan(), SHIPPED)
    assert (change.action.value, change.waits[:21]) == ("update", "its review is pending")
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.WAITING}
    assert reviewed.writes == ["POST /engagelab-sms/v1/template-configs"]
    approve(reviewed)
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.DONE}
    assert contents(reviewed) == ["Order {order_no}"]


def test_a_review_that_began_after_the_plan_makes_the_change_wait(reviewed):
    in_service(reviewed, template())
    write(reviewed, template("Order {order_no}"))
    known = reviewed.row(SHIPPED).remote_id

    def touched():
        store = reviewed.app.state.store
        (table,) = [t for name, t in store._tables.items() if name.endswith("/template")]
        table[known] = {**table[known], "status": 1, "due": None}

    applied = reviewed.apply_after(touched, approved=False)
    assert statuses(applied) == {SHIPPED: Status.WAITING}
    assert contents(reviewed) == [BODY]


def test_nothing_is_sent_to_review_again_without_a_difference(reviewed):
    in_service(reviewed, resource("Signature", "shop"), template(signature="shop"))
    documents = resource("Signature", "shop"), template(signature="shop", countries=["US", "CN"])
    write(reviewed, *documents)
    reviewed.apply()
    write(reviewed, documents[0], template(signature="shop", idTo={"file": "secrets/id"}))
    reviewed.apply()
    assert reviewed.writes == []
    assert reviewed.sinks() == {"id": reviewed.row(SHIPPED).remote_id.encode()}


def test_what_is_sent_to_review_first_is_judged_by_what_comes_of_that(reviewed):
    shop, shipped = resource("Signature", "shop"), template(signature="shop")
    write(reviewed, shop, shipped)
    reviewed.try_apply()
    reject(reviewed, "no licence.")
    write(reviewed, resource("Signature", "shop", displayName="The Shop"), shipped)
    change = change_of(reviewed.plan(), SHIPPED)
    assert (change.waits, change.notes) == ("", (f"is sent once {SHOP} is approved",))
    console(reviewed).review("instant")
    assert statuses(reviewed.try_apply()) == {SHOP: Status.DONE, SHIPPED: Status.DONE}


# --- rejected -----------------------------------------------------------------------------------


def test_a_rejected_template_is_drift_with_the_reviewers_remark_until_it_is_changed(reviewed):
    write(reviewed, template())
    reviewed.apply()
    reject(reviewed, "names no brand")
    report = reviewed.drift()
    (drift,) = report.drift
    assert report.drifted
    assert (drift.status, drift.reason) == (
        DriftStatus.DEGRADED,
        "its review rejected it: names no brand",
    )
    assert [each.rule for each in report.findings] == ["review-rejected"]
    write(reviewed, template("Shop: order {order_no}"))
    reviewed.apply()
    approve(reviewed)
    reviewed.apply()
    quiet(reviewed)


# --- waiting in one run ---------------------------------------------------------------------------


def test_a_run_can_wait_for_what_it_submits_and_for_what_depends_on_it(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))
    told = []

    def listener(event):
        if event.kind == "waiting":
            told.append(event.message)
            approve(reviewed)

    applied = reviewed.try_apply(wait_approval=WAIT, listener=listener)
    assert statuses(applied) == {SHOP: Status.DONE, SHIPPED: Status.DONE}
    assert [message.split()[-1] for message in told] == [SHOP, SHIPPED]
    assert reviewed.row(SHIPPED).extra["review"] == {"status": "approved"}
    quiet(reviewed)


def test_waiting_ends_when_its_time_is_up(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))
    applied = reviewed.try_apply(wait_approval=90)
    assert statuses(applied) == {SHOP: Status.DONE, SHIPPED: Status.WAITING}
    assert applied.by_address[SHOP].notes == ("its review is still pending after 90 s",)
    assert 90 <= reviewed.elapsed - BEGUN < 100


def test_waiting_ends_at_once_when_the_run_is_stopped(reviewed):
    write(reviewed, template())
    stop = asyncio.Event()
    applied = reviewed.try_apply(wait_approval=WAIT, stop=stop, listener=lambda _event: stop.set())
    assert statuses(applied) == {SHIPPED: Status.DONE}
    assert reviewed.elapsed - BEGUN < 60


def test_a_rejection_that_was_waited_for_is_a_failure(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))

    def listener(event):
        if event.kind == "waiting":
            reject(reviewed, "no licence")

    applied = reviewed.try_apply(wait_approval=WAIT, listener=listener)
    assert statuses(applied) == {SHOP: Status.FAILED, SHIPPED: Status.WAITING}
    assert applied.by_address[SHOP].error == "its review rejected it: no licence"
    assert reviewed.elapsed - BEGUN < WAIT / 2


# --- a new one beside the old ------------------------------------------------------------------------


def sink(lab):
    return lab.sinks()["id"].decode().strip()


@pytest.fixture
def served(reviewed):
    """A template in service, whose id was delivered."""
    in_service(reviewed, template(idTo={"file": "secrets/id"}))
    return reviewed


def changed(lab, body="Order {order_no}", **spec):
    write(lab, template(body, beside=True, idTo={"file": "secrets/id"}, **spec))


def test_the_old_one_stays_in_service_until_the_new_one_is_approved(served):
    old = served.row(SHIPPED).remote_id
    changed(served)
    change = change_of(served.plan(), SHIPPED)
    assert (change.action.value, change.create_first) == ("replace", True)
    assert change.notes == (f"deletes the replaced object {old} once the new one is approved",)
    assert statuses(served.try_apply()) == {SHIPPED: Status.WAITING}
    row = served.row(SHIPPED)
    assert (row.deposed, sink(served)) == ((old,), old)
    assert sorted(contents(served)) == ["Order {order_no}", BODY]
    assert not served.drift().drifted
    assert statuses(served.try_apply()) == {SHIPPED: Status.WAITING}
    approve(served)
    plan = served.plan()
    assert actions(plan) == {SHIPPED: "update"}
    assert plan.changes[0].waits == ""
    told = served.apply().by_address[SHIPPED].notes
    assert [note.split(" went to ")[0] for note in told] == ["its id"]
    assert contents(served) == ["Order {order_no}"]
    assert (sink(served), served.row(SHIPPED).deposed) == (row.remote_id, ())
    assert served.writes == [
        "POST /engagelab-sms/v1/template-configs",
        f"DELETE /engagelab-sms/v1/template-configs/{old}",
    ]
    quiet(served)


def test_one_run_can_wait_and_put_the_new_one_in_the_place_of_the_old(served):
    changed(served)

    def listener(event):
        if event.kind == "waiting":
            assert sink(served) == min(row["id"] for row in served.rows("template"))
            approve(served)

    applied = served.try_apply(wait_approval=WAIT, listener=listener)
    assert statuses(applied) == {SHIPPED: Status.DONE}
    assert contents(served) == ["Order {order_no}"]
    assert sink(served) == served.row(SHIPPED).remote_id
    quiet(served)


def test_with_an_instant_review_one_run_does_it_all(make_lab):
    lab = make_lab(readings={"engagelab-sms": {"review": "instant"}})
    in_service(lab, template(idTo={"file": "secrets/id"}))
    changed(lab)
    lab.apply()
    assert contents(lab) == ["Order {order_no}"]
    lab.apply()
    quiet(lab)


def test_a_rejected_new_one_is_changed_in_place_and_the_old_one_still_stays(served):
    old = served.row(SHIPPED).remote_id
    changed(served)
    served.try_apply()
    reject(served, "names no brand")
    plan = served.plan()
    assert plan.changes[0].waits.endswith("that the review rejected: names no brand")
    assert f"(id {old}) stays in service" in plan.findings[0].message
    assert statuses(served.try_apply()) == {SHIPPED: Status.WAITING}
    changed(served, "Shop: order {order_no}")
    assert actions(served.plan()) == {SHIPPED: "update"}
    assert statuses(served.try_apply()) == {SHIPPED: Status.WAITING}
    assert (served.row(SHIPPED).deposed, sink(served)) == ((old,), old)
    approve(served)
    served.apply()
    assert contents(served) == ["Shop: order {order_no}"]
    assert sink(served) == served.row(SHIPPED).remote_id
    quiet(served)


def test_a_signature_that_only_the_old_one_uses_stays_as_long(reviewed):
    shop = resource("Signature", "shop")
    news = resource("Signature", "news")
    in_service(reviewed, shop, news, template(signature="shop"))
    write(reviewed, news, template(signature="news", beside=True))
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.WAITING, SHOP: Status.WAITING}
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.WAITING, SHOP: Status.WAITING}
    approve(reviewed)
    assert statuses(reviewed.try_apply()) == {SHIPPED: Status.DONE, SHOP: Status.DONE}
    quiet(reviewed)


def test_wherever_a_run_dies_the_old_one_serves_until_the_new_one_can(served):
    old = served.row(SHIPPED).remote_id
    changed(served)

    def check(restarted):
        restarted.try_apply()
        assert sorted(contents(restarted)) == ["Order {order_no}", BODY]
        assert (restarted.row(SHIPPED).deposed, sink(restarted)) == ((old,), old)
        approve(restarted)
        restarted.converge(runs=2)
        assert contents(restarted) == ["Order {order_no}"]
        assert sink(restarted) == restarted.row(SHIPPED).remote_id

    served.crash_everywhere(served.try_apply, check, effects=3)


def test_wherever_a_run_dies_that_takes_over_something_approved_is_there(served):
    changed(served)
    served.try_apply()
    approve(served)

    def check(restarted):
        assert sink(restarted) in {row["id"] for row in restarted.rows("template")}
        restarted.converge(runs=2)
        assert contents(restarted) == ["Order {order_no}"]
        assert sink(restarted) == restarted.row(SHIPPED).remote_id

    served.crash_everywhere(served.try_apply, check, effects=3)


def test_wherever_a_waiting_run_dies_the_next_one_gets_to_the_same_end(reviewed):
    write(reviewed, resource("Signature", "shop"), template(signature="shop"))

    def listener(event):
        if event.kind == "waiting":
            approve(reviewed)

    def check(restarted):
        for _ in range(3):
            restarted.try_apply()
            approve(restarted)
        restarted.converge()
        assert contents(restarted) == [BODY]

    work = lambda: reviewed.try_apply(wait_approval=WAIT, listener=listener)  # noqa: E731
    reviewed.crash_everywhere(work, check)


def test_a_lost_answer_of_a_new_one_beside_the_old_is_no_second_new_one(served):
    old = served.row(SHIPPED).remote_id
    changed(served)
    served.faults(
        {"method": "POST", "path": "/v1/template-configs$", "nth": 1, "fault": "drop-after"}
    )
    assert statuses(served.try_apply()) == {SHIPPED: Status.WAITING}
    assert sorted(contents(served)) == ["Order {order_no}", BODY]
    assert served.row(SHIPPED).deposed == (old,)
    approve(served)
    served.converge(runs=2)
    assert contents(served) == ["Order {order_no}"]


# --- names that repeat ---------------------------------------------------------------------------


def test_two_templates_of_one_name_are_not_guessed_between(reviewed):
    write(reviewed)
    body = {
        "template_name": "shipped",
        "template_type": "utility",
        "template_content": BODY,
        "country_codes": "CN,US",
        "add_signature": False,
    }
    for _ in range(2):
        reviewed.call("el", "POST", "/v1/template-configs", json=body)
    reviewed.requests.clear()
    write(reviewed, template())
    (why,) = reviewed.plan().blocked.values()
    assert why.startswith("several live objects are shipped (ids ")
    assert reviewed.writes == []


# --- where the provider says no --------------------------------------------------------------------


def test_what_cannot_be_deleted_while_it_is_reviewed_waits_for_that(make_lab):
    lab = make_lab(readings={"engagelab-sms": {"review": "manual", "pending-delete": "refused"}})
    write(lab, template())
    lab.apply()
    write(lab)
    assert statuses(lab.try_apply()) == {SHIPPED: Status.WAITING}
    approve(lab)
    lab.apply()
    assert contents(lab) == []


def test_where_names_are_unique_the_old_one_stays_and_the_way_out_is_told(make_lab):
    lab = make_lab(readings={"engagelab-sms": {"review": "manual", "template-names": "unique"}})
    in_service(lab, template())
    changed(lab)
    applied = lab.try_apply()
    assert statuses(applied) == {SHIPPED: Status.FAILED}
    assert "another displayName" in applied.by_address[SHIPPED].hint
    assert contents(lab) == [BODY]
    changed(lab, displayName="shipped 2")
    assert statuses(lab.try_apply()) == {SHIPPED: Status.WAITING}
    approve(lab)
    lab.apply()
    assert contents(lab) == ["Order {order_no}"]


@pytest.mark.slow
def test_however_two_runs_die_what_a_sink_names_is_there_and_one_template_is_left(served):
    changed(served)

    def check(once):
        def again(twice):
            assert sink(twice) in {row["id"] for row in twice.rows("template")}
            for _ in range(3):
                for address, known in twice.asked(twice.try_apply()):
                    twice.resolve(address, adopt="" if known == "ID" else known)
                approve(twice)
            twice.converge()
            assert contents(twice) == ["Order {order_no}"]
            assert sink(twice) == twice.row(SHIPPED).remote_id

        approve(once)
        once.crash_everywhere(once.try_apply, again, effects=0)

    served.crash_everywhere(served.try_apply, check, effects=3)
