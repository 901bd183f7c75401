"""Verifies a project: first the checks that cost nothing, then its canaries."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, observe, places
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.verifying.canaries import Flight, Receipts, Timing
from reconciler.engine.verifying.due import LookFor, Skip, Wish, decide
from reconciler.engine.verifying.objects import check_objects, obstacles, secrets_of
from reconciler.engine.verifying.recipients import read_recipient
from reconciler.engine.verifying.turns import Turns
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing.writer import new_op_id
from reconciler.errors import ManifestError, ProviderError
from reconciler.model.address import Address
from reconciler.model.canary import Canary, Channel
from reconciler.model.personal import mask_mail, mask_number
from reconciler.model.resource import CanaryBudget
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.model.verification import CanarySend, Check, CheckKind, CheckStatus, Receipt
from reconciler.providers.credentials import CredentialFault
from reconciler.providers.examination import Proof
from reconciler.providers.messenger import Message, Messenger
from reconciler.providers.task import Progress, no_progress


class CanaryBook(Protocol):
    """Where sendings are remembered."""

    def sends(self) -> Sequence[CanarySend]:
        """Return all of the last 90 days, the oldest first."""

    async def record(self, sending: CanarySend) -> None:
        """Make one durable, in place of what was known of it."""


class VerifyOptions(Struct, frozen=True, kw_only=True):
    """What the command line said."""

    wish: Wish = Wish()
    chosen: frozenset[Address] = frozenset()
    """The owned objects to look at."""
    canaries: tuple[Canary, ...] = ()
    patience: float | None = None
    """Seconds to wait for receipts, in place of each canary's deadline."""
    receipts: Mapping[str, Receipts] = field(default_factory=dict)
    """By provider: receipts out of collected callbacks."""


