"""A small service that keeps webhooks and domains, in every reading of the page."""

import json
import random

import httpx
import pytest

from reconciler.errors import OutcomeUnknown
from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.transports.httpx import handed_in
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account, Resource
from reconciler.model.secret import Secret
from reconciler.providers.surenotify import Surenotify
from reconciler.providers.task import Scope, Task

CODES = {"delivery": 3, "open": 4, "click": 5, "bounce": 6, "complaint": 7}


class Service(httpx.AsyncBaseTransport):
    """`rows[channel]` are (type, url); `answers` are given once each in place of (or after) the work."""

    def __init__(self):
        self.rows = {"email": [], "sms": []}
        self.domains = {}
        self.shape = "list"
        self.keyed_by_url = False
        self.valid = "false"
        self.unknown_domain = httpx.Response(404, json={"message": "Not Found"})
        self.commas = False
        self.faults = []
        self.log = []
        self.hook = None

    def fault(self, method, answer, *, commit=False):
        """Lets the next request of this method be answered so, with or without the work done."""
        self.faults.append((method, answer, commit))

    async def handle_async_request(self, request):
        body = json.loads(await request.aread() or b"null")
        path = request.url.raw_path.decode()
        self.log.append((request.method, path, body))
        if self.hook:
            self.hook(self, request.method, path, body)
        for fault in self.faults:
            method, answer, commit = fault
            if method == request.method:
                self.faults.remove(fault)
                if commit:
                    self.work(request.method, path, body)
                if isinstance(answer, Exception):
                    raise answer
                return httpx.Response(answer.status_code, stream=answer.stream)
        return self.work(request.method, path, body)

    def work(self, method, path, body):
        if path.startswith("/v1/domains/"):
            return self.domain(method, path.removeprefix("/v1/domains/"))
        channel = {"/v1/webhooks": "email", "/v1/sms/webhooks": "sms"}[path]
        rows = self.rows[channel]
        if method == "GET":
            return self.listing(rows)
        if method == "POST":
            if body["type"] not in CODES.values():
                words = ["Invalid: type is not a valid value."]
                return httpx.Response(400, json={"success": False, "messages": words})
            kept = [
                row
                for row in rows
                if row[0] != body["type"] or (self.keyed_by_url and row[1] != body["url"])
            ]
            self.rows[channel] = [*kept, (body["type"], body["url"])]
            return self.success(True)
        kept = [row for row in rows if row[0] != body["type"]]
        self.rows[channel] = kept
        return self.success(len(kept) < len(rows))

    def success(self, worked):
        text = json.dumps({"success": worked})
        text = text.replace("}", ",}") if self.commas else text
        return httpx.Response(200 if worked else 500, text=text)

    def listing(self, rows):
        found = [
            {"type": code, "domain": "default", "url": url, "createDate": "2019-03-05T08:19:26Z"}
            for code, url in rows
        ]
        if self.shape == "object":
            return httpx.Response(200, json=found[0] if len(found) == 1 else found or {})
        if self.shape == "none":
            return httpx.Response(200, json=found) if found else httpx.Response(404, json={})
        if self.shape == "empty":
            return httpx.Response(200, json=found) if found else httpx.Response(200)
        if self.shape == "text":
            found = [row | {"type": str(row["type"])} for row in found]
        wrapped = {"wrapped": {"webhooks": found}, "data": {"data": found}}
        return httpx.Response(200, json=wrapped.get(self.shape, found))

    def domain(self, method, name):
        if method == "DELETE":
            return self.success(self.domains.pop(name, None) is not None)
        if method == "POST":
            self.domains[name] = True
        elif name not in self.domains:
            return self.unknown_domain
        records = [
            {"name": f"{kind}.{name}", "value": "v=spf1", "record_type": kind, "valid": self.valid}
            for kind in (1, 0)
        ]
        return httpx.Response(200, json=records)

    def slots(self, channel="email"):
        names = {code: event for event, code in CODES.items()}
        return sorted((names.get(code, code), url) for code, url in self.rows[channel])

    def writes(self):
        return [entry for entry in self.log if entry[0] != "GET"]


class Recorder:
    """A writer that sends, and keeps the steps and what state would hold after each."""

    def __init__(self, http):
        self.http = http
        self.steps = []
        self.extra = {}

    async def write(self, step):
        self.steps.append(step)
        body = await self.http.write(step.request)
        try:
            reply = step.read(body)
        except (ValueError, TypeError, LookupError, AttributeError):
            raise OutcomeUnknown("not understood") from None
        for name, value in reply.extra.items():
            merged = {**self.extra.get(name, {}), **value} if isinstance(value, dict) else value
            if isinstance(merged, dict):
                merged = {key: one for key, one in merged.items() if one is not None}
            self.extra[name] = merged
        return reply

    async def acknowledge(self, numbers):
        raise NotImplementedError


class Instant:
    def monotonic(self):
        return 0.0

    async def sleep(self, seconds):
        pass


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def make(service):
    """Makes the provider on the service: `make(options)`."""

    def make(options=None):
        account = Account(name="sn", type="surenotify", options=options or {}, base_url="https://x")
        credentials = {"apiKey": Secret("api-key-canary")}
        settings = HttpSettings(
            base_url="https://mail.surenotifyapi.com",
            headers=Surenotify.headers(credentials),
            requests_per_second=1e6,
        )
        http = HttpClient(
            settings,
            Surenotify.dialect(),
            transport=handed_in(service),
            clock=Instant(),
            rng=random.Random(1),
        )
        return Surenotify(account, credentials, http)

    return make


@pytest.fixture
def provider(make):
    return make()


@pytest.fixture
def writer(provider):
    return Recorder(provider.http)


@pytest.fixture
def helpers():
    return Helpers


class Helpers:
    """Short ways to say resources, state rows, scopes and tasks."""

    @staticmethod
    def address(name="hooks", kind="Webhook"):
        return Address("sn", kind, name)

    @staticmethod
    def hook(events, url="https://a.example/", *, channel="email"):
        return {"channel": channel, "events": list(events), "url": url}

    @classmethod
    def resource(cls, spec, name="hooks", kind="Webhook"):
        return Resource(address=cls.address(name, kind), spec=spec)

    @classmethod
    def owned(cls, applied, name="hooks", kind="Webhook", **changes):
        given = {"remote_id": f"email/{name}", "applied": applied} | changes
        return OwnedObject(address=cls.address(name, kind), **given)

    @staticmethod
    def scope(kind="Webhook", *, desired=(), owned=(), **changes):
        return Scope(
            kinds=frozenset({kind}), desired={kind: desired}, owned={kind: owned}, **changes
        )

    @classmethod
    def task(cls, desired, *, name="hooks", kind="Webhook", live=None, owned=None):
        return Task(
            address=cls.address(name, kind),
            desired=desired,
            managed=frozenset(desired),
            live=live,
            owned=owned,
        )
