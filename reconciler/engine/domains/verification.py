"""Asks providers to check the DNS of sender domains, and stores what they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgspec.structs import replace

from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.workspace import Workspace
from reconciler.errors import ProviderError
from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.dns import DnsAnswer
from reconciler.model.owned import OwnedObject
from reconciler.model.zones import Verified
from reconciler.state.base import Put, Run

PAUSE = 60.0
"""The least seconds between two checks of the same domain."""


async def ask(
    workspace: Workspace, addresses: Iterable[Address], *, run: Run, now: float
) -> list[Verified]:
    """Ask providers to check domains, each at most once a minute; `run` holds the lock.

    The answer for a domain that was not asked about says why. Raises `PlanRefused` if a provider
    name stands for another account than in state. `now` is the wall clock, in seconds.
    """
    check_accounts(workspace)
    rows = workspace.store.objects()
    asking = (_ask(workspace, rows.get(address), address, now) for address in addresses)
    found = await asyncio.gather(*asking)
    await run.settle_all([Put(row=row) for _, row in found if row is not None])
    return [verified for verified, _ in found]


async def _ask(
    workspace: Workspace, row: OwnedObject | None, address: Address, now: float
) -> tuple[Verified, OwnedObject | None]:
    """Return the provider's answer, and the row to store if there is an answer."""
    if row is None or not workspace.knows(address):
        reason = f"no manifest says how to reach provider {address.provider}"
        return _unknown(address, reason if row else "state does not have it any more"), None
    if (pause := _pause(row, now)) > 0:
        return _just_asked(row, pause), None
    try:
        answer = await workspace.provider(address).look_at_dns(row)
    except ProviderError as error:
        return _unknown(address, error.message), None
    extra = dns.answered(row.extra, answer, now)
    verified = Verified(address=address, verified=answer.verified, reason=_why(answer))
    return verified, replace(row, extra=extra)


def _pause(row: OwnedObject, now: float) -> float:
    """Return how many seconds to wait before asking again; 0 if the clock went back."""
    asked = row.extra.get(dns.ASKED)
    since = now - asked if isinstance(asked, float | int) else PAUSE
    return PAUSE - since if 0 <= since < PAUSE else 0.0


def _just_asked(row: OwnedObject, pause: float) -> Verified:
    """Return the provider's answer of less than a minute ago."""
    waiting = dns.unpublished(dns.remembered(row.extra))
    verified = row.extra.get(dns.VERIFIED) is True and not waiting
    reason = "" if verified else f"asked less than a minute ago; again in {pause:.0f} s"
    return Verified(address=row.address, verified=verified, reason=reason)


def _why(answer: DnsAnswer) -> str:
    waiting = dns.unpublished(answer.records)
    if waiting:
        names = ", ".join(f"{record.name} {record.type}" for record in waiting)
        return f"the provider does not find: {names}"
    return "" if answer.verified else "the provider does not call it verified"


def _unknown(address: Address, reason: str) -> Verified:
    return Verified(address=address, verified=None, reason=reason)
