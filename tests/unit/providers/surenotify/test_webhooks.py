"""Webhooks: slots of channel and event, each changed alone."""

import asyncio

import httpx
import pytest

from reconciler.errors import NotSent, OutcomeUnknown, Rejected
from reconciler.model.journal import CreationClass, Verb
from tests.support import intents

A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
SHAPES = ["list", "wrapped", "data", "object", "none", "empty", "text"]
UNCLEAR = [
    httpx.Response(500, json={"success": False}),
    httpx.Response(200, text='{"success": tr'),
    httpx.Response(502, text="<html>"),
    httpx.ReadTimeout(""),
]


def observe(provider, scope):
    return asyncio.run(provider.observe(scope)).collections["Webhook"]


def live_of(provider, scope, name="hooks"):
    for live in observe(provider, scope).objects:
        if live.address is not None and live.address.name == name:
            return live
    return None


# --- observing --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [[], [(3, A)], [(3, A), (6, A)]])
def test_every_shape_of_a_list_is_read(provider, service, helpers, shape, rows):
    service.shape = shape
    service.rows["email"] = rows
    found = observe(provider, helpers.scope())
    assert found.complete
    names = {3: "email/delivery", 6: "email/bounce"}
    assert [part.key for part in found.parts] == [names[code] for code, _ in rows]
    assert len(service.log) == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"success": True}),
        httpx.Response(200, json={"message": "Internal server error"}),
        httpx.Response(200, json={"success": False}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='[{"type": 3, "url"'),
        httpx.Response(403, json={"message": "Forbidden"}),
        httpx.Response(404, text="<html>"),
        httpx.Response(500, json={"success": False}),
    ],
)
def test_a_list_that_cannot_be_understood_is_incomplete_and_never_empty(
    provider, service, helpers, answer
):
    service.hook = lambda service, method, path, _: (
        service.fault("GET", answer) if path == "/v1/sms/webhooks" else None
    )
    found = observe(provider, helpers.scope())
    assert (found.complete, found.objects) == (False, ())
    assert found.error.startswith("GET /v1/")
    assert "canary" not in found.error


def test_the_slots_a_manifest_wants_are_one_object(provider, service, helpers):
    service.rows["email"] = [(6, A), (3, A), (4, B)]
    service.rows["sms"] = [(3, C)]
    wanted = helpers.resource(helpers.hook(["delivery", "bounce"], A))
    found = observe(provider, helpers.scope(desired=[wanted]))
    mine, *others = found.objects
    assert mine.address == wanted.address
    assert mine.fields == helpers.hook(["delivery", "bounce"], A)
    assert mine.conflicts == ()
    assert mine.id == "email/hooks"
    assert [(one.address, one.fields) for one in others] == [
        (None, helpers.hook(["open"], B)),
        (None, helpers.hook(["delivery"], C, channel="sms")),
    ]
    assert [part.key for part in found.parts] == [
        "email/bounce",
        "email/delivery",
        "email/open",
        "sms/delivery",
    ]


def test_a_manifest_whose_slots_are_free_has_no_live_object(provider, service, helpers):
    service.rows["sms"] = [(3, A)]
    wanted = helpers.resource(helpers.hook(["delivery"], A))
    assert live_of(provider, helpers.scope(desired=[wanted])) is None


def test_a_wanted_slot_of_somebody_else_is_a_conflict(provider, service, helpers):
    service.rows["email"] = [(3, B), (4, A)]
    wanted = helpers.resource(helpers.hook(["delivery", "open", "click"], A))
    live = live_of(provider, helpers.scope(desired=[wanted]))
    assert live.fields == helpers.hook(["delivery", "open"], B)
    assert live.conflicts == (f"email/delivery already sends to {B}",)


def test_a_newly_wanted_slot_of_somebody_else_is_a_conflict_beside_the_owned_ones(
    provider, service, helpers
):
    service.rows["email"] = [(3, A), (4, B)]
    wanted = helpers.resource(helpers.hook(["delivery", "open"], A))
    owned = helpers.owned(helpers.hook(["delivery"], A))
    live = live_of(provider, helpers.scope(desired=[wanted], owned=[owned]))
    assert live.fields == helpers.hook(["delivery"], A)
    assert live.conflicts == (f"email/open already sends to {B}",)


