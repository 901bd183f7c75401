"""Faults on command, the same in process and on a real port."""

import asyncio
import json
import time

import httpx
import pytest

from reconciler.emulator.app import build_app
from reconciler.emulator.faults import (
    FaultKind,
    FaultRequest,
    FaultRuleError,
    Faults,
    Rule,
)
from reconciler.emulator.server import EmulatorServer
from tests.support.inprocess import InProcessTransport

KEY = "/nhncloud-sms/sms/v2.2/appKeys/k"
TAG = {"tagName": "a"}
DROPPED = (httpx.RemoteProtocolError, httpx.ReadError)


class World:
    """An emulator with fault rules, and a client of it."""

    def __init__(self, served, rules):
        self.app = build_app(faults=Faults(rules))
        self._server = EmulatorServer(self.app) if served else None

    def __enter__(self):
        if self._server is not None:
            self._server.__enter__()
        return self

    def __exit__(self, *error):
        if self._server is not None:
            self._server.__exit__(*error)

    def send(self, method, path, *, timeout=5.0, wait=0.0, **options):
        async def one():
            transport = InProcessTransport(self.app) if self._server is None else None
            base = "http://emulator" if self._server is None else self._server.url
            async with httpx.AsyncClient(
                transport=transport, base_url=f"{base}{KEY}", trust_env=False, timeout=timeout
            ) as client:
                try:
                    return await client.request(method, path, **options)
                finally:
                    await asyncio.sleep(wait)

        return asyncio.run(one())

    def tags(self):
        return len(self.app.state.emulators["nhncloud-sms"].account("k").tags)


@pytest.fixture(params=[False, True], ids=["in-process", "served"])
def world(request):
    worlds = []

    def make(*rules):
        made = World(request.param, rules)
        worlds.append(made)
        return made.__enter__()

    yield make
    for made in worlds:
        made.__exit__(None, None, None)


# --- connections -------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "made"), [("drop-before", 0), ("drop-after", 1)])
def test_a_dropped_connection_looks_the_same_whether_or_not_the_request_was_executed(
    world, fault, made
):
    there = world({"method": "POST", "fault": fault})
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG)
    assert there.tags() == made
    assert there.send("GET", "/tags").json()["body"]["totalCount"] == made


def test_only_the_connection_of_that_request_is_dropped(world):
    there = world({"nth": 2, "fault": "drop-after"})
    assert there.send("POST", "/tags", json=TAG).status_code == 200
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG)
    assert there.send("POST", "/tags", json=TAG).status_code == 200
    assert there.tags() == 3


@pytest.mark.parametrize("executed", [False, True])
def test_a_request_hangs_until_the_client_gives_up(world, executed):
    there = world({"fault": "hang", "seconds": 30, "executed": executed})
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        there.send("POST", "/tags", json=TAG, timeout=0.2)
    assert time.monotonic() - began < 10
    assert there.tags() == int(executed)


def test_a_hang_ends_with_a_dropped_connection(world):
    there = world({"fault": "hang", "seconds": 0.05})
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG)


def test_a_late_commit_happens_after_the_connection_was_dropped(world):
    there = world({"fault": "late", "seconds": 0.3, "times": 1})
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG)
    assert there.tags() == 0
    there = world({"fault": "late", "seconds": 0.05, "times": 1})
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG, wait=0.5)
    assert there.tags() == 1


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize(("fault", "made"), [("status-before", 0), ("status-after", 1)])
def test_a_status_says_nothing_about_execution(status, fault, made):
    with World(served=False, rules=[{"fault": fault, "status": status, "times": 1}]) as there:
        assert there.send("POST", "/tags", json=TAG).status_code == status
        assert there.tags() == made


def test_an_error_page_can_be_given_as_text(world):
    there = world({"fault": "status-before", "status": 500, "text": '{"message": "boom"}'})
    answer = there.send("POST", "/tags", json=TAG)
    assert (answer.status_code, answer.json()) == (500, {"message": "boom"})


