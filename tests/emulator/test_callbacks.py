"""Webhook calls of the emulators: what is owed, when it is made, and to whom never."""

import hashlib
import hmac
import http.server
import json
import queue
import threading
import urllib.request
from datetime import UTC, datetime

import pytest

from reconciler.emulator.app import build_app
from reconciler.emulator.callbacks import NOT_HERE, UNREACHABLE
from reconciler.emulator.server import EmulatorServer

START = datetime(2020, 1, 1, tzinfo=UTC)
KEY = "acme"
WAIT_SECONDS = 20


@pytest.fixture
def receiver():
    """A server that keeps calls and answers 204; gives its URL and the queue of calls."""
    calls = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            calls.put((self.path, dict(self.headers), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?a=1", calls
    server.shutdown()
    thread.join()
    server.server_close()


class Served:
    """A served emulator with a verified domain, its clock standing still."""

    def __init__(self, url):
        self.url = url
        self.ask("PUT", "/__emulator__/clock", {"at": START.isoformat(), "running": False})
        self.ask("POST", "/surenotify/v1/domains/example.com")
        self.ask("PUT", "/surenotify/v1/domains/example.com")

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}{path}", data, {"x-api-key": KEY}, method=method
        )
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            return json.loads(answer.read())

    def hook(self, url, *types, path="/v1/webhooks"):
        for event_type in types:
            self.ask("POST", f"/surenotify{path}", {"type": event_type, "url": url})

    def mail(self, recipient):
        mail = {"subject": "s", "fromAddress": "a@example.com", "content": "c"}
        recipients = [{"address": recipient, "variables": {"UUID": "1234"}}]
        answer = self.ask("POST", "/surenotify/v1/messages", {**mail, "recipients": recipients})
        return answer["success"][0]["id"]

    def statuses(self):
        return [call["status"] for call in self.ask("GET", "/__emulator__/callbacks")["callbacks"]]


@pytest.fixture
def served():
    running = []

    def start(*, callbacks=True, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        app = build_app(callbacks=callbacks, readings={"surenotify": chosen})
        server = EmulatorServer(app)
        running.append((server, app))
        return Served(server.__enter__().url)

    yield start
    for server, app in running:
        server.__exit__(None, None, None)
        app.state.close()


def test_a_bounce_is_called_as_documented_and_signed_with_the_key(served, receiver):
    url, calls = receiver
    emulator = served()
    emulator.hook(url, 3, 6)
    message = emulator.mail("bounced@b.co")
    path, headers, body = calls.get(timeout=WAIT_SECONDS)
    assert path == "/hook?a=1"
    signature = hmac.new(KEY.encode(), f"{message}bounce".encode(), hashlib.sha256).hexdigest()
    assert headers["x-surenotify-signature"] == signature
    assert body == {
        "event": "bounce",
        "mail": {
            "id": message,
            "subject": "s",
            "content": "",
            "from": "a <a@example.com>",
            "to": "bounced@b.co",
            "variables": {"UUID": "1234"},
        },
        "bounce": {
            "timestamp": 1577836800000,
            "code": "5.0.0",
            "type": "1",
            "reason": "system: user unknown",
        },
    }


def test_an_sms_is_called_as_documented(served, receiver):
    url, calls = receiver
    emulator = served(bounce_type="number")
    emulator.hook(url, 3, path="/v1/sms/webhooks")
    sms = {"content": "hello", "recipients": [{"address": "0912345678", "country_code": "886"}]}
    message = emulator.ask("POST", "/surenotify/v1/sms/messages", sms)["success"][0]["id"]
    assert calls.get(timeout=WAIT_SECONDS)[2] == {
        "event": "delivery",
        "sms_data": {
            "id": message,
            "content": "hello",
            "recipient": "886912345678",
            "address": "0912345678",
            "country_code": "886",
            "variables": {},
            "alive_mins": 5,
        },
        "delivery": {"timestamp": 1577836800000, "point": 1, "srcaddr": "0988777666"},
    }


def test_reading_call_members_flat_is_the_form_of_the_tables(served, receiver):
    url, calls = receiver
    emulator = served(call_members="flat")
    emulator.hook(url, 3)
    message = emulator.mail("kim@b.co")
    body = calls.get(timeout=WAIT_SECONDS)[2]
    assert (body["id"], body["to"]) == (message, "kim@b.co")
    assert body["delivery"] == {"timestamp": 1577836800000}
    assert "mail" not in body


def test_each_event_is_called_once_in_order_when_the_clock_has_come_to_it(served, receiver):
    url, calls = receiver
    emulator = served(bounce_type="number")
    emulator.hook(url, 3, 4, 5, 6, 7)
    emulator.mail("delivered-bounced@b.co")
    assert calls.get(timeout=WAIT_SECONDS)[2]["event"] == "delivery"
    assert emulator.statuses()[1:] == [None]
    emulator.ask("PUT", "/__emulator__/clock", {"forward": 30})
    body = calls.get(timeout=WAIT_SECONDS)[2]
    assert (body["event"], body["bounce"]["type"]) == ("bounce", 1)
    emulator.mail("clicked@b.co")
    assert [calls.get(timeout=WAIT_SECONDS)[2]["event"] for _ in range(3)] == [
        "delivery",
        "open",
        "click",
    ]
    assert calls.empty()


@pytest.mark.parametrize("callbacks", [False, True])
def test_nobody_is_called_but_this_computer_and_only_where_that_is_asked_for(
    served, receiver, callbacks
):
    url, calls = receiver
    emulator = served(callbacks=callbacks)
    emulator.hook("https://hooks.example.com/a", 3)
    emulator.mail("kim@b.co")
    emulator.hook("http://192.0.2.1/", 3)
    emulator.mail("kim@b.co")
    emulator.hook("http://127.0.0.1:9/", 3)
    emulator.mail("kim@b.co")
    emulator.hook(url, 3)
    emulator.mail("kim@b.co")
    if not callbacks:
        assert emulator.statuses() == [None] * 4
        assert calls.empty()
        return
    calls.get(timeout=WAIT_SECONDS)
    assert emulator.statuses()[:3] == [NOT_HERE, NOT_HERE, UNREACHABLE]
    assert emulator.ask("DELETE", "/__emulator__/callbacks") == {"total": 0, "callbacks": []}


def test_what_nobody_has_a_webhook_for_is_owed_to_nobody(served):
    emulator = served()
    emulator.hook("http://127.0.0.1:9/", 7)
    emulator.mail("kim@b.co")
    assert emulator.statuses() == []
