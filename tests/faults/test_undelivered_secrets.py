"""A secret that is read, or made, only after its object: no failure in between may lose it."""

import pytest

from tests.support.project import Project, actions, provider, resource

DOMAIN = resource("SenderDomain", "news.example.com")
SMTP = resource("SmtpConfig", "s", domain="news.example.com", deliverTo={"file": "out/it"})
HOOK = resource(
    "Webhook",
    "w",
    domain="news.example.com",
    events=["open"],
    url="https://hooks.example.com/x",
    signingKeyTo={"file": "out/it"},
)
BROKEN = {"fault": "status-before", "status": 500}
LATER = list(range(3, 40))
"""The list is read for the plan and before the create; these are the readings after it."""


@pytest.mark.parametrize(
    ("document", "readings", "fault", "then"),
    [
        pytest.param(
            SMTP,
            {"smtp-secret": "absent"},
            {"body": "GetSMTPs", "nth": LATER, **BROKEN},
            "replace",
            id="the list with an SMTP password cannot be read",
        ),
        pytest.param(
            SMTP,
            {"smtp-secret": "reset"},
            {"body": "ResetSMTPPassword", **BROKEN},
            "replace",
            id="whether there is a new SMTP password is not known",
        ),
        pytest.param(
            HOOK,
            {},
            {"body": "AddWebhook", "fault": "drop-after", "times": 1},
            "update",
            id="the answer to the last create is lost",
        ),
    ],
)
def test_a_secret_that_did_not_get_there_is_delivered_by_the_next_run(
    tmp_path, document, readings, fault, then
):
    project = Project(tmp_path, readings={"octeth": readings})
    account = provider("octeth", readings=project.readings)
    project.write(account, DOMAIN)
    project.apply()
    project.write(account, DOMAIN, document)
    project.app.state.faults.replace([fault])
    assert project.try_apply().failures
    project.app.state.faults.replace([])
    assert not (tmp_path / "out/it").exists()
    address = f"octeth/{document['kind']}/{document['metadata']['name']}"
    assert actions(project.plan()) == {address: then}
    project.apply()
    assert (tmp_path / "out/it").read_text()
    assert project.plan().changes == ()