def test_a_newly_wanted_slot_that_already_has_the_url_is_no_conflict(provider, service, helpers):
    service.rows["email"] = [(3, A), (4, A)]
    wanted = helpers.resource(helpers.hook(["delivery", "open"], A))
    owned = helpers.owned(helpers.hook(["delivery"], A))
    live = live_of(provider, helpers.scope(desired=[wanted], owned=[owned]))
    assert live.fields == helpers.hook(["delivery", "open"], A)
    assert live.conflicts == ()


def test_drift_of_owned_slots_shows(provider, service, helpers):
    service.rows["email"] = [(3, A), (4, B)]
    spec = helpers.hook(["delivery", "open", "click"], A)
    scope = helpers.scope(desired=[helpers.resource(spec)], owned=[helpers.owned(spec)])
    live = live_of(provider, scope)
    assert live.fields == helpers.hook(["delivery", "open"], B)
    assert live.conflicts == ()


def test_owned_slots_without_a_manifest_are_found(provider, service, helpers):
    service.rows["email"] = [(3, A), (4, A)]
    owned = helpers.owned(helpers.hook(["delivery"], A), remote_id="kept")
    live = live_of(provider, helpers.scope(owned=[owned]))
    assert (live.id, live.fields) == ("kept", helpers.hook(["delivery"], A))


def test_two_rows_in_one_slot_show_as_drift(provider, service, helpers):
    service.rows["email"] = [(3, A), (3, B), (4, C), (4, C)]
    one, two = helpers.hook(["delivery"], A), helpers.hook(["open"], C)
    scope = helpers.scope(owned=[helpers.owned(one), helpers.owned(two, "two")])
    assert live_of(provider, scope).fields["url"] == f"{A}, {B}"
    assert live_of(provider, scope, "two").fields["url"] == f"{C}, {C}"
    assert len(observe(provider, scope).parts) == 2


def test_a_slot_noted_by_a_run_that_was_stopped_is_ours_while_it_holds_our_url(
    provider, service, helpers
):
    extra = {"slots": {"email/delivery": A, "email/open": A, "email/click": A}}
    owned = helpers.owned(helpers.hook(["delivery"], A), extra=extra)
    service.rows["email"] = [(3, A), (4, A), (5, B)]
    live = live_of(provider, helpers.scope(owned=[owned]))
    assert live.fields["events"] == ["delivery", "open"]


def test_a_slot_that_moves_to_another_manifest_is_no_conflict_there(provider, service, helpers):
    service.rows["email"] = [(3, A), (4, A)]
    owned = helpers.owned(helpers.hook(["delivery", "open"], A))
    scope = helpers.scope(
        desired=[
            helpers.resource(helpers.hook(["delivery"], A)),
            helpers.resource(helpers.hook(["open"], B), "other"),
        ],
        owned=[owned],
    )
    assert live_of(provider, scope).fields["events"] == ["delivery", "open"]
    assert live_of(provider, scope, "other") is None


def test_a_type_that_is_not_documented_is_left_alone_and_reported(provider, service, helpers):
    service.rows["email"] = [(9, A), (3, A)]
    observation = asyncio.run(provider.observe(helpers.scope()))
    found = observation.collections["Webhook"]
    assert [live.fields["events"] for live in found.objects] == [["delivery"]]
    assert [part.key for part in found.parts] == ["email/type 9", "email/delivery"]
    assert [finding.rule for finding in observation.findings] == ["surenotify-unknown-event"]


def test_only_what_was_asked_for_is_read(provider, service, helpers):
    asyncio.run(provider.observe(helpers.scope("SenderDomain")))
    assert service.log == []


# --- creating ---------------------------------------------------------------------------------


def create(provider, writer, helpers, spec, name="hooks"):
    return asyncio.run(provider.create(helpers.task(spec, name=name), writer))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("commas", [False, True])
def test_a_create_puts_each_slot_and_reads_again(provider, service, writer, helpers, shape, commas):
    service.shape, service.commas = shape, commas
    spec = helpers.hook(["delivery", "bounce"], A)
    applied = create(provider, writer, helpers, spec)
    assert service.slots() == [("bounce", A), ("delivery", A)]
    assert [entry[0] for entry in service.log] == ["GET", "POST", "POST", "GET"]
    assert applied.id == "email/hooks"
    assert applied.notes == ()
    assert applied.extra == writer.extra == {"slots": {"email/bounce": A, "email/delivery": A}}