@pytest.mark.parametrize(
    ("form", "status", "expected"),
    [
        ("header", 429, "Too many requests. Wait for 12 seconds for another 5 attempts."),
        ("text", 429, "Too many requests. Wait for 12 seconds for another 5 attempts."),
        ("please", 429, "Too many requests. Please wait for 12 seconds before trying again."),
        ("bare", 429, "Too many requests. Rate limit exceeded."),
        (
            "placeholder",
            429,
            "Too many requests. Wait for {seconds} seconds for another {attempts} attempts.",
        ),
    ],
)
def test_rate_limits_come_in_the_documented_words(form, status, expected):
    with World(served=False, rules=[{"fault": "rate-limit", "form": form, "times": 1}]) as there:
        answer = there.send("POST", "/tags", json=TAG)
        assert (answer.status_code, answer.text) == (status, expected)
        assert answer.headers.get("retry-after") == ("12" if form == "header" else None)
        assert there.tags() == 0


@pytest.mark.parametrize(("form", "status"), [("errors", 429), ("envelope", 200)])
def test_rate_limits_can_hide_in_a_list_of_errors(form, status):
    rule = {"fault": "rate-limit", "form": form, "seconds": 3, "times": 1}
    with World(served=False, rules=[rule]) as there:
        answer = there.send("POST", "/tags", json=TAG)
        error = answer.json()["Errors"][0]
        assert (answer.status_code, error["Code"]) == (status, 429)
        assert "Wait for 3 seconds" in error["Message"]
        assert there.tags() == 0


def test_a_truncated_answer_was_executed_and_is_no_json(world):
    there = world({"fault": "truncate"})
    answer = there.send("POST", "/tags", json=TAG)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert there.tags() == 1


def test_an_answer_can_be_cut_by_a_dropped_connection(world):
    there = world({"fault": "truncate", "cut": "connection"})
    with pytest.raises(DROPPED):
        there.send("POST", "/tags", json=TAG)
    assert there.tags() == 1


@pytest.mark.parametrize("executed", [False, True])
def test_a_page_of_html_says_nothing_about_execution(world, executed):
    there = world({"fault": "html", "executed": executed})
    answer = there.send("POST", "/tags", json=TAG)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
    assert there.tags() == int(executed)


def test_a_redirect_points_where_the_rule_says_and_executes_nothing(world):
    there = world({"fault": "redirect", "location": "http://canary.invalid/x"})
    answer = there.send("POST", "/tags", json=TAG)
    assert (answer.status_code, answer.headers["location"]) == (307, "http://canary.invalid/x")
    assert there.tags() == 0


def test_delays_of_several_rules_add_up(world):
    there = world({"fault": "delay", "seconds": 0.05}, {"fault": "delay", "seconds": 0.07})
    began = time.monotonic()
    assert there.send("POST", "/tags", json=TAG).status_code == 200
    assert time.monotonic() - began >= 0.12


# --- lists -------------------------------------------------------------------------------------


def test_a_stale_list_omits_what_was_just_made_while_a_single_read_has_it():
    rules = [{"method": "GET", "fault": "stale-list", "seconds": 60, "times": 2}]
    with World(served=False, rules=rules) as there:
        there.send("POST", "/uids", json=uid("u1"))
        assert there.send("GET", "/uids").json()["body"]["data"]["totalCount"] == 0
        assert there.send("GET", "/uids/u1").json()["header"]["isSuccessful"] is True
        assert there.send("GET", "/uids").json()["body"]["data"]["totalCount"] == 1


def test_pages_shift_as_when_a_row_of_an_earlier_page_was_deleted():
    with World(served=False, rules=[{"method": "GET", "fault": "page-shift"}]) as there:
        for name in "abcdef":
            there.send("POST", "/tags", json={"tagName": name})
        pages = [
            [tag["tagName"] for tag in there.send("GET", path).json()["body"]["data"]]
            for path in ("/tags?pageSize=3&pageNum=1", "/tags?pageSize=3&pageNum=2")
        ]
    assert pages == [["a", "b", "c"], ["e", "f"]]


def uid(name):
    contact = {"contactType": "PHONE_NUMBER", "contact": "01011112222"}
    return {"uids": [{"uid": name, "contacts": [contact]}]}


# --- rules -------------------------------------------------------------------------------------


def picks(rule, requests):
    faults = Faults([rule])
    return [faults.pick(request).rule is not None for request in requests]


