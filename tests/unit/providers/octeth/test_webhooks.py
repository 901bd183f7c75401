import pytest

from reconciler.errors import ProviderError, Rejected
from reconciler.model.journal import CreateIntent, CreationClass, Verb
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.values import remote_id
from reconciler.providers.task import Task

URL = "https://h.example/a"
OTHER = "https://h.example/b"


class Hooks:
    """The webhooks of one domain, a row for each event, or for each URL."""

    def __init__(self, server, ok, *, per_url=False):
        self.rows = {}
        self.next = 1
        self.per_url = per_url
        self.key = "sign"
        self.ok = ok
        server.domains({"DomainID": "1", "DomainName": "a.example", "Verified": True})
        server.on("GetWebhooks", self.list)
        server.on("AddWebhook", self.add)
        server.on("DeleteWebhook", self.delete)

    def seed(self, *events, url=URL):
        row_id = str(self.next)
        self.next += 1
        self.rows[row_id] = (url, list(events))
        return row_id

    def list(self, _sent=None):
        rows = [
            {"WebhookID": row_id, "URL": url, "Events": events}
            for row_id, (url, events) in self.rows.items()
        ]
        return {**self.ok, "SigningKey": self.key, "Webhooks": rows}

    def add(self, sent):
        for row_id, (url, events) in self.rows.items():
            if self.per_url and url == sent["WebhookURL"]:
                events.append(sent["Event"])
                return {**self.ok, "NewWebhookID": row_id}
        return {**self.ok, "NewWebhookID": self.seed(sent["Event"], url=sent["WebhookURL"])}

    def delete(self, sent):
        if self.rows.pop(sent["WebhookID"], None) is None:
            return {"Success": False, "ErrorCode": [4]}
        return self.ok

    @property
    def parts(self):
        return sorted((event, url) for url, events in self.rows.values() for event in events)


@pytest.fixture
def hooks(server, ok):
    return Hooks(server, ok)


@pytest.fixture
def per_url(server, ok):
    return Hooks(server, ok, per_url=True)


def want(desk, *events, url=URL, name="hook", **more):
    return desk.want("Webhook", name, domain={"id": "1"}, events=list(events), url=url, **more)


def converge(desk, *expected):
    assert desk.run(desk.apply()) == list(expected)
    assert desk.run(desk.plan()) == []


def test_each_event_is_created_in_the_documented_spelling_with_its_own_step(server, hooks, desk):
    seen = hooks.seed("click")
    address = want(desk, "delivered", "bounce")
    writer = desk.run(desk.carry_out("create", address))
    assert [(sent["Event"], sent["WebhookURL"]) for sent in server.sent("AddWebhook")] == [
        ("delivery", URL),
        ("bounce", URL),
    ]
    first, second = writer.steps
    assert (first.key, first.pre_ids) == (f"1|delivery|{URL}", (seen,))
    assert second.pre_ids == (seen, "2")
    assert first.applied == {"domain": {"id": "1"}, "events": ["delivery"], "url": URL}
    assert desk.intents[0].creation is CreationClass.SERVER_ID
    assert desk.state[address].extra == {
        "domainId": "1",
        "parts": {f"delivery|{URL}": "2", f"bounce|{URL}": "3"},
    }
    assert hooks.parts == [("bounce", URL), ("click", URL), ("delivery", URL)]


def test_an_event_added_and_one_removed_leave_all_others_alone(server, hooks, desk):
    hooks.seed("click")
    hooks.seed("open", url=OTHER)
    want(desk, "delivery", "bounce")
    converge(desk, ("create", "hook"))
    want(desk, "delivery", "open")
    converge(desk, ("update", "hook"))
    assert hooks.parts == [("click", URL), ("delivery", URL), ("open", URL), ("open", OTHER)]
    desk.unwant("Webhook", "hook")
    converge(desk, ("delete", "hook"))
    assert hooks.parts == [("click", URL), ("open", OTHER)]


def test_a_new_url_is_in_place_before_the_old_one_goes(server, hooks, desk):
    want(desk, "delivery", "bounce")
    converge(desk, ("create", "hook"))
    before = len(server.commands)
    want(desk, "delivery", "bounce", url=OTHER)
    converge(desk, ("update", "hook"))
    writes = [command for command in server.commands[before:] if not command.startswith("Get")]
    assert writes == ["AddWebhook", "AddWebhook", "DeleteWebhook", "DeleteWebhook"]
    assert hooks.parts == [("bounce", OTHER), ("delivery", OTHER)]


