"""Runs a verification: first the checks that cost nothing, then the canaries."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, collections_of, observe
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.verifying.canaries import Timing
from reconciler.engine.verifying.canary_checks import check_of
from reconciler.engine.verifying.dispatch import Dispatch
from reconciler.engine.verifying.drafts import Drafts
from reconciler.engine.verifying.objects import check_objects, obstacles
from reconciler.engine.verifying.options import CanaryBook, VerifyOptions
from reconciler.engine.verifying.recipients import read_recipient
from reconciler.engine.workspace import Workspace
from reconciler.errors import ManifestError, ProviderError
from reconciler.model.address import Address
from reconciler.model.canary import Canary
from reconciler.model.resource import CanaryBudget
from reconciler.model.secret import Secret
from reconciler.model.verification import Check, CheckKind, CheckStatus
from reconciler.providers.credentials import CredentialFault
from reconciler.providers.examination import Proof
from reconciler.providers.messenger import Message
from reconciler.providers.task import Progress, no_progress


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
        """Prepare a verification of `workspace`; nothing is read yet."""
        self._workspace = workspace
        self._drafts = Drafts(workspace)
        self._options = options
        self._timing = timing
        self._environ = environ
        self._progress = progress
        self._obstacles: Mapping[Address, str] = {}

    async def check_for_free(self) -> list[Check]:
        """Check the chosen objects and the senders of canaries; send nothing.

        The objects that canaries prove are checked in any case, but not reported unless chosen: if
        one fails, its canaries are not sent.
        """
        check_accounts(self._workspace)
        canaries = self._options.canaries
        proved = {canary.of for canary in canaries if canary.of is not None}
        rows = self._workspace.store.objects()
        looked_at = {a: rows[a] for a in rows if a in self._options.chosen | proved}
        selection = Selection(
            desired=self._workspace.configuration.resources,
            owned=rows,
            collections=collections_of(looked_at.keys()),
            progress=self._progress,
        )
        observations = await observe(self._workspace, selection)
        checks = await check_objects(self._workspace, LiveIndex(observations), looked_at)
        checks += filter(None, await asyncio.gather(*map(self._sender, canaries)))
        self._obstacles = obstacles(checks)
        return [each for each in checks if each.canary or each.address in self._options.chosen]

    async def _sender(self, canary: Canary) -> Check | None:
        """Check the sender that a canary names; `None` if the provider cannot be asked."""
        messenger = self._workspace.providers[canary.address.provider].messenger()
        if messenger is None or canary.sender is None:
            return None
        try:
            found = await messenger.check_sender(self._drafts.message(canary, Secret("")))
        except ProviderError as error:
            reason = f"it could not be checked: {error.message}"
            found = Proof(check=CheckKind.SENDER, status=CheckStatus.UNDECIDED, reason=reason)
        if found is None:
            return None
        made = check_of(canary, found.status, found.reason)
        return replace(made, check=found.check)

    def recipients(self) -> dict[Address, Secret]:
        """Read the recipients of the canaries that may be sent.

        Raises:
            ManifestError: Recipients cannot be read; the error names all of them.
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
        """Return the canaries as skipped checks, for a run that sends none of them."""
        return [
            check_of(canary, CheckStatus.SKIPPED, self._why_not(canary))
            for canary in self._options.canaries
        ]

    def _may_send(self, canary: Canary) -> bool:
        account = self._workspace.configuration.accounts[canary.address.provider]
        return self._options.sending.send and account.canaries.enabled

    async def canaries(self, book: CanaryBook, recipients: Mapping[Address, Secret]) -> list[Check]:
        """Send the canaries that are due, and wait for their outcomes."""
        changed = await self._unapplied(recipients)
        dispatch = Dispatch(self._workspace, self._options, timing=self._timing, book=book)
        checks = [
            self._canary(canary, recipients, changed, dispatch) for canary in self._options.canaries
        ]
        return list(await asyncio.gather(*checks))

    async def _unapplied(self, recipients: Iterable[Address]) -> Mapping[Address, str]:
        """Return why resources that canaries prove are not applied as their manifests say."""
        canaries = {canary.address: canary for canary in self._options.canaries}
        targets = {of for address in recipients if (of := canaries[address].of) is not None}
        if not targets:
            return {}
        plan = await make_plan(
            self._workspace, PlanOptions(targets=frozenset(targets), prune=False)
        )
        reasons = {change.address: "it differs from its manifest" for change in plan.changes}
        reasons |= dict(plan.blocked)
        return {address: why for address, why in reasons.items() if address in targets}

    async def _canary(
        self,
        canary: Canary,
        recipients: Mapping[Address, Secret],
        changed: Mapping[Address, str],
        dispatch: Dispatch,
    ) -> Check:
        messenger = self._workspace.providers[canary.address.provider].messenger()
        recipient = recipients.get(canary.address)
        if messenger is None or recipient is None:
            return check_of(canary, CheckStatus.SKIPPED, self._why_not(canary))
        message = self._drafts.message(canary, recipient)
        if why := self._obstacle(message, changed):
            return check_of(canary, CheckStatus.SKIPPED, why)
        return await dispatch.prove(message, messenger)

    def _obstacle(self, message: Message, changed: Mapping[Address, str]) -> str:
        """Say what must be put right before a message is sent; empty if it can be sent."""
        canary = message.canary
        if why := changed.get(canary.proves, ""):
            return f"{why}: `reconciler apply` first"
        if canary.of is not None and message.owned is None:
            return "not applied yet: `reconciler apply` first"
        why = self._obstacles.get(canary.address) or self._obstacles.get(canary.proves, "")
        return f"not sent: {why}" if why else ""

    def _why_not(self, canary: Canary) -> str:
        if not self._options.sending.send:
            return "--no-send"
        if not self._budget(canary).enabled:
            return f"not enabled: spec.canaries.enabled of Provider {canary.address.provider}"
        return "providers of this type send nothing"

    def _budget(self, canary: Canary) -> CanaryBudget:
        return self._workspace.configuration.accounts[canary.address.provider].canaries
