import pytest
from msgspec.structs import replace

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected
from reconciler.model.journal import CreateIntent, CreationClass, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.values import remote_id
from reconciler.providers.task import Task

SMTP_LIST = {
    "SMTPID": "s1", "SMTPHost": "h", "SMTPPorts": ["25", "587"], "Username": "u", "Password": "listed",
}  # fmt: skip


@pytest.fixture
def key(server, desk, ok):
    server.on("GetAPIs", {**ok, "APIKeys": [{"KeyID": "old", "Key": "sk-old"}]})
    return desk.want("ApiKey", "ci", domain={"id": "1"}, deliverTo={"file": "k"})


@pytest.fixture
def smtp(server, desk, ok):
    server.on("GetSMTPs", {**ok, "SMTPs": [{"SMTPID": "old"}]})
    return desk.want("SmtpConfig", "out", domain={"id": "1"}, deliverTo={"file": "k"})


def own(desk, address, remote):
    desk.state[address] = OwnedObject(
        address=address,
        remote_id=remote,
        applied={"domain": remote_id("1")},
        extra={"domainId": "1"},
    )


def test_a_new_key_carries_the_marker_and_its_secret_comes_from_the_answer(server, desk, key, ok):
    server.on("AddAPI", {**ok, "NewAPIKeyID": "new", "APIKey": {"Key": "sk-new"}})
    writer = desk.run(desk.carry_out("create", key))
    assert server.sent("AddAPI") == [{"Description": "ci [mp:ABCDEFGH23]", "DomainID": "1"}]
    (step,) = writer.steps
    assert step.pre_ids == ("old",)
    assert step.applied == {"domain": {"id": "1"}, "deliverTo": {"file": "k"}}
    assert desk.intents[0].creation is CreationClass.SECRET_ONCE
    assert desk.delivered == {"mail/ApiKey/ci": {"deliverTo.key": "sk-new"}}
    assert desk.state[key].extra == {"domainId": "1"}
    assert "sk-new" not in repr((desk.state, writer.steps))


def test_a_key_that_only_the_list_tells_is_read_from_there(server, desk, key, ok):
    listed = [{"KeyID": "old", "Key": "sk-old"}, {"KeyID": "new", "Key": "sk-new"}]
    server.on("GetAPIs", [{**ok, "APIKeys": []}, {**ok, "APIKeys": listed}])
    server.on("AddAPI", {**ok, "NewAPIKeyID": "new"})
    desk.run(desk.carry_out("create", key))
    assert desk.delivered == {"mail/ApiKey/ci": {"deliverTo.key": "sk-new"}}


def test_a_key_that_nobody_tells_is_an_error_after_its_id_is_known(server, desk, key, ok):
    server.on("AddAPI", {**ok, "NewAPIKeyID": "new"})
    with pytest.raises(ProviderError, match="without telling the key"):
        desk.run(desk.carry_out("create", key))
    assert desk.state[key].remote_id == "new"


@pytest.mark.parametrize("answer", [{}, {"NewAPIKeyID": None}, {"APIKey": {"Key": "sk"}}])
def test_an_answer_without_an_id_leaves_the_outcome_open(server, desk, key, ok, answer):
    server.on("AddAPI", {**ok, **answer})
    with pytest.raises(OutcomeUnknown):
        desk.run(desk.carry_out("create", key))


def test_a_second_key_that_is_refused_names_the_option(server, desk, key):
    server.fails("AddAPI", 409)
    with pytest.raises(Rejected, match="oneKeyPerDomain"):
        desk.run(desk.carry_out("create", key))


def test_a_key_is_revoked_under_both_names_of_the_parameter(server, desk, key):
    server.on("DeleteAPI")
    own(desk, key, "k1")
    live = LiveObject(kind="ApiKey", id="k1", key=None, fields={})
    desk.run(desk.carry_out("delete", key, live))
    assert server.sent("DeleteAPI") == [{"ApiKeyId": "k1", "APIKeyID": "k1"}]


@pytest.mark.parametrize(
    ("answer", "raises"),
    [
        ({"APIKeys": [{"KeyID": "other"}]}, None),
        ({"Success": False, "ErrorCode": 2}, None),
        ({"APIKeys": [{"KeyID": "k1"}]}, Rejected),
        ({"Success": False, "ErrorCode": 99998}, Rejected),
    ],
)
def test_a_key_not_found_is_deleted_if_the_list_agrees(server, desk, key, ok, answer, raises):
    server.fails("DeleteAPI", 2)
    server.on("GetAPIs", {**ok, **answer})
    own(desk, key, "k1")
    live = LiveObject(kind="ApiKey", id="k1", key=None, fields={})
    work = desk.carry_out("delete", key, live)
    if raises is None:
        desk.run(work)
    else:
        with pytest.raises(raises, match="no such API key"):
            desk.run(work)