def test_each_step_of_a_create_records_what_holds_after_it(provider, service, writer, helpers):
    create(provider, writer, helpers, helpers.hook(["delivery", "open", "bounce"], A))
    assert [step.applied["events"] for step in writer.steps] == [
        ["delivery"],
        ["delivery", "open"],
        ["delivery", "open", "bounce"],
    ]
    for step, key in zip(writer.steps, ["delivery", "open", "bounce"], strict=True):
        assert step.key == f"email/{key}"
        assert (step.creation, step.verb) == (CreationClass.NATURAL_KEY, Verb.CREATE)
        assert step.idempotent


@pytest.mark.parametrize("stop", [1, 2])
def test_a_create_that_failed_half_way_goes_on_from_its_state_row(
    provider, service, writer, helpers, stop
):
    spec = helpers.hook(["delivery", "open", "bounce"], A)

    def refuse(service, method, _path, _body):
        if method == "POST" and len([e for e in service.log if e[0] == "POST"]) == stop + 1:
            service.fault("POST", httpx.Response(400, json={"success": False}))

    service.hook = refuse
    with pytest.raises(Rejected):
        create(provider, writer, helpers, spec)
    service.hook = None
    row = helpers.owned(writer.steps[stop - 1].applied, extra=dict(writer.extra))
    scope = helpers.scope(desired=[helpers.resource(spec)], owned=[row])
    live = live_of(provider, scope)
    assert live.fields == row.applied
    before = len(service.writes())
    task = helpers.task(spec, live=live, owned=row)
    asyncio.run(provider.update(task, writer))
    assert len(service.writes()) == before + 3 - stop
    assert live_of(provider, scope).fields == spec


def test_a_slot_that_already_has_the_url_is_not_put_again(provider, service, writer, helpers):
    service.rows["sms"] = [(3, A)]
    create(provider, writer, helpers, helpers.hook(["delivery", "bounce"], A, channel="sms"))
    assert service.writes() == [("POST", "/v1/sms/webhooks", {"type": 6, "url": A})]


def test_a_slot_taken_after_the_plan_looked_is_not_overwritten(provider, service, writer, helpers):
    spec = helpers.hook(["delivery"], A)
    observe(provider, helpers.scope(desired=[helpers.resource(spec)]))
    service.rows["email"] = [(3, B)]
    with pytest.raises(Rejected, match="somebody else"):
        create(provider, writer, helpers, spec)
    assert service.writes() == []


