"""Verifies chosen objects and sends canaries: the work of verify, and of `apply --verify`."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from msgspec import Struct

from reconciler.cli.opening.locking import begun
from reconciler.cli.runs.endings import ending_in_words
from reconciler.cli.runs.watching import watching
from reconciler.cli.settings import Settings
from reconciler.engine.verifying import Timing, Verifier, VerifyOptions
from reconciler.engine.workspace import Workspace
from reconciler.exit_codes import ExitCode
from reconciler.model.address import Address
from reconciler.model.canary import Canary
from reconciler.model.verification import CanarySend, Check, CheckKind, CheckStatus
from reconciler.render.commands.verification import verification_document, verification_text
from reconciler.state.base import Run, StateStore


class Book(Struct, frozen=True, kw_only=True):
    """Records canary messages in state."""

    store: StateStore
    run: Run

    def sends(self) -> Sequence[CanarySend]:
        """Return the canary messages in state."""
        return self.store.canaries()

    async def record(self, sending: CanarySend) -> None:
        """Store one canary message durably."""
        await self.run.record_canary(sending)


def require_recipients(workspace: Workspace, options: VerifyOptions) -> None:
    """Check, before anything is changed, that the recipients of canaries can be read.

    Raises:
        ManifestError: One cannot be read.
    """
    Verifier(workspace, options, timing=Timing(now=time.time)).recipients()


async def verified(settings: Settings, workspace: Workspace, options: VerifyOptions) -> list[Check]:
    """Verify objects, then send canaries; the state is locked only for the canaries.

    Raises:
        ManifestError: A recipient cannot be read; nothing was sent.
        StateLocked: Another run holds the lock; nothing was sent.
    """
    with watching(settings.out) as progress:
        verifier = Verifier(
            workspace,
            options,
            timing=Timing(now=time.time),
            progress=progress.reading,
        )
        recipients = verifier.recipients()
        checks = await settings.interrupts.unless_stopped(verifier.check_for_free())
        if not options.canaries:
            return checks
        if not recipients:
            return checks + verifier.unsent()
        begin = begun(settings, workspace.store, "verify")
        with await begin as run, ending_in_words(run, workspace.store):
            book = Book(store=workspace.store, run=run)
            sending = verifier.canaries(book, recipients)
            checks += await settings.interrupts.unless_stopped(sending)
            run.finish("done", _counts(checks))
    return checks


def _counts(checks: Sequence[Check]) -> dict[str, int]:
    sent = [check for check in checks if check.check is CheckKind.SEND]
    return {f"canary {status}": n for status in CheckStatus if (n := _number(sent, status))}


def _number(checks: Sequence[Check], status: CheckStatus) -> int:
    return sum(check.status is status for check in checks)


def canaries_of(
    workspace: Workspace, chosen: Collection[Address], *, targets: Collection[Address]
) -> tuple[Canary, ...]:
    """Return the canaries of a run: all, or with `targets` those that prove a chosen object."""
    canaries = workspace.configuration.canaries
    if not targets:
        return tuple(canaries.values())
    return tuple(
        canary
        for address, canary in canaries.items()
        if canary.proves in chosen or address in targets
    )


def exit_code(checks: Sequence[Check]) -> ExitCode:
    """Return the exit code of checks: failed ones count before undecided ones."""
    if _number(checks, CheckStatus.FAILED):
        return ExitCode.FAILED
    return ExitCode.UNVERIFIED if _number(checks, CheckStatus.UNDECIDED) else ExitCode.DONE


def show(settings: Settings, checks: Sequence[Check]) -> None:
    """Write the checks."""
    out = settings.out
    settings.tell(
        lambda: verification_document(checks),
        lambda: out.result(verification_text(checks, out.style)),
    )