def test_the_order_of_a_rotation_is_told_where_one_key_is_allowed(desk, key):
    live = LiveObject(kind="ApiKey", id="k", key=None, fields={}, extra={"oneKeyPerDomain": True})
    task = Task(address=key, desired=desk.manifests[key].spec, live=live)
    assert "revoked before the new one exists" in desk.provider.notes(task, Verb.CREATE)[0]
    assert desk.provider.notes(replace(task, desired={}), Verb.DELETE) == ()


def test_a_description_left_out_follows_the_name_and_is_not_managed(desk, key):
    kind = desk.provider.kinds["ApiKey"]
    assert kind.create_defaults(desk.manifests[key].spec, "ci") == {"description": "ci"}
    assert kind.create_defaults({"description": "x"}, "ci") == {}


def test_a_whole_answer_needs_no_further_request(server, desk, smtp, ok):
    whole = {"SMTPUsername": "u", "SMTPPassword": "p", "SMTPHost": "h", "SMTPPorts": [25, 587]}
    server.on("AddSMTP", {**ok, "NewSMTPID": 9, "SMTP": whole})
    writer = desk.run(desk.carry_out("create", smtp))
    assert server.commands == ["GetSMTPs", "AddSMTP"]
    assert writer.steps[0].pre_ids == ("old",)
    assert desk.delivered["mail/SmtpConfig/out"] == {
        "deliverTo.host": "h", "deliverTo.port": "587", "deliverTo.username": "u",
        "deliverTo.password": "p",
    }  # fmt: skip


def test_a_password_that_is_not_told_is_made_anew(server, desk, smtp, ok):
    server.on("AddSMTP", {**ok, "NewSMTPID": 9, "SMTP": {"SMTPHost": "h", "SMTPPorts": ["25"]}})
    server.on("ResetSMTPPassword", {**ok, "SMTP": {"SMTPUsername": "u", "SMTPPassword": "fresh"}})
    writer = desk.run(desk.carry_out("create", smtp))
    assert server.sent("ResetSMTPPassword") == [{"smtpid": "9", "SMTPID": "9"}]
    assert desk.delivered["mail/SmtpConfig/out"]["deliverTo.password"] == "fresh"
    assert desk.delivered["mail/SmtpConfig/out"]["deliverTo.port"] == "25"
    assert [step.name for step in writer.steps] == ["create", "reset password"]
    assert desk.state[smtp].remote_id == "9"


def _tell_the_password_in_the_list_alone(server, ok):
    server.on("GetSMTPs", [{**ok, "SMTPs": []}, {**ok, "SMTPs": [SMTP_LIST]}])
    server.on("AddSMTP", {**ok, "NewSMTPID": "s1", "SMTP": {"SMTPHost": "h"}})
    server.on("ResetSMTPPassword", {**ok, "SMTP": {"SMTPID": "s1", "Server": "h", "Port": 587}})


def test_a_password_that_only_the_list_shows_is_not_delivered(server, desk, smtp, ok):
    _tell_the_password_in_the_list_alone(server, ok)
    with pytest.raises(ProviderError, match="without telling its password") as caught:
        desk.run(desk.carry_out("create", smtp))
    assert "smtpPasswordFromList: true" in caught.value.hint
    assert desk.delivered == {}
    assert desk.state[smtp].remote_id == "s1"


def test_a_list_that_is_known_to_be_right_is_the_last_resort(server, make_desk, ok):
    _tell_the_password_in_the_list_alone(server, ok)
    desk = make_desk(smtpPasswordFromList=True)
    smtp = desk.want("SmtpConfig", "out", domain={"id": "1"}, deliverTo={"file": "k"})
    desk.run(desk.carry_out("create", smtp))
    assert desk.delivered["mail/SmtpConfig/out"]["deliverTo.password"] == "listed"


def test_half_of_the_parts_are_never_handed_over_as_a_secret(server, desk, smtp, ok):
    server.on("AddSMTP", {**ok, "NewSMTPID": "s1", "SMTP": {"SMTPHost": "h", "Password": "p"}})
    server.on("GetSMTPs", {**ok, "SMTPs": []})
    with pytest.raises(ProviderError, match="without telling its port, username"):
        desk.run(desk.carry_out("create", smtp))
    assert desk.delivered == {}
    assert desk.state[smtp].remote_id == "s1"


