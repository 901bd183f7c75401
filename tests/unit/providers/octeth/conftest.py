"""A desk that plays the engine for one account, and a made-up server that answers from a script."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
import pytest

from reconciler.errors import OutcomeUnknown
from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.transports.httpx import handed_in
from reconciler.model.address import Address
from reconciler.model.journal import Verb
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account, Reference, Resource
from reconciler.model.secret import Secret
from reconciler.model.values import pending, remote_id
from reconciler.providers.octeth import PROVIDER
from reconciler.providers.task import Scope, Task
from tests.support import intents
from tests.support.virtual_time import NoWait

OK = {"Success": True, "ErrorCode": 0}
MARKER = "[mp:ABCDEFGH23]"


@dataclass(frozen=True)
class Call:
    command: str
    parameters: dict
    headers: dict


class Server:
    """Answers by command: an answer, a list of them, or a function of the parameters."""

    def __init__(self):
        self.routes = {}
        self.calls = []

    def on(self, command, answer=OK):
        self.routes[command] = answer

    def fails(self, command, code, **more):
        self.on(command, {"Success": False, "ErrorCode": code, **more})

    def domains(self, *rows):
        self.on("GetDomains", {**OK, "Domains": list(rows)})

    def sent(self, *commands):
        return [call.parameters for call in self.calls if call.command in commands]

    @property
    def commands(self):
        return [call.command for call in self.calls]

    async def handle(self, request):
        await asyncio.sleep(0)
        assert request.method == "POST"
        assert request.url.path == "/mail/api.php"
        content = await request.aread()
        kind = request.headers["content-type"]
        body = json.loads(content) if "json" in kind else dict(parse_qsl(content.decode()))
        assert body.pop("APIKey") == "s3cret-key"
        command = body.pop("Command").removeprefix("EmailGateway.")
        self.calls.append(Call(command, body, dict(request.headers)))
        answer = self.routes.get(command)
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer(body)
        assert answer is not None, f"no answer for {command}"
        if isinstance(answer, Exception):
            raise answer
        status, answer = answer if isinstance(answer, tuple) else (200, answer)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return httpx.Response(status, content=content)


class Killed(BaseException):
    """The process dies."""


def merged(old, new):
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        elif isinstance(value, dict):
            result[name] = merged({}, value)
        else:
            result[name] = value
    return result


class DeskWriter:
    """Sends at once and keeps state as the engine does, so that it may die after any write."""

    def __init__(self, desk, address, replaces=None):
        self.desk = desk
        self.address = address
        self.steps = []
        self.secrets = {}

    async def write(self, step):
        desk = self.desk
        kind = desk.provider.kinds[self.address.kind]
        marker = MARKER if callable(step.request) else ""
        request = step.request(marker) if marker else step.request
        desk.intents.append(
            intents.intent(
                op_id=str(len(desk.intents)),
                address=self.address,
                verb=step.verb,
                step=step.name,
                creation=getattr(step, "creation", None) or kind.creation,
                account="",
                marker=marker,
                key=getattr(step, "key", None),
                pre_ids=getattr(step, "pre_ids", None),
                applied=step.applied,
            )
        )
        self.steps.append(step)
        desk.spend()
        try:
            body = await desk.provider.write(request)
            reply = step.read(body)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise OutcomeUnknown(str(error)) from error
        self.secrets |= reply.secrets
        if step.verb is Verb.DELETE:
            desk.state.pop(self.address, None)
        else:
            old = desk.state.get(self.address)
            desk.state[self.address] = OwnedObject(
                address=self.address,
                remote_id=reply.id or (old.remote_id if old else ""),
                applied=step.applied,
                extra=merged(old.extra if old else {}, reply.extra),
            )
        desk.spend()
        return reply

    async def acknowledge(self, numbers):
        raise AssertionError("no kind of this provider has members")


@dataclass
class Desk:
    """Plays planner and applier for one account, as far as a provider can tell."""

    transport: object
    base_url: str = "https://octeth.example/mail"
    options: dict = field(default_factory=dict)
    state: dict = field(default_factory=dict)
    manifests: dict = field(default_factory=dict)
    intents: list = field(default_factory=list)
    delivered: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    fuse: int | None = None
    """Half-writes left until the process dies: one before each send, one after each answer."""

    def __post_init__(self):
        self.clock = NoWait()
        account = Account(name="mail", type="octeth", base_url=self.base_url, options=self.options)
        self.http = HttpClient(
            HttpSettings(base_url=self.base_url, requests_per_second=1e6, timeout_seconds=5),
            PROVIDER.dialect(),
            transport=handed_in(self.transport),
            clock=self.clock,
        )
        self.provider = PROVIDER(account, {"apiKey": Secret("s3cret-key")}, self.http)

    def spend(self):
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed

    def want(self, kind, name, **spec):
        """Put a manifest in place."""
        address = Address("mail", kind, name)
        canonical = self.provider.kinds[kind].canonical(spec, name)
        references = ()
        if isinstance(spec.get("domain"), str) and kind != "SenderDomain":
            target = Address("mail", "SenderDomain", spec["domain"])
            references = (Reference(field="domain", target=target),)
        self.manifests[address] = Resource(address=address, spec=canonical, references=references)
        return address

    def unwant(self, kind, name):
        del self.manifests[Address("mail", kind, name)]

    async def observe(self, *kinds, bare=False):
        kinds = kinds or tuple(self.provider.kinds)
        desired, owned = {}, {}
        for resource in self.manifests.values():
            desired.setdefault(resource.address.kind, []).append(resource)
        for row in self.state.values():
            owned.setdefault(row.address.kind, []).append(row)
        scope = Scope(kinds=frozenset(kinds), desired=desired, owned=owned)
        return await self.provider.observe(Scope(kinds=frozenset(kinds)) if bare else scope)

    def resolved(self, resource):
        """Return desired fields with the reference as an id, or pending."""
        fields = dict(resource.spec)
        if resource.references:
            target = resource.references[0].target
            row = self.state.get(target)
            fields["domain"] = (
                remote_id(row.remote_id) if row else pending(*str(target).split("/")[1:])
            )
        return fields

    def live(self, seen, address):
        """Return the live object of an address as the engine would match it."""
        collection = seen.collections[address.kind]
        assert collection.complete, collection.error
        owned = self.state.get(address)
        resource = self.manifests.get(address)
        for one in collection.objects:
            if one.address is not None:
                if one.address == address:
                    return one
            elif owned:
                if one.id == owned.remote_id:
                    return one
            elif resource and one.key is not None and one.key == resource.spec["domain"]:
                return one
        return None

    def difference(self, resource, live):
        """Return the fields that differ: live decides, else what was last applied."""
        kind = self.provider.kinds[resource.address.kind]
        owned = self.state.get(resource.address)
        applied = owned.applied if owned else {}
        different = set()
        for name, value in self.resolved(resource).items():
            declared = kind.field(name)
            before = (
                applied.get(name) if declared.local else live.fields.get(name, applied.get(name))
            )
            same = sorted(value) == sorted(before or []) if declared.unordered else value == before
            if not same:
                different.add(name)
        return frozenset(different)

    async def plan(self):
        """Return `(verb, address, changed)` of what is to be done."""
        seen = await self.observe()
        steps = []
        for resource in self.manifests.values():
            live = self.live(seen, resource.address)
            if live is None:
                steps.append(("create", resource.address, live, frozenset()))
                continue
            changed = self.difference(resource, live)
            kind = self.provider.kinds[resource.address.kind]
            if any(kind.field(name).immutable for name in changed):
                steps.append(("replace", resource.address, live, changed))
            elif changed:
                steps.append(("update", resource.address, live, changed))
            elif resource.address not in self.state:
                steps.append(("adopt", resource.address, live, changed))
        gone = [address for address in self.state if address not in self.manifests]
        steps += [
            ("delete", address, self.live(seen, address), frozenset())
            for address in sorted(gone, key=lambda address: address.kind == "SenderDomain")
        ]
        return steps

    async def apply(self):
        """Carry out the plan; returns its verbs."""
        steps = await self.plan()
        for verb, address, live, changed in steps:
            await self.carry_out(verb, address, live, changed)
        return [(verb, address.name) for verb, address, *_ in steps]

    async def carry_out(self, verb, address, live=None, changed=frozenset()):
        provider = self.provider
        kind = provider.kinds[address.kind]
        writer = DeskWriter(self, address)
        if verb == "delete":
            task = Task(address=address, desired={}, live=live, owned=self.state[address])
            if live is not None:
                await provider.delete(task, writer)
            self.state.pop(address, None)
            return writer
        resource = self.manifests[address]
        fields = self.resolved(resource)
        managed = frozenset(fields)
        if verb == "adopt":
            self.state[address] = OwnedObject(
                address=address, remote_id=live.id, applied=fields, extra=dict(live.extra)
            )
            return writer
        old = self.state.get(address)
        if verb == "replace":
            if not provider.create_first(kind, live):
                await provider.delete(
                    Task(address=address, desired={}, live=live, owned=old), writer
                )
                self.state.pop(address, None)
                await self._create(writer, address, fields, managed)
            else:
                self.state.pop(address, None)
                await self._create(writer, address, fields, managed)
                row = self.state[address]
                await provider.delete(
                    Task(address=address, desired={}, live=live, owned=old), writer
                )
                self.state[address] = row
            return writer
        if verb == "create":
            await self._create(writer, address, fields, managed)
            return writer
        task = Task(
            address=address, desired=fields, managed=managed, changed=changed, live=live, owned=old
        )
        self.notes += provider.notes(task, Verb.UPDATE)
        self._keep(writer, address, fields, await provider.update(task, writer))
        return writer

    async def _create(self, writer, address, fields, managed):
        kind = self.provider.kinds[address.kind]
        desired = {**fields, **kind.create_defaults(fields, address.name)}
        task = Task(address=address, desired=desired, managed=managed)
        self._keep(writer, address, fields, await self.provider.create(task, writer))

    def _keep(self, writer, address, fields, applied):
        self.notes += applied.notes
        self.state[address] = OwnedObject(
            address=address, remote_id=applied.id, applied=fields, extra=dict(applied.extra)
        )
        found = {**writer.secrets, **applied.secrets}
        if found:
            self.delivered[str(address)] = {name: secret.reveal() for name, secret in found.items()}

    def run(self, work):
        async def all_of_it():
            try:
                return await work
            finally:
                await self.http.close()

        return asyncio.run(all_of_it())


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def make_desk(server):
    def make(**options):
        return Desk(transport=httpx.MockTransport(server.handle), options=options)

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()


@pytest.fixture
def desk_class():
    return Desk


@pytest.fixture
def killed():
    return Killed


@pytest.fixture
def ok():
    return OK
