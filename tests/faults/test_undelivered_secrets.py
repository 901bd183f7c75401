"""A secret that is read, or made, only after its object: no failure in between may lose it."""

import pytest

from reconciler.errors import SinkError
from reconciler.sinks.secret_file import SecretFile
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


KEY = {"domain": "news.example.com"}
UNWRITABLE = "it's `a` ${secret}"
"""No form of it is the same for python-dotenv and for a shell."""


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"file": "secrets/key"}, {"file": "keys/key"}),
        ({"file": "secrets/key"}, {"envFile": {"path": "keys/env", "variable": "SHOP"}}),
        ({"envFile": {"path": "secrets/env", "variable": "SHOP"}}, {"file": "keys/key"}),
    ],
)
def test_a_secret_whose_sink_failed_goes_to_the_sink_that_the_manifest_names_now(
    tmp_path, monkeypatch, first, then
):
    project = Project(tmp_path, readings={"octeth": {"key-list": "masked"}})
    account = provider("octeth", readings=project.readings)
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo=first))

    def broken(self, render):
        if self.path.startswith("secrets"):
            raise SinkError("it cannot be written", hint="Name another sink.")
        write(self, render)

    write = SecretFile.write
    monkeypatch.setattr(SecretFile, "write", broken)
    assert project.try_apply().failures
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo=then))
    project.apply()
    [key] = project.stored("octeth")["keys"].values()
    assert key["key"] in next((tmp_path / "keys").iterdir()).read_text()
    assert project.plan().changes == ()
    assert project.plan().findings == ()


def test_a_secret_that_waits_is_not_delivered_over_what_somebody_else_wrote(tmp_path, monkeypatch):
    project = Project(tmp_path, readings={"octeth": {"key-list": "masked"}})
    account = provider("octeth", readings=project.readings)
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo={"file": "a"}))

    def broken(_self, _render):
        raise SinkError("it cannot be written")

    with monkeypatch.context() as patched:
        patched.setattr(SecretFile, "write", broken)
        assert project.try_apply().failures
    (tmp_path / "theirs").write_text("of somebody else")
    sink = {"file": "theirs"}
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo=sink))
    [failure] = project.try_apply().failures
    assert "file theirs is there already and was not written by this state" in failure
    assert (tmp_path / "theirs").read_text() == "of somebody else"
    project.write(
        account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo={**sink, "adopt": True})
    )
    project.apply()
    [key] = project.stored("octeth")["keys"].values()
    assert (tmp_path / "theirs").read_text() == key["key"]
    assert project.plan().changes == ()


def test_a_secret_that_no_env_file_can_hold_goes_to_the_file_that_the_hint_asks_for(tmp_path):
    project = Project(tmp_path, readings={"octeth": {"key-list": "masked"}})
    project.app.state.emulators["octeth"].token = lambda _length: UNWRITABLE
    account = provider("octeth", readings=project.readings)
    env = {"envFile": {"path": ".env", "variable": "SHOP"}}
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo=env))
    [failure] = project.try_apply().failures
    assert "Name a `file` sink in the manifest and apply again" in failure
    sink = {"file": "secrets/key"}
    project.write(account, DOMAIN, resource("ApiKey", "k", **KEY, deliverTo=sink))
    project.apply()
    assert UNWRITABLE in (tmp_path / "secrets" / "key").read_text()
    assert len(project.stored("octeth")["keys"]) == 1
    assert project.plan().changes == ()


def test_a_signing_key_that_was_changed_at_the_server_is_delivered_again(tmp_path):
    project = Project(tmp_path)
    project.write(provider("octeth"), DOMAIN, HOOK)
    project.apply()
    before = (tmp_path / "out/it").read_text()
    for table in project.app.state.store._tables.values():
        for row in list(table.values()):
            if "signing_key" in row:
                row["signing_key"] = "whsec_another_one_0123456789"
    assert actions(project.plan()) == {"octeth/Webhook/w": "update"}
    assert [d.status.value for d in project.drift().drift] == ["undelivered"]
    project.apply()
    assert (tmp_path / "out/it").read_text() != before
    assert project.plan().changes == ()
