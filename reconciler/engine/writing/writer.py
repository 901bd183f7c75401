"""Writes one step crash-safely: stores the intent, sends the request, stores the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypedDict

from reconciler.engine.diff.fields import Digest, keep
from reconciler.errors import NotSent, OutcomeUnknown, Reappeared, Rejected
from reconciler.model.address import Address
from reconciler.model.change import (
    Create,
    Delete,
    Desired,
    MemberChange,
    Replace,
    Write,
    is_beside,
)
from reconciler.model.ids import marker_of, new_op_id
from reconciler.model.journal import (
    CreateIntent,
    CreationClass,
    DeleteIntent,
    Intent,
    Response,
    UpdateIntent,
    Verb,
)
from reconciler.model.parts import part_ids
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.carried_over import CarriedOver
from reconciler.providers.kind import Kind
from reconciler.providers.task import CreateStep, DeleteStep, Reply, Step, UpdateStep
from reconciler.state.base import Run

NOTHING_DESIRED = Desired()

REPEATS = 3
"""How often an idempotent step is sent again after unknown outcomes."""

_MARKED = frozenset({CreationClass.MARKED, CreationClass.SECRET_ONCE})


class _Common(TypedDict):
    """The fields that intents of every verb have."""

    op_id: str
    address: Address
    step: str
    creation: CreationClass
    account: str
    applied: Fields
    sinks: Mapping[str, JsonValue]
    lifecycle: Mapping[str, JsonValue]
    epoch: int


class JournaledWriter:
    """The `Writer` of one change: remembers its steps until state takes them over."""

    def __init__(
        self,
        *,
        run: Run,
        send: Callable[[Step], Awaitable[JsonValue]],
        kind: Kind,
        change: Write,
        members: MemberChange | None = None,
        account: str,
        phase: Verb,
        target: str | None = None,
        digest: Digest,
        on_members: Callable[[int], None] = lambda _count: None,
        stopped: Callable[[], bool] = lambda: False,
        marker: str = "",
    ) -> None:
        """Start with no step written."""
        self.run = run
        self.send = send
        """Sends a step and returns the parsed answer, as `Provider.send` does."""
        self.kind = kind
        self.change = change
        self.members = members
        """The members to add to a set and to remove from it in this phase."""
        self.account = account
        """The account's fingerprint."""
        self.phase = phase
        self.target = target
        """The remote id that is deleted, or that a create takes over from."""
        self.digest = digest
        self.on_members = on_members
        self.stopped = stopped
        """Tells whether the run is to stop: then no further batch of members is sent."""
        self.marker = marker
        """A marker to use again, from an earlier attempt."""
        self.op_ids: list[str] = []
        """The intents of the steps done so far, to be closed when the change is settled."""
        self.doubtful: list[str] = []
        """The intents of steps whose answer was lost: closed once provider code has read back."""
        self.latest = ""
        """The intent of the last step."""
        self.secrets: dict[str, Secret] = {}
        self.acknowledged = 0
        self.cut_short = False
        """The run stopped before all batches of members were sent; the next run goes on."""
        self.left: dict[str, JsonValue] = {}
        """For the `extra` of the row: what an object had that is removed to be made again."""

    async def write(self, step: Step) -> Reply:
        """Store the intent, send the step, store the answer and return it."""
        if self.members is not None and self.stopped():
            self.cut_short = True
            raise NotSent(self._how_far())
        self._refuse_reappeared(step)
        op_id = new_op_id()
        marker = ""
        if isinstance(step, CreateStep):
            marker = self._marker(step, op_id)
            step = step.marked(marker)
        left = self._left_behind(step)
        self.left |= left
        intent = self._intent(op_id, step, marker, left)
        await self.run.intend(intent)
        self.latest = op_id
        try:
            reply = await self._send(op_id, step)
        except OutcomeUnknown:
            self.doubtful.append(op_id)
            raise
        body = Response(server_id=reply.id, extra=reply.extra, secrets=reply.secrets)
        await self.run.respond(op_id, body)
        self.op_ids.append(op_id)
        self.secrets.update(reply.secrets)
        return reply

    def _marker(self, step: CreateStep, op_id: str) -> str:
        """Return the marker that the request is to carry; empty if it cannot carry one."""
        creation = step.creation or self.kind.creation
        if creation not in _MARKED or not step.takes_marker:
            return ""
        return self.marker or marker_of(op_id)

    def _refuse_reappeared(self, step: Step) -> None:
        """Raise `Reappeared` if the latest list shows the object that is to be made again."""
        change = self.change
        if not isinstance(step, CreateStep) or not step.pre_ids or self.op_ids:
            return
        if isinstance(change, Create) and change.owned and not change.live:
            lost = {change.owned.remote_id, *part_ids(change.owned.extra)}
            back = sorted(lost & set(step.pre_ids))
            if back:
                raise Reappeared(
                    f"{change.address} is there after all (id {', '.join(back)}): the lists that "
                    "lacked it were wrong, so it is not made again",
                    hint="Run `reconciler plan` again.",
                )

    def _how_far(self) -> str:
        if not self.acknowledged:
            return "the run was stopped"
        total = len(self.members.add) if self.members else 0
        return f"the run was stopped after {self.acknowledged:,} of {total:,} members"

    def closes(self) -> dict[str, str]:
        """Return the outcomes of all steps, once the whole change is done or surely refused."""
        looked = dict.fromkeys(self.doubtful, "settled-by-reading")
        return {**dict.fromkeys(self.op_ids, "done"), **looked}

    async def acknowledge(self, numbers: Sequence[str]) -> None:
        """Remember durably that these members were added by us."""
        op_id = self.op_ids[-1] if self.op_ids else ""
        await self.run.acknowledge(op_id, self.change.address, numbers)
        self.acknowledged += len(numbers)
        self.on_members(self.acknowledged)

    def _intent(self, op_id: str, step: Step, marker: str, left: Mapping[str, JsonValue]) -> Intent:
        desired = _desired(self.change)
        common = _Common(
            op_id=op_id,
            address=self.change.address,
            step=step.name,
            creation=self.kind.creation,
            account=self.account,
            applied=self._applied(step),
            sinks={n: desired.fields[n] for n in self.kind.sinks if n in desired.fields},
            lifecycle=_lifecycle(desired, _kept_references(self.change)),
            epoch=self.run.epoch,
        )
        match step:
            case CreateStep(creation=creation, key=key, pre_ids=pre_ids):
                common["creation"] = creation or self.kind.creation
                # A part that a removal makes again belongs to others: it does not succeed the
                # removed object.
                return CreateIntent(
                    **common,
                    key=key,
                    marker=marker,
                    pre_ids=pre_ids or (),
                    target=None if self.phase is Verb.DELETE else self.target,
                    gone=self.phase is Verb.CREATE and not _is_made_first(self.change),
                )
            case UpdateStep(key=key, in_doubt=in_doubt, makes=makes):
                return UpdateIntent(**common, key=key, in_doubt={**in_doubt, **left}, makes=makes)
            case DeleteStep():
                return DeleteIntent(**common, in_doubt=left, target=self.target)

    def _left_behind(self, step: Step) -> dict[str, JsonValue]:
        change = self.change
        replaced = (
            step.verb is Verb.DELETE
            and self.phase is Verb.DELETE
            and isinstance(change, Replace)
            and not change.create_first
            and change.owned.remote_id == self.target
        )
        removes = isinstance(step, UpdateStep) and step.removes
        if change.live is None or not (replaced or removes):
            return {}
        return CarriedOver.seen(self.kind, change.live, _desired(change).touched).to_json()

    def _applied(self, step: Step) -> dict[str, JsonValue]:
        fields = dict(step.applied)
        desired = _desired(self.change)
        if step.verb is Verb.CREATE:
            for declared in self.kind.fields:
                if declared.local and declared.name in desired.managed:
                    fields.setdefault(declared.name, desired.fields[declared.name])
        return {
            name: keep(self.kind.field(name), value, self.digest) for name, value in fields.items()
        }

    async def _send(self, op_id: str, step: Step) -> Reply:
        lost: OutcomeUnknown | None = None
        for attempt in range(REPEATS):
            try:
                return _read(step, await self.send(step), self.change.address)
            except (NotSent, Rejected) as error:
                if lost is not None and isinstance(error, NotSent):
                    raise lost from error  # an earlier attempt did leave
                await self.run.settle(closes={op_id: error.code})
                raise
            except OutcomeUnknown as error:
                lost = error
                if not step.idempotent or attempt + 1 == REPEATS or not error.repeatable:
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError


def _read(step: Step, body: JsonValue, address: Address) -> Reply:
    try:
        return step.read(body)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        message = f"{address}: the answer to {step.name} cannot be understood"
        raise OutcomeUnknown(message) from error


def _desired(change: Write) -> Desired:
    return NOTHING_DESIRED if isinstance(change, Delete) else change.desired


def _is_made_first(change: Write) -> bool:
    return isinstance(change, Replace) and change.create_first


def _kept_references(change: Write) -> tuple[Address, ...]:
    """Return what the old object refers to, if it stays in service beside the new one."""
    return change.owned.depends_on if is_beside(change) else ()


def _lifecycle(desired: Desired, kept: tuple[Address, ...]) -> dict[str, JsonValue]:
    return {
        "protect": desired.lifecycle.protect,
        "onRemove": desired.lifecycle.on_remove.value,
        "dependsOn": [str(each) for each in dict.fromkeys((*desired.references, *kept))],
        "labels": dict(desired.labels),
        "manifest": desired.manifest,
    }
