"""Servers that give texts back without the white space at their ends."""

import pytest

from reconciler.model.change import Cause
from tests.support.project import Project, change_of, fields, provider, resource

TRIMMING = {"nhncloud-sms": {"text-ends": "trimmed"}}
SENDER = "15446859"


def manifests(**spec):
    return (
        provider("nhncloud-sms"),
        resource("Category", "shop", description="Receipts "),
        resource(
            "Template", "hello", **{"category": "shop", "sender": SENDER, "type": "sms"} | spec
        ),
        resource("Tag", "vip", displayName=" VIP"),
    )


def settled(project):
    return not project.plan().changes and not project.plan().blocked and not project.drift().drifted


@pytest.fixture
def trimming(tmp_path):
    project = Project(tmp_path, readings=TRIMMING)
    project.write(*manifests(body="Hello\n"))
    project.apply()
    return project


def test_what_a_server_trims_is_no_difference(trimming):
    assert settled(trimming)
    trimming.write(*manifests(body="\n Hello\n\n"))
    assert settled(trimming)


def test_a_change_is_still_seen_beside_blanks(trimming):
    trimming.write(*manifests(body="Hello you\n"))
    assert fields(change_of(trimming.plan(), "nhn/Template/hello")) == ["body"]
    trimming.apply()
    assert settled(trimming)


def test_what_somebody_else_wrote_is_still_drift(trimming):
    body = {"templateName": "hello", "sendNo": SENDER, "sendType": "0", "useYn": "Y"}
    trimming.call("nhn", "PUT", "/templates/hello", json=body | {"body": "Hellos\n"})
    (drift,) = trimming.drift().drift
    assert [each.path for each in drift.fields] == ["body"]
    (change,) = change_of(trimming.plan(), "nhn/Template/hello").fields
    assert change.cause is Cause.DRIFT
    trimming.apply()
    assert settled(trimming)


def test_what_a_trimming_server_has_is_taken_over_without_a_write(trimming, tmp_path):
    newcomer = Project(tmp_path, readings=TRIMMING, emulator=trimming.app)
    newcomer.write(*manifests(body="Hello\n"))
    change = change_of(newcomer.plan(), "nhn/Template/hello")
    assert (change.action, change.fields) == ("adopt", ())


@pytest.mark.parametrize("readings", [{}, TRIMMING])
def test_blanks_added_to_a_manifest_are_written_once(tmp_path, readings):
    project = Project(tmp_path, readings=readings)
    project.write(*manifests(body="Hello"))
    project.apply()
    project.write(*manifests(body="Hello\n"))
    assert fields(change_of(project.plan(), "nhn/Template/hello")) == ["body"]
    project.apply()
    assert settled(project)


def test_blanks_taken_off_a_manifest_are_taken_off_where_they_are_kept(tmp_path):
    project = Project(tmp_path)
    project.write(*manifests(body="Hello\n"))
    project.apply()
    project.write(*manifests(body="Hello"))
    assert fields(change_of(project.plan(), "nhn/Template/hello")) == ["body"]


def test_a_text_that_state_has_a_digest_of_may_be_trimmed_too(tmp_path):
    project = Project(tmp_path, readings={"octeth": {"generation": "5.7"}})
    domain = resource("SenderDomain", "mail.example.com", hostingProvider="Example Hosting ")
    project.write(provider("octeth"), domain)
    project.apply()
    project.call(
        "octeth",
        "POST",
        "/api.php",
        json={
            "Command": "EmailGateway.UpdateDomain",
            "DomainID": "<SenderDomain/mail.example.com>",
            "HostingProvider": "Example Hosting",
        },
    )
    assert not project.plan().changes
    assert not any(each.fields for each in project.drift().drift if each.status == "changed")
