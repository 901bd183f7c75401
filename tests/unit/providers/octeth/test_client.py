import pytest

from reconciler.errors import ReadFailed, Rejected
from reconciler.http.outcomes import Absent
from reconciler.model.secret import Secret
from reconciler.providers.octeth import PROVIDER
from reconciler.providers.octeth.client import OctethClient


def client_of(desk):
    return OctethClient(
        desk.http, Secret("s3cret-key"), form=desk.options.get("encoding") == "form"
    )


def test_a_command_is_json_with_the_key_in_the_body(server, desk):
    server.domains()
    assert desk.run(client_of(desk).domains()) == []
    (call,) = server.calls
    assert call.headers["content-type"] == "application/json"
    assert (call.command, call.parameters) == ("GetDomains", {})


def test_a_form_asks_for_json(server, make_desk):
    desk = make_desk(encoding="form")
    server.domains()
    assert desk.run(client_of(desk).domains()) == []
    (call,) = server.calls
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    assert call.parameters == {"ResponseFormat": "JSON"}


def test_the_key_is_in_no_repr(desk):
    request = client_of(desk).request("GetDomains", {})
    assert "s3cret" not in repr(request)


def test_a_domain_marked_as_deleted_is_not_there(server, desk):
    server.domains(
        {"DomainID": 1, "SenderDomain": "a.example", "Status": "Deleted"},
        {"DomainID": 2, "SenderDomain": "b.example", "Status": "Suspended"},
    )
    assert [row.id for row in desk.run(client_of(desk).domains())] == ["2"]


@pytest.mark.parametrize(
    "answer",
    [
        {"Success": True, "ErrorCode": 0},
        {"Success": True, "ErrorCode": 0, "Domains": None},
        {"Success": True, "ErrorCode": 0, "Domains": [{"DomainName": "a.example"}]},
        {"Success": True, "ErrorCode": 0, "Domains": [{"DomainID": 1}]},
        b"<html>",
        b'{"Success": true, "Domains": [',
        {"Success": False, "ErrorCode": 31},
    ],
)
def test_a_list_that_cannot_be_understood_is_a_failed_read(server, desk, answer):
    server.on("GetDomains", answer)
    with pytest.raises(ReadFailed):
        desk.run(client_of(desk).domains())


def test_a_refused_key_is_told_as_such(server, desk):
    server.fails("GetDomains", 99998)
    with pytest.raises(Rejected, match="the API key was refused"):
        desk.run(client_of(desk).domains())


def test_a_domain_that_is_gone_is_absent(server, desk):
    server.fails("GetAPIs", 2)
    with pytest.raises(Absent):
        desk.run(client_of(desk).api_keys("1"))


def test_a_rate_limit_in_the_body_of_a_200_is_waited_for(server, desk, ok):
    limited = {
        "Success": False,
        "ErrorCode": 429,
        "ErrorText": "Too many requests. Wait for 12 seconds for another 3 attempts.",
    }
    server.on("GetDomains", [limited, {**ok, "Domains": []}])
    desk.run(client_of(desk).domains())
    assert server.commands == ["GetDomains", "GetDomains"]
    assert desk.clock.now >= 12


def test_without_a_command_under_way_no_code_means_a_refusal():
    body = {"Success": False, "ErrorCode": 1}
    assert PROVIDER.classify(200, body).outcome == "unknown"


def test_answers_to_different_commands_in_parallel_are_not_mixed_up(server, desk):
    import asyncio

    server.fails("GetAPIs", 2)
    server.fails("GetDomain", 1)

    async def both():
        client = client_of(desk)
        return await asyncio.gather(
            client.api_keys("1"), client.domain("1"), return_exceptions=True
        )

    absent, refused = desk.run(both())
    assert isinstance(absent, Absent)
    assert "GetDomain: the domain's id is missing" in str(refused)