class Verifier:
    """Verifies one project, once."""

    def __init__(
        self,
        workspace: Workspace,
        options: VerifyOptions,
        *,
        timing: Timing,
        environ: Mapping[str, str] = os.environ,
        progress: Progress = no_progress,
    ) -> None:
        """Look at nothing yet."""
        self._workspace = workspace
        self._options = options
        self._timing = timing
        self._environ = environ
        self._progress = progress
        self._obstacles: Mapping[Address, str] = {}

    async def free(self) -> list[Check]:
        """Say whether the chosen objects, and the senders of canaries, work: sends nothing.

        What canaries prove is looked at in any case: what does not work gets no message.
        """
        check_accounts(self._workspace)
        canaries = self._options.canaries
        proved = {canary.of for canary in canaries if canary.of is not None}
        rows = self._workspace.store.objects()
        looked_at = {a: rows[a] for a in rows if a in self._options.chosen | proved}
        selection = Selection(
            desired=self._workspace.configuration.resources,
            owned=rows,
            collections=places(looked_at.keys()),
            progress=self._progress,
        )
        observations = await observe(self._workspace, selection)
        checks = await check_objects(self._workspace, LiveIndex(observations), looked_at)
        checks += filter(None, await asyncio.gather(*map(self._sender, canaries)))
        self._obstacles = obstacles(checks)
        return [each for each in checks if each.canary or each.address in self._options.chosen]

    async def _sender(self, canary: Canary) -> Check | None:
        """Check the sender that a canary names, where the provider can be asked for it."""
        messenger = self._workspace.providers[canary.address.provider].messenger()
        if messenger is None or canary.sender is None:
            return None
        try:
            found = await messenger.check_sender(self._message(canary, Secret("")))
        except ProviderError as error:
            reason = f"it could not be checked: {error.message}"
            found = Proof(check=CheckKind.SENDER, status=CheckStatus.UNDECIDED, reason=reason)
        if found is None:
            return None
        made = _check(canary, found.status, found.reason)
        return replace(made, check=found.check)

    def recipients(self) -> dict[Address, Secret]:
        """Read where canaries go, of those that may be sent.

        Raises:
            ManifestError: Some cannot be read; all of them are named.
        """
        found, faults = {}, []
        for canary in self._options.canaries:
            if not self._may_send(canary):
                continue
            try:
                found[canary.address] = read_recipient(
                    canary.to, environ=self._environ, root=self._workspace.root
                )
            except CredentialFault as error:
                faults.append(f"{canary.locate(('spec', 'to'))}: {canary.address}: {error}")
        if faults:
            raise ManifestError("recipients of canaries cannot be read:", details=faults)
        return found

    def unsent(self) -> list[Check]:
        """Return the canaries as checks, of a run that sends none of them."""
        return [
            _check(canary, CheckStatus.SKIPPED, self._why_not(canary))
            for canary in self._options.canaries
        ]

    def _may_send(self, canary: Canary) -> bool:
        account = self._workspace.configuration.accounts[canary.address.provider]
        return self._options.wish.send and account.canaries.enabled

    async def canaries(self, book: CanaryBook, recipients: Mapping[Address, Secret]) -> list[Check]:
        """Send what is due and wait for what becomes of it."""
        changed = await self._unapplied(recipients)
        turns = Turns(book.sends())
        checks = [
            self._canary(canary, recipients, changed, book, turns)
            for canary in self._options.canaries
        ]
        return list(await asyncio.gather(*checks))

    async def _unapplied(self, recipients: Iterable[Address]) -> Mapping[Address, str]:
        """Return what canaries would prove that is not as its manifest says, and why."""
        canaries = {canary.address: canary for canary in self._options.canaries}
        targets = {of for address in recipients if (of := canaries[address].of) is not None}
        if not targets:
            return {}
        plan = await make_plan(
            self._workspace, PlanOptions(targets=frozenset(targets), prune=False)
        )
        said = {change.address: "it differs from its manifest" for change in plan.changes}
        said |= dict(plan.blocked)
        return {address: why for address, why in said.items() if address in targets}

    async def _canary(
        self,
        canary: Canary,
        recipients: Mapping[Address, Secret],
        changed: Mapping[Address, str],
        book: CanaryBook,
        turns: Turns,
    ) -> Check:
        messenger = self._workspace.providers[canary.address.provider].messenger()
        recipient = recipients.get(canary.address)
        if messenger is None or recipient is None:
            return _check(canary, CheckStatus.SKIPPED, self._why_not(canary))
        if why := changed.get(canary.proves, ""):
            return _check(canary, CheckStatus.SKIPPED, f"{why}: `reconciler apply` first")
        message = self._message(canary, recipient)
        if canary.of is not None and message.owned is None:
            return _check(canary, CheckStatus.SKIPPED, "not applied yet: `reconciler apply` first")
        if why := self._obstacle(canary):
            return _check(canary, CheckStatus.SKIPPED, f"not sent: {why}")
        return await self._proved(message, messenger, book, turns)

    def _obstacle(self, canary: Canary) -> str:
        own = self._obstacles.get(canary.address)
        return own or self._obstacles.get(canary.proves, "")

    def _why_not(self, canary: Canary) -> str:
        if not self._options.wish.send:
            return "--no-send"
        if not self._budget(canary).enabled:
            return f"not enabled: spec.canaries.enabled of Provider {canary.address.provider}"
        return "providers of this type send nothing"

    async def _proved(
        self, message: Message, messenger: Messenger[Any], book: CanaryBook, turns: Turns
    ) -> Check:
        """Decide, look for an earlier one, and send: one canary of an account after the other."""
        canary = message.canary
        advertising = messenger.advertising(message)
        async with turns.lock(canary.address.provider):
            sending = self._sending(message)
            standing = turns.standing(
                canary, sending, self._budget(canary), advertising=advertising
            )
            decision = decide(standing, self._options.wish)
            if isinstance(decision, LookFor):
                earlier = decision.earlier
                same = _same_message(earlier, sending)
                flight = self._flight(messenger, message, earlier.op_id, book)
                flight.repeatable = same and messenger.repeatable
                ended = await flight.follow(earlier)
                if same and ended.status is not CheckStatus.UNDECIDED:
                    return _of(ended, message)
                sending = replace(sending, sent_at=self._timing.now())
                standing = replace(standing, past=[*standing.past[:-1], ended], now=sending.sent_at)
                decision = decide(standing, self._options.wish, looked=True)
                if isinstance(decision, Skip) and ended.status is CheckStatus.UNDECIDED:
                    return _of(ended, message)
            if isinstance(decision, Skip):
                return _check(canary, CheckStatus.SKIPPED, decision.reason, message.to)
            turns.take(sending)
        flight = self._flight(messenger, message, sending.op_id, book)
        flight.repeatable = messenger.repeatable
        return _of(await flight.send(sending), message)

    def _budget(self, canary: Canary) -> CanaryBudget:
        return self._workspace.configuration.accounts[canary.address.provider].canaries

    def _flight(
        self, messenger: Messenger[Any], message: Message, op_id: str, book: CanaryBook
    ) -> Flight:
        provider = message.canary.address.provider
        return Flight(
            messenger=messenger,
            message=replace(message, op_id=op_id),
            record=book.record,
            timing=self._timing,
            receipts=self._options.receipts.get(provider, _none_collected),
            patience=self._options.patience,
        )

    def _message(self, canary: Canary, recipient: Secret) -> Message:
        if canary.of is None:
            return Message(op_id=new_op_id(), canary=canary, to=recipient)
        owned = self._workspace.store.objects().get(canary.of)
        resource = self._workspace.configuration.resources[canary.of]
        return Message(
            op_id=new_op_id(),
            canary=canary,
            to=recipient,
            fields=self._fields(canary.of),
            owned=owned,
            related={each.field: self._fields(each.target) for each in resource.references},
            delivered=secrets_of(self._workspace, owned) if owned else _nothing_delivered,
            referring=self._referring(canary.of),
        )

    def _referring(self, target: Address) -> dict[Address, Callable[[str], Secret | None]]:
        """Return what reads the secrets of the objects that refer to one."""
        rows = self._workspace.store.objects()
        return {
            address: secrets_of(self._workspace, rows[address])
            for address, resource in self._workspace.configuration.resources.items()
            if address in rows and any(each.target == target for each in resource.references)
        }

    def _fields(self, address: Address) -> Fields:
        resource = self._workspace.configuration.resources.get(address)
        if resource is None:
            return {}
        return self._workspace.kind(address).canonical(resource.spec, address.name)

    def _sending(self, message: Message) -> CanarySend:
        digest = self._workspace.store.digest
        proved = [message.fields, message.owned.remote_id if message.owned else None]
        proved += [message.canary.content, dict(message.canary.parameters)]
        return CanarySend(
            op_id=message.op_id,
            canary=message.canary.address,
            object_digest=digest(json.dumps(proved, sort_keys=True, default=str)),
            recipient_digest=digest(f"recipient {message.to.reveal()}"),
            sent_at=self._timing.now(),
        )


def _same_message(one: CanarySend, other: CanarySend) -> bool:
    return (one.object_digest, one.recipient_digest) == (
        other.object_digest,
        other.recipient_digest,
    )


def _none_collected(_message: str) -> Receipt | None:
    return None


def _nothing_delivered(_name: str) -> Secret | None:
    return None


def _of(sending: CanarySend, message: Message) -> Check:
    """Return what came of a sending; one that never left could not be found out."""
    never = sending.status is CheckStatus.SKIPPED
    status = CheckStatus.UNDECIDED if never else sending.status
    found = _check(message.canary, status, sending.reason, message.to)
    return replace(found, receipt=sending.receipt)


def _check(
    canary: Canary, status: CheckStatus, reason: str, recipient: Secret | None = None
) -> Check:
    mask = mask_mail if canary.channel is Channel.MAIL else mask_number
    return Check(
        address=canary.proves,
        check=CheckKind.SEND,
        status=status,
        reason=reason,
        canary=canary.address.name,
        recipient="" if recipient is None else mask(recipient.reveal()),
    )
