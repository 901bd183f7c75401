"""Sender domains: no read, state is authoritative, PUT is the probe."""

import asyncio

import httpx
import pytest

from reconciler.errors import OutcomeUnknown, ReadFailed, Rejected
from reconciler.model.address import Address
from reconciler.model.finding import Severity
from reconciler.model.journal import CreateIntent, CreationClass, Verb
from reconciler.model.owned import OwnedObject

NAME = "mail.example.com"
KIND = "SenderDomain"


@pytest.fixture
def row(helpers):
    return helpers.owned({"domain": NAME}, NAME, KIND, remote_id=NAME, key=NAME)


def observe(provider, scope):
    observation = asyncio.run(provider.observe(scope))
    return observation.collections[KIND], observation


def test_an_owned_domain_is_probed_and_its_pending_dns_reported(provider, service, helpers, row):
    service.domains[NAME] = True
    found, observation = observe(provider, helpers.scope(KIND, owned=[row]))
    [live] = found.objects
    assert (live.id, live.key, live.fields) == (NAME, NAME, {"domain": NAME})
    assert [record["type"] for record in live.extra["records"]] == ["CNAME", "TXT"]
    [finding] = observation.findings
    assert (finding.severity, finding.rule) == (Severity.INFO, "surenotify-dns-pending")
    assert f"0.{NAME} TXT v=spf1" in finding.message
    assert finding.address == row.address
    assert observation.requests == 1


@pytest.mark.parametrize("valid", [True, "true", 1])
def test_a_verified_domain_gives_no_finding(provider, service, helpers, row, valid):
    service.domains[NAME] = True
    service.valid = valid
    assert observe(provider, helpers.scope(KIND, owned=[row]))[1].findings == ()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"message": "Not Found"}),
        httpx.Response(400, json={"message": "no such domain"}),
        httpx.Response(422, json={"success": False}),
    ],
)
def test_a_domain_that_vanished_is_absent(provider, service, helpers, row, answer):
    service.unknown_domain = answer
    found, _ = observe(provider, helpers.scope(KIND, owned=[row]))
    assert found.complete
    assert found.objects == ()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={}),
        httpx.Response(403, json={"message": "Forbidden"}),
        httpx.Response(200, json={"success": True}),
        httpx.Response(200, text="<html>"),
        httpx.Response(404, text="<html>"),
    ],
)
def test_an_answer_that_does_not_tell_is_never_absence(provider, service, helpers, row, answer):
    service.hook = lambda service, *_: service.fault("PUT", answer)
    found, _ = observe(provider, helpers.scope(KIND, owned=[row]))
    assert not found.complete
    assert "/v1/domains/" in found.error
    assert "canary" not in found.error


def test_without_probing_state_is_believed(make, service, helpers, row):
    found, observation = observe(make({"probeDomains": False}), helpers.scope(KIND, owned=[row]))
    assert [live.id for live in found.objects] == [NAME]
    assert service.log == []
    assert observation.requests == 0


def test_a_domain_that_is_only_wanted_is_not_asked_about(provider, service, helpers):
    wanted = helpers.resource({"domain": NAME}, NAME, KIND)
    found, _ = observe(provider, helpers.scope(KIND, desired=[wanted]))
    assert (found.objects, found.complete, service.log) == ((), True, [])


@pytest.mark.parametrize("options", [{}, {"probeDomains": False}])
@pytest.mark.parametrize("exists", [True, False])
def test_an_unknown_create_is_settled_by_probing(make, service, helpers, options, exists):
    if exists:
        service.domains[NAME] = True
    provider = make(options)
    wanted = helpers.resource({"domain": NAME}, NAME, KIND)
    found, _ = observe(provider, helpers.scope(KIND, desired=[wanted], probe=True))
    intent = CreateIntent(
        op_id="1",
        address=wanted.address,
        step="create",
        key=NAME,
        creation=CreationClass.NATURAL_KEY,
        account="x",
    )
    assert [live.id for live in provider.candidates(intent, found)] == [NAME] * exists


def test_progress_is_told(provider, service, helpers, row):
    seen = []
    scope = helpers.scope(KIND, owned=[row], progress=lambda *told: seen.append(told))
    observe(provider, scope)
    assert seen == [("sender domains", 1, 1)]


def test_a_create_keeps_the_records_and_does_not_wait_for_dns(provider, service, writer, helpers):
    applied = asyncio.run(
        provider.create(helpers.task({"domain": NAME}, name=NAME, kind=KIND), writer)
    )
    assert service.log == [("POST", f"/v1/domains/{NAME}", None)]
    assert applied.id == NAME
    assert len(applied.extra["records"]) == 2
    assert applied.extra == writer.extra
    assert "DNS" in applied.notes[0]
    [step] = writer.steps
    assert (step.key, step.verb, step.idempotent) == (NAME, Verb.CREATE, False)