def post(path="/tags", **others):
    return FaultRequest(provider="nhncloud-sms", method="POST", path=path, **others)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ({}, [1, 1, 1, 1, 1, 1]),
        ({"nth": 2}, [0, 1, 0, 0, 0, 0]),
        ({"nth": [1, 4]}, [1, 0, 0, 1, 0, 0]),
        ({"every": 3}, [0, 0, 1, 0, 0, 1]),
        ({"times": 2}, [1, 1, 0, 0, 0, 0]),
        ({"every": 2, "times": 2}, [0, 1, 0, 1, 0, 0]),
    ],
)
def test_rules_count_the_requests_they_match(counted, expected):
    rule = {"fault": "drop-after", **counted}
    assert picks(rule, [post()] * 6) == [bool(number) for number in expected]


@pytest.mark.parametrize(
    ("condition", "request_", "expected"),
    [
        ({"method": "post"}, post(), True),
        ({"method": "GET"}, post(), False),
        ({"provider": "octeth"}, post(), False),
        ({"path": "/tags$"}, post(), True),
        ({"path": "^/tags/"}, post(), False),
        ({"query": "pageNum=2"}, post(query="pageNum=2&pageSize=9"), True),
        ({"body": "AddAPI"}, post(body=b'{"Command": "EmailGateway.AddAPI"}'), True),
        ({"body": "AddSMTP"}, post(body=b'{"Command": "EmailGateway.AddAPI"}'), False),
    ],
)
def test_rules_match_by_provider_method_path_query_and_body(condition, request_, expected):
    assert picks({"fault": "drop-before", **condition}, [request_]) == [expected]


def test_the_first_rule_that_strikes_decides_and_the_second_s_turn_comes_later():
    faults = Faults(
        [{"fault": "drop-before", "nth": 1}, {"fault": "status-before", "times": 1}],
    )
    struck = [faults.pick(post()).rule for _ in range(3)]
    kinds = [None if rule is None else rule.fault for rule in struck]
    assert kinds == [FaultKind.DROP_BEFORE, FaultKind.STATUS_BEFORE, None]
    assert faults.fired() == (1, 1)


def test_rules_can_be_made_in_python():
    assert Faults([Rule(fault=FaultKind.DROP_AFTER)]).pick(post()).rule is not None


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({}, "'fault' must be one of drop-before"),
        ({"fault": "explode"}, "'fault' must be one of"),
        ({"fault": "drop-after", "when": 1}, "unknown field 'when'"),
        ({"fault": "drop-after", "path": "("}, "'path' is no regular expression"),
        ({"fault": "drop-after", "nth": 0}, "'nth' counts from 1"),
        ({"fault": "drop-after", "nth": ["2"]}, "'nth' counts from 1"),
        ({"fault": "drop-after", "every": 0}, "'every' must be a positive integer"),
        ({"fault": "drop-after", "times": -1}, "'times' must be a positive integer"),
        ({"fault": "hang", "seconds": -1}, "'seconds' must be a number"),
        ({"fault": "status-after", "status": "500"}, "'status' must be an HTTP status"),
        ({"fault": "rate-limit", "form": "loud"}, "'form' must be one of header"),
        ({"fault": "truncate", "cut": "hair"}, "'cut' must be one of body"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_field(rule, complaint):
    with pytest.raises(FaultRuleError, match=complaint.replace("(", r"\(")):
        Faults([rule])


def test_rules_are_loaded_from_a_file(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text('[{"fault": "drop-after", "nth": 3}]')
    assert Faults.load(path).rules[0].nth == {3}
    for wrong in ("{", "{}", "[1]"):
        path.write_text(wrong)
        with pytest.raises(FaultRuleError, match=r"faults\.json"):
            Faults.load(path)


def test_rules_can_be_replaced_while_serving():
    app = build_app(faults=Faults([{"fault": "drop-before"}]))
    with (
        EmulatorServer(app) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        refused = client.put("/__emulator__/faults", json=[{"fault": "explode"}])
        assert (refused.status_code, "must be one of" in refused.json()["error"]) == (400, True)
        with pytest.raises(DROPPED):
            client.get(f"{KEY}/tags")
        client.put("/__emulator__/faults", json=[{"fault": "status-before", "status": 502}])
        assert client.get(f"{KEY}/tags").status_code == 502
        assert client.get("/__emulator__/faults").json() == {"rules": 1, "fired": [1]}