@pytest.mark.parametrize("answer", UNCLEAR, ids=range(len(UNCLEAR)))
def test_an_unclear_put_that_worked_is_found_by_reading(provider, service, writer, helpers, answer):
    service.fault("POST", answer, commit=True)
    applied = create(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert applied.extra == {"slots": {"email/delivery": A}}
    assert len(service.writes()) == 1


@pytest.mark.parametrize("answer", UNCLEAR, ids=range(len(UNCLEAR)))
def test_an_unclear_put_that_does_not_show_stays_unknown(
    provider, service, writer, helpers, answer
):
    service.fault("POST", answer)
    with pytest.raises(OutcomeUnknown):
        create(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert len(service.writes()) == 1


def test_an_unclear_put_that_cannot_be_read_stays_unknown(provider, service, writer, helpers):
    service.fault("POST", httpx.ReadTimeout(""), commit=True)

    def hook(service, method, _path, _body):
        if service.writes() and method == "GET":
            service.fault("GET", httpx.Response(403, json={"message": "Forbidden"}))

    service.hook = hook
    with pytest.raises(OutcomeUnknown, match="could not be read"):
        create(provider, writer, helpers, helpers.hook(["delivery"], A))


def test_refusals_pass(provider, service, writer, helpers):
    service.fault("POST", httpx.Response(400, json={"messages": ["Invalid: url"]}))
    with pytest.raises(Rejected, match="Invalid: url"):
        create(provider, writer, helpers, helpers.hook(["delivery"], A))


def test_a_put_that_was_not_sent_passes(provider, service, writer, helpers):
    service.hook = lambda service, method, *_: (
        service.fault("POST", httpx.ConnectError("refused")) if method == "POST" else None
    )
    with pytest.raises(NotSent):
        create(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert service.slots() == []


def test_answered_writes_are_believed_when_they_cannot_be_read_back(
    provider, service, writer, helpers
):
    def hook(service, method, _path, _body):
        if service.writes() and method == "GET":
            service.fault("GET", httpx.Response(500))

    service.hook = hook
    applied = create(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert applied.notes == ("The email webhooks could not be read back.",)


def test_a_url_that_does_not_show_yet_is_noted(provider, service, writer, helpers):
    service.fault("POST", httpx.Response(200, json={"success": True}))
    applied = create(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert applied.notes == ("email/delivery does not show the new URL yet.",)


# --- updating ---------------------------------------------------------------------------------


def update(provider, writer, helpers, before, after, **changes):
    owned = helpers.owned(before, extra={"slots": {}})
    scope = helpers.scope(desired=[helpers.resource(after)], owned=[owned], **changes)
    live = live_of(provider, scope)
    task = helpers.task(after, live=live, owned=owned)
    cost = provider.cost(task, Verb.UPDATE)
    sent = provider.http.requests
    applied = asyncio.run(provider.update(task, writer))
    assert cost == provider.http.requests - sent
    assert applied.id == owned.remote_id
    return applied


def test_a_new_url_reaches_every_slot_of_ours_and_no_other(provider, service, writer, helpers):
    service.rows["email"] = [(3, A), (4, A), (5, B)]
    service.rows["sms"] = [(3, A)]
    before = helpers.hook(["delivery", "open"], A)
    update(provider, writer, helpers, before, {**before, "url": C})
    assert service.slots() == [("click", B), ("delivery", C), ("open", C)]
    assert service.slots("sms") == [("delivery", A)]
    assert [step.applied["url"] for step in writer.steps] == [A, C]
    assert {step.verb for step in writer.steps} == {Verb.UPDATE}


def test_an_event_is_added_alone(provider, service, writer, helpers):
    service.rows["email"] = [(3, A), (5, B)]
    before = helpers.hook(["delivery"], A)
    update(provider, writer, helpers, before, helpers.hook(["delivery", "bounce"], A))
    assert service.writes() == [("POST", "/v1/webhooks", {"type": 6, "url": A})]
    assert service.slots() == [("bounce", A), ("click", B), ("delivery", A)]


def test_an_event_is_removed_alone(provider, service, writer, helpers):
    service.rows["email"] = [(3, A), (4, A), (5, B)]
    before = helpers.hook(["delivery", "open"], A)
    applied = update(provider, writer, helpers, before, helpers.hook(["delivery"], A))
    assert service.writes() == [("DELETE", "/v1/webhooks", {"type": 4})]
    assert service.slots() == [("click", B), ("delivery", A)]
    assert writer.steps[0].applied["events"] == ["delivery"]
    assert applied.extra == {"slots": {"email/delivery": A}}


def test_a_removed_event_that_another_manifest_took_over_is_left_to_it(
    provider, service, writer, helpers
):
    service.rows["email"] = [(3, A), (4, A)]
    before, after = helpers.hook(["delivery", "open"], A), helpers.hook(["delivery"], A)
    owned = helpers.owned(before)
    other = helpers.resource(helpers.hook(["open"], B), "other")
    scope = helpers.scope(desired=[helpers.resource(after), other], owned=[owned])
    live = live_of(provider, scope)
    asyncio.run(provider.create(helpers.task(other.spec, name="other"), writer))
    asyncio.run(provider.update(helpers.task(after, live=live, owned=owned), writer))
    assert service.slots() == [("delivery", A), ("open", B)]


@pytest.mark.parametrize("old_rows", [[(3, A)], [(3, A), (3, B)], [(3, C), (3, C)]])
def test_a_server_that_keeps_a_row_for_each_url_ends_with_one(
    provider, service, writer, helpers, old_rows
):
    service.keyed_by_url = True
    service.rows["email"] = [*old_rows, (4, A)]
    before = helpers.hook(["delivery"], A)
    owned = helpers.owned(before)
    after = {**before, "url": C}
    scope = helpers.scope(desired=[helpers.resource(after)], owned=[owned])
    live = live_of(provider, scope)
    assert live.fields["url"] != C
    applied = asyncio.run(provider.update(helpers.task(after, live=live, owned=owned), writer))
    assert service.slots() == [("delivery", C), ("open", A)]
    assert applied.notes == ()
    assert live_of(provider, scope).fields == after


def test_drift_is_repaired(provider, service, writer, helpers):
    service.rows["email"] = [(3, B), (5, B)]
    spec = helpers.hook(["delivery", "open"], A)
    update(provider, writer, helpers, spec, spec)
    assert service.slots() == [("click", B), ("delivery", A), ("open", A)]


# --- deleting ---------------------------------------------------------------------------------


def delete(provider, writer, helpers, spec, **scope):
    owned = helpers.owned(spec)
    live = live_of(provider, helpers.scope(owned=[owned], **scope))
    asyncio.run(provider.delete(helpers.task({}, live=live, owned=owned), writer))


@pytest.mark.parametrize("commas", [False, True])
def test_a_delete_clears_its_own_slots_only(provider, service, writer, helpers, commas):
    service.commas = commas
    service.rows["email"] = [(3, A), (4, A), (5, B)]
    service.rows["sms"] = [(3, A)]
    delete(provider, writer, helpers, helpers.hook(["delivery", "open"], A))
    assert service.slots() == [("click", B)]
    assert service.slots("sms") == [("delivery", A)]
    assert [(step.verb, step.applied["events"]) for step in writer.steps] == [
        (Verb.UPDATE, ["open"]),
        (Verb.DELETE, []),
    ]
    assert writer.extra == {"slots": {}}


def test_a_delete_leaves_what_another_manifest_took_over(provider, service, writer, helpers):
    service.rows["email"] = [(3, A), (4, A)]
    spec = helpers.hook(["delivery", "open"], A)
    other = helpers.resource(helpers.hook(["open"], A), "other")
    delete(provider, writer, helpers, spec, desired=[other])
    assert service.slots() == [("open", A)]


@pytest.mark.parametrize(
    "answer", [*UNCLEAR, httpx.Response(204), httpx.Response(404, json={"message": "x"})]
)
def test_an_unclear_delete_that_worked_is_done(provider, service, writer, helpers, answer):
    service.rows["email"] = [(3, A)]
    service.fault("DELETE", answer, commit=True)
    delete(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert len(service.writes()) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [(answer, OutcomeUnknown if number else Rejected) for number, answer in enumerate(UNCLEAR)],
    ids=range(4),
)
def test_an_unclear_delete_that_did_not_work_is_not_repeated(
    provider, service, writer, helpers, answer, error
):
    service.rows["email"] = [(3, A)]
    service.fault("DELETE", answer)
    with pytest.raises(error):
        delete(provider, writer, helpers, helpers.hook(["delivery"], A))
    assert len(service.writes()) == 1


# --- recovering -------------------------------------------------------------------------------


def intent(helpers, applied, key, verb=Verb.CREATE):
    return intents.intent(
        op_id="1",
        address=helpers.address(),
        verb=verb,
        step="x",
        key=key,
        applied=applied,
        creation=CreationClass.NATURAL_KEY,
        account="x",
    )


def test_an_unknown_put_is_found_by_its_slot(provider, service, helpers):
    service.rows["email"] = [(3, A), (4, A)]
    found = observe(provider, helpers.scope())
    spec = helpers.hook(["delivery", "open"], A)
    [candidate] = provider.candidates(intent(helpers, spec, "email/open"), found)
    assert candidate.id == "email/hooks"
    assert candidate.fields == spec
    assert candidate.extra == {"slots": {"email/open": A}}


def test_somebody_elses_url_in_the_slot_shows_in_the_candidate(provider, service, helpers):
    service.rows["email"] = [(4, B)]
    found = observe(provider, helpers.scope())
    spec = helpers.hook(["open"], A)
    [candidate] = provider.candidates(intent(helpers, spec, "email/open"), found)
    assert candidate.fields["url"] == B


def test_a_free_slot_has_no_candidate(provider, service, helpers):
    found = observe(provider, helpers.scope())
    assert provider.candidates(intent(helpers, {}, "email/open"), found) == []


def test_the_key_goes_in_a_header_and_nowhere_else(provider, service, helpers):
    assert provider.headers(provider.credentials)["x-api-key"].reveal() == "api-key-canary"
    observe(provider, helpers.scope())
    assert "canary" not in str(service.log)