def test_no_password_anywhere_is_a_clear_error(server, desk, smtp, ok):
    server.on("AddSMTP", {**ok, "NewSMTPID": "s1"})
    server.fails("ResetSMTPPassword", 2)
    with pytest.raises(ProviderError, match="host, port, username, password"):
        desk.run(desk.carry_out("create", smtp))
    assert desk.state[smtp].remote_id == "s1"


def test_a_configuration_is_deleted_under_both_names_of_the_parameter(server, desk, smtp):
    server.on("DeleteSMTP")
    own(desk, smtp, "s1")
    desk.run(
        desk.carry_out("delete", smtp, LiveObject(kind="SmtpConfig", id="s1", key=None, fields={}))
    )
    assert server.sent("DeleteSMTP") == [{"smtpid": "s1", "SMTPID": "s1"}]


def row(key_id, domain="1", **more):
    fields = {"domain": remote_id(domain)}
    if "description" in more:
        fields["description"] = more.pop("description")
    marker = more.pop("marker", "")
    return LiveObject(kind="ApiKey", id=key_id, key=None, fields=fields, extra=more, marker=marker)


def intent(desk, address, **more):
    base = CreateIntent(
        op_id="1",
        address=address,
        step="create",
        creation=CreationClass.SECRET_ONCE,
        account="",
        pre_ids=("old",),
        applied={"domain": remote_id("1")},
    )
    return replace(base, **more)


def found(desk, the_intent, *rows):
    collection = Collection(kind=the_intent.address.kind, objects=rows)
    return [one.id for one in desk.provider.candidates(the_intent, collection)]


def test_a_lost_key_is_found_by_its_marker_where_descriptions_show(desk, key):
    marked = intent(desk, key, marker="[mp:ABCDEFGH23]")
    ours = row("n", description="ci", marker="[mp:ABCDEFGH23]")
    assert found(desk, marked, row("old"), row("x", description="theirs"), ours) == ["n"]
    assert found(desk, marked, row("x", description="theirs")) == []
    # A retry lists the first attempt's late object among what was there before.
    assert found(desk, replace(marked, pre_ids=("old", "n")), ours) == ["n"]


def test_a_lost_key_is_found_as_the_new_one_of_its_domain_where_they_do_not(desk, key):
    marked = intent(desk, key, marker="[mp:ABCDEFGH23]")
    assert found(desk, marked, row("old"), row("n"), row("m", domain="2")) == ["n"]


def test_a_lost_smtp_configuration_is_the_new_one_of_its_domain(desk, smtp):
    assert found(desk, intent(desk, smtp), row("old"), row("n"), row("m", domain="2")) == ["n"]


def test_a_lost_domain_is_found_by_its_name(desk):
    address = desk.want("SenderDomain", "a.example")
    lost = intent(desk, address, creation=CreationClass.NATURAL_KEY, key="a.example")
    live = LiveObject(kind="SenderDomain", id="5", key="a.example", fields={})
    other = LiveObject(kind="SenderDomain", id="6", key="b.example", fields={})
    assert found(desk, lost, live, other) == ["5"]


def test_twins_are_unowned_and_differ_in_nothing_readable(desk, key):
    desired = {"domain": remote_id("1"), "description": "ci", "deliverTo": {"file": "k"}}
    rows = (
        row("owned"), row("hidden"), row("same", description="ci"),
        row("different", description="x"), row("elsewhere", domain="2"),
    )  # fmt: skip
    twins = desk.provider.twins(
        desired, Collection(kind="ApiKey", objects=rows), frozenset({"owned"})
    )
    assert [twin.id for twin in twins] == ["hidden", "same"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("sk-1", {"deliverTo.key": "sk-1"}), ("sk-****", {}), (None, {})],
)
def test_a_key_whose_answer_was_lost_is_recovered_where_the_list_shows_it(
    server, desk, key, ok, shown, expected
):
    server.on("GetAPIs", {**ok, "APIKeys": [{"KeyID": "k1", "Key": shown}]})
    live = LiveObject(kind="ApiKey", id="k1", key=None, fields={"domain": remote_id("1")})
    secrets = desk.run(desk.provider.recover_secrets(live, {"deliverTo": {"file": "k"}}))
    assert {name: secret.reveal() for name, secret in secrets.items()} == expected


def test_an_smtp_password_is_never_recovered_because_that_would_change_it(server, desk, smtp):
    live = LiveObject(kind="SmtpConfig", id="s", key=None, fields={"domain": remote_id("1")})
    assert desk.run(desk.provider.recover_secrets(live, {"deliverTo": {"file": "k"}})) == {}
    assert server.commands == []