def test_rows_that_exist_already_are_adopted_without_a_request(server, hooks, desk):
    hooks.seed("delivered", "bounced")
    hooks.seed("click")
    want(desk, "delivery", "bounce")
    converge(desk, ("adopt", "hook"))
    assert server.sent("AddWebhook") == []
    want(desk, "delivery", "bounce", "open")
    converge(desk, ("update", "hook"))
    assert len(server.sent("AddWebhook")) == 1


def test_an_identical_row_of_somebody_else_is_told_before_it_is_taken_over(hooks, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    theirs = hooks.seed("bounce")
    want(desk, "delivery", "bounce")
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    assert live.fields["events"] == ["delivery"]
    assert live.conflicts == (
        f"event bounce to {URL} exists already as webhook {theirs}, which is not managed here",
    )
    converge(desk, ("update", "hook"))
    assert desk.state[address].extra["parts"][f"bounce|{URL}"] == theirs
    assert len(hooks.rows) == 2


def test_a_row_that_appeared_since_the_plan_is_not_taken_over_in_silence(hooks, desk):
    address = want(desk, "delivery")
    hooks.seed("delivery")
    with pytest.raises(ProviderError, match="exists already as webhook 1"):
        desk.run(desk.carry_out("create", address))


def test_of_equal_rows_ours_is_kept_and_the_other_stays(hooks, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    hooks.seed("delivery")
    assert desk.run(desk.plan()) == []
    desk.unwant("Webhook", "hook")
    converge(desk, ("delete", "hook"))
    assert list(hooks.rows) == ["2"]
    assert address not in desk.state


def test_rows_nobody_claims_are_listed_by_url_and_unknown_events_left_out(hooks, desk):
    hooks.seed("send", "open")
    hooks.seed("click")
    hooks.seed("send", url=OTHER)
    (collection,) = desk.run(desk.observe("Webhook", bare=True)).collections.values()
    (rest,) = collection.objects
    assert (rest.address, rest.key) == (None, f"a.example|{URL}|open,click")
    assert rest.fields == {"domain": {"id": "1"}, "events": ["open", "click"], "url": URL}
    assert [part.key for part in collection.parts] == [
        f"1|open|{URL}", f"1|send|{URL}", f"1|click|{URL}", f"1|send|{OTHER}",
    ]  # fmt: skip


def test_a_row_with_several_events_is_removed_whole_and_the_rest_put_back(server, per_url, desk):
    per_url.seed("click")
    want(desk, "delivery", "bounce")
    converge(desk, ("create", "hook"))
    assert len(per_url.rows) == 1
    want(desk, "delivery", "open")
    converge(desk, ("update", "hook"))
    assert per_url.parts == [("click", URL), ("delivery", URL), ("open", URL)]
    assert any("in one webhook" in note for note in desk.notes)
    desk.unwant("Webhook", "hook")
    converge(desk, ("delete", "hook"))
    assert per_url.parts == [("click", URL)]


def test_two_manifests_may_share_a_row(per_url, desk):
    want(desk, "delivery", "bounce")
    want(desk, "open", name="second")
    converge(desk, ("create", "hook"), ("create", "second"))
    want(desk, "delivery")
    converge(desk, ("update", "hook"))
    desk.unwant("Webhook", "second")
    converge(desk, ("delete", "second"))
    assert per_url.parts == [("delivery", URL)]


def test_an_event_that_cannot_be_put_back_stops_the_removal_before_anything_is_done(
    server, per_url, desk
):
    per_url.seed("send", "delivery", "bounce")
    want(desk, "delivery", "bounce")
    converge(desk, ("adopt", "hook"))
    want(desk, "delivery", "open")
    with pytest.raises(ProviderError, match="carries send besides bounce"):
        desk.run(desk.apply())
    assert not server.sent("AddWebhook", "DeleteWebhook")


def test_a_webhook_gone_already_counts_as_deleted(server, hooks, desk):
    address = want(desk, "delivery", "bounce")
    converge(desk, ("create", "hook"))
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    listing = hooks.list()
    hooks.rows.clear()
    server.on("GetWebhooks", [listing, hooks.list(), hooks.list()])
    desk.run(desk.carry_out("delete", address, live))
    assert len(server.sent("DeleteWebhook")) == 2


def test_a_domain_gone_already_takes_its_webhooks_with_it(server, hooks, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    server.fails("GetWebhooks", 2)
    desk.run(desk.carry_out("delete", address, live))
    assert not server.sent("DeleteWebhook")


def test_the_last_step_of_a_delete_is_the_one_that_says_so(hooks, desk):
    address = want(desk, "delivery", "bounce")
    converge(desk, ("create", "hook"))
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    writer = desk.run(desk.carry_out("delete", address, live))
    assert [step.verb for step in writer.steps] == [Verb.UPDATE, Verb.DELETE]


@pytest.mark.parametrize(
    ("option", "sent"),
    [("delivery", ["bounce"]), ("delivered", ["bounced"]), ("either", ["bounce", "bounced"])],
)
def test_another_spelling_is_tried_only_where_the_option_says_so(
    server, make_desk, ok, option, sent
):
    desk = make_desk(eventNames=option)
    hooks = Hooks(server, ok)

    def picky(parameters):
        if parameters["Event"] != "bounced":
            return {"Success": False, "ErrorCode": [3]}
        return hooks.add(parameters)

    server.on("AddWebhook", picky)
    address = want(desk, "bounce")
    if "bounced" in sent:
        desk.run(desk.carry_out("create", address))
    else:
        with pytest.raises(Rejected, match="not one that the server knows"):
            desk.run(desk.carry_out("create", address))
    assert [one["Event"] for one in server.sent("AddWebhook")] == sent


def test_the_signing_key_is_delivered_and_never_stored(hooks, desk):
    address = want(desk, "delivery", signingKeyTo={"file": "k"})
    converge(desk, ("create", "hook"))
    assert desk.delivered["mail/Webhook/hook"] == {"signingKeyTo.signingKey": "sign"}
    assert "'sign'" not in repr(desk.state)
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    secrets = desk.run(desk.provider.recover_secrets(live, desk.manifests[address].spec))
    assert secrets["signingKeyTo.signingKey"].reveal() == "sign"
    assert desk.run(desk.provider.recover_secrets(live, {})) == {}


def test_a_sink_added_later_gets_the_key_without_a_write(server, hooks, desk):
    want(desk, "delivery")
    converge(desk, ("create", "hook"))
    want(desk, "delivery", signingKeyTo={"file": "k"})
    converge(desk, ("update", "hook"))
    assert len(server.sent("AddWebhook", "DeleteWebhook")) == 1
    assert desk.delivered["mail/Webhook/hook"] == {"signingKeyTo.signingKey": "sign"}


def test_a_missing_signing_key_is_a_clear_error_after_the_parts_are_known(hooks, desk):
    hooks.key = None
    address = want(desk, "delivery", signingKeyTo={"file": "k"})
    with pytest.raises(ProviderError, match="shows no signing key"):
        desk.run(desk.carry_out("create", address))
    assert desk.state[address].extra["parts"] == {f"delivery|{URL}": "1"}
    assert "signingKeyTo" not in desk.state[address].applied


def test_a_lost_part_is_found_by_its_key_also_inside_a_row_that_was_there(hooks, desk):
    hooks.seed("click", "delivery")
    address = want(desk, "delivery")
    lost = CreateIntent(
        op_id="1", address=address, step="event delivery",
        creation=CreationClass.SERVER_ID, account="", key=f"1|delivery|{URL}", pre_ids=("1",),
    )  # fmt: skip
    collection = desk.run(desk.observe("Webhook")).collections["Webhook"]
    (part,) = desk.provider.candidates(lost, collection)
    assert part.extra == {"domainId": "1", "parts": {f"delivery|{URL}": "1"}}


def test_what_was_put_back_for_others_never_becomes_ours(hooks, desk):
    hooks.seed("click")
    address = want(desk, "delivery")
    lost = CreateIntent(
        op_id="1", address=address, step="restore event click",
        creation=CreationClass.SERVER_ID, account="", key=f"1|click|{URL}", pre_ids=(),
    )  # fmt: skip
    collection = desk.run(desk.observe("Webhook")).collections["Webhook"]
    (part,) = desk.provider.candidates(lost, collection)
    assert part.extra == {"restore": {f"click|{URL}": None}}


def test_claims_and_identity_name_domain_event_and_url(desk):
    kind = desk.provider.kinds["Webhook"]
    fields = kind.canonical({"domain": "a", "events": ["clicked", "open"], "url": URL}, "hook")
    assert kind.identity(fields, lambda _value: "a.example") == f"a.example|{URL}|open,click"
    assert kind.claims(fields, lambda _value: "a.example") == (
        f"a.example|open|{URL}",
        f"a.example|click|{URL}",
    )
    assert kind.identity(fields, lambda _value: None) is None
    assert kind.claims(fields, lambda _value: None) == ()
    by_id = {**fields, "domain": remote_id("7")}
    assert kind.claims(by_id, lambda _value: None)[0] == f"#7|open|{URL}"


def test_the_cost_counts_events_and_the_list(desk):
    address = want(desk, "open", "click")
    spec = desk.manifests[address].spec
    owned = OwnedObject(
        address=address, remote_id="x", applied={**spec, "events": ["open", "bounce"]}
    )
    moved = OwnedObject(address=address, remote_id="x", applied={**spec, "url": OTHER})
    cost = desk.provider.cost
    assert cost(Task(address=address, desired=spec), Verb.CREATE) == 3
    assert cost(Task(address=address, desired=spec, owned=owned), Verb.UPDATE) == 3
    assert cost(Task(address=address, desired=spec, owned=moved), Verb.UPDATE) == 5
    assert cost(Task(address=address, desired={}, owned=owned), Verb.DELETE) == 3


@pytest.mark.parametrize("grouped", [False, True])
def test_a_death_at_any_point_of_a_change_leaves_what_the_next_run_finishes(
    server, ok, make_desk, killed, grouped
):
    """Both halves of every write: before it is sent, and after its answer is stored."""
    for fuse in range(60):
        hooks = Hooks(server, ok, per_url=grouped)
        desk = make_desk()
        hooks.seed("click", "complaint")
        want(desk, "delivery", "bounce")
        want(desk, "open", name="second", url=OTHER)
        converge(desk, ("create", "hook"), ("create", "second"))
        want(desk, "delivery", "unsubscribe", url=OTHER)
        desk.unwant("Webhook", "second")
        desk.fuse = fuse
        try:
            desk.run(desk.apply())
        except killed:
            desk.fuse = None
        else:
            return
        desk.run(desk.apply())
        assert desk.run(desk.plan()) == [], fuse
        assert hooks.parts == [
            ("click", URL), ("complaint", URL), ("delivery", OTHER), ("unsubscribe", OTHER),
        ], fuse  # fmt: skip
    pytest.fail("the change never came to its end")


def test_a_plan_after_a_death_between_removal_and_putting_back_shows_something_to_do(per_url, desk):
    row = per_url.seed("click", "delivery")
    address = want(desk, "delivery")
    converge(desk, ("adopt", "hook"))
    per_url.rows.pop(row)
    state = desk.state[address]
    desk.state[address] = OwnedObject(
        address=address,
        remote_id=state.remote_id,
        applied={**state.applied, "events": []},
        extra={"domainId": "1", "parts": {}, "restore": {f"click|{URL}": row}},
    )
    desk.unwant("Webhook", "hook")
    converge(desk, ("delete", "hook"))
    assert per_url.parts == [("click", URL)]


def test_a_task_that_names_no_domain_is_refused(desk):
    address = want(desk, "open")
    task = Task(
        address=address, desired={}, live=LiveObject(kind="Webhook", id="x", key=None, fields={})
    )

    async def delete():
        await desk.provider.delete(task, None)

    with pytest.raises(ProviderError, match="domain is not known"):
        desk.run(delete())


def test_what_is_put_back_for_others_is_not_made_a_second_time_for_us(hooks, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    state = desk.state[address]
    desk.state[address] = OwnedObject(
        address=address,
        remote_id=state.remote_id,
        applied=state.applied,
        extra={**state.extra, "restore": {f"click|{URL}": "7"}},
    )
    want(desk, "delivery", "click")
    with pytest.raises(ProviderError, match="exists already"):
        desk.run(desk.apply())
    assert hooks.parts == [("click", URL), ("delivery", URL)]


def test_what_is_there_again_is_not_waited_for_any_longer(hooks, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    hooks.seed("click")
    state = desk.state[address]
    desk.state[address] = OwnedObject(
        address=address,
        remote_id=state.remote_id,
        applied=state.applied,
        extra={**state.extra, "restore": {f"click|{URL}": "7"}},
    )
    assert desk.live(desk.run(desk.observe("Webhook")), address).extra["restore"] == {}


def test_what_is_put_back_into_a_row_of_ours_is_put_back_again_when_that_row_goes(per_url, desk):
    address = want(desk, "delivery")
    converge(desk, ("create", "hook"))
    state = desk.state[address]
    desk.state[address] = OwnedObject(
        address=address,
        remote_id=state.remote_id,
        applied=state.applied,
        extra={**state.extra, "restore": {f"click|{URL}": "7"}},
    )
    desk.unwant("Webhook", "hook")
    converge(desk, ("delete", "hook"))
    assert per_url.parts == [("click", URL)]


def test_what_somebody_has_made_since_the_plan_is_not_deleted_as_ours(hooks, desk):
    address = want(desk, "delivery", "open")
    converge(desk, ("create", "hook"))
    (gone,) = [row_id for row_id, (_, events) in hooks.rows.items() if events == ["delivery"]]
    hooks.rows.pop(gone)
    live = desk.live(desk.run(desk.observe("Webhook")), address)
    hooks.seed("delivery")
    desk.run(desk.carry_out("delete", address, live))
    assert hooks.parts == [("delivery", URL)]