def test_a_create_sends_the_name_encoded(provider, service, writer, helpers):
    task = helpers.task({"domain": "a/b ü"}, kind=KIND)
    asyncio.run(provider.create(task, writer))
    assert service.log[0][1] == "/v1/domains/a%2Fb%20%C3%BC"


@pytest.mark.parametrize("body", [{}, {"x": 1}, [1], "x", [{"value": "x"}]])
def test_a_create_whose_answer_cannot_be_understood_is_unknown(
    provider, service, writer, helpers, body
):
    service.fault("POST", httpx.Response(200, json=body), commit=True)
    with pytest.raises(OutcomeUnknown):
        asyncio.run(provider.create(helpers.task({"domain": NAME}, kind=KIND), writer))


def delete(provider, writer, helpers, row):
    asyncio.run(provider.delete(helpers.task({}, kind=KIND, name=NAME, owned=row), writer))


@pytest.mark.parametrize("commas", [True, False])
def test_a_delete_deletes(provider, service, writer, helpers, row, commas):
    service.domains[NAME] = True
    service.commas = commas
    delete(provider, writer, helpers, row)
    assert service.domains == {}
    assert len(service.log) == 1


@pytest.mark.parametrize(
    "answer", [httpx.Response(204), httpx.Response(404, json={"message": "Not Found"})]
)
def test_a_delete_that_finds_nothing_is_done(provider, service, writer, helpers, row, answer):
    service.fault("DELETE", answer)
    delete(provider, writer, helpers, row)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"success": False}),
        httpx.Response(500, text='{"success": false,}'),
        httpx.Response(400, json={"message": "unknown domain"}),
        httpx.Response(502, text="<html>"),
        httpx.ReadTimeout(""),
    ],
)
def test_an_unclear_delete_of_a_domain_that_is_gone_is_done(
    provider, service, writer, helpers, row, answer
):
    service.domains[NAME] = True
    service.fault("DELETE", answer, commit=True)
    delete(provider, writer, helpers, row)
    assert [entry[0] for entry in service.log] == ["DELETE", "PUT"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, json={"success": False}), Rejected),
        (httpx.Response(400, json={"message": "in use"}), Rejected),
        (httpx.Response(502, text="<html>"), OutcomeUnknown),
        (httpx.ReadTimeout(""), OutcomeUnknown),
    ],
)
def test_an_unclear_delete_of_a_domain_that_is_there_failed(
    provider, service, writer, helpers, row, answer, error
):
    service.domains[NAME] = True
    service.fault("DELETE", answer)
    with pytest.raises(error):
        delete(provider, writer, helpers, row)
    assert [entry[0] for entry in service.log] == ["DELETE", "PUT"]


def test_an_unclear_delete_that_cannot_be_settled_stays_unknown(
    provider, service, writer, helpers, row
):
    service.hook = lambda service, *_: service.fault(
        "PUT", httpx.Response(403, json={"message": "Forbidden"})
    )
    service.fault("DELETE", httpx.Response(500, json={"success": False}))
    with pytest.raises(OutcomeUnknown):
        delete(provider, writer, helpers, row)


def test_a_domain_has_nothing_to_update(provider, writer, helpers):
    row = OwnedObject(address=Address("sn", KIND, "hooks"), remote_id="a.example")
    task = helpers.task({}, kind=KIND, owned=row)
    assert asyncio.run(provider.update(task, writer)).id == "a.example"
    assert writer.steps == []
    assert provider.cost(helpers.task({}, kind=KIND), Verb.CREATE) == 1


def look(provider, row):
    return asyncio.run(provider.look_at_dns(row))


@pytest.mark.parametrize(("valid", "verified"), [("true", True), ("false", False)])
def test_a_domain_is_verified_when_all_its_records_are_found(
    provider, service, row, valid, verified
):
    service.domains[NAME] = True
    service.valid = valid
    answer = look(provider, row)
    assert answer.verified is verified
    assert [record.published for record in answer.records] == [verified, verified]


def test_a_domain_without_records_says_nothing_of_its_dns(provider, service, row):
    service.unknown_domain = httpx.Response(200, json=[])
    answer = look(provider, row)
    assert (answer.records, answer.verified) == ((), None)


def test_the_dns_of_a_domain_that_is_not_there_cannot_be_looked_at(provider, service, row):
    service.unknown_domain = httpx.Response(404, json={"message": "Not Found"})
    with pytest.raises(ReadFailed, match=f"there is no domain {NAME}"):
        look(provider, row)
