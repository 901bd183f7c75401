"""The DNS records of sender domains, from state; asks providers for them, and to verify domains."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.places import check_whereabouts, places_of
from reconciler.cli.opening.reading import kinds_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.opening.stores import opened_store
from reconciler.cli.runs.confirm import approve
from reconciler.cli.runs.endings import ending_in_words
from reconciler.cli.settings import Settings
from reconciler.dns import waiting
from reconciler.engine.domains import PAUSE, Needed, ask, needed_records
from reconciler.errors import DnsMissing, UsageError
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Configuration
from reconciler.model.zones import Verified
from reconciler.providers.kind import Kind, Looking


class Domains(Struct, frozen=True, kw_only=True):
    """The sender domains of one command."""

    settings: Settings
    configuration: Configuration
    emulate: bool

    def needed(self) -> Needed:
        """Return the needed records from state; takes no credentials, no lock and no network."""
        return needed_records(self.configuration, self._rows(), self._kind)

    def require_some(self, needed: Needed) -> None:
        """Raise `DnsMissing` where there are domains, but the records of none are known."""
        if needed.records or not (needed.unknown or needed.unmade):
            return
        raise DnsMissing(
            "of no sender domain it is known which DNS records it needs",
            details=[f"{each.address}: {each.message}" for each in needed.findings()],
            hint="`reconciler explain dns-missing` says more.",
        )

    def agree(self, addresses: Iterable[Address], *, agreed: bool) -> None:
        """Ask the user to allow requests to providers that may change something, if there are any.

        Raises:
            UsageError: There is no user to ask.
            NotApproved: The user did not say yes.
        """
        doubtful = sorted(each for each in addresses if self._changes(each))
        if agreed or not doubtful:
            return
        named = ", ".join(map(str, doubtful))
        if self.settings.json or not self.settings.out.interactive:
            raise UsageError(
                f"to ask about {named} is a request that may change something",
                hint="Add --allow-probe, or use a terminal.",
            )
        question = f"Ask about {named} by a request that may change something?"
        approve(self.settings, question, self.configuration.environment)

    async def asked(self, addresses: Collection[Address]) -> list[Verified]:
        """Ask providers to look at domains, and store the answers; locks the state meanwhile."""
        if not addresses:
            return []
        async with opened_workspace(
            self.settings, self.configuration, emulate=self.emulate, writes=True
        ) as workspace:
            store = workspace.store
            with await begun(self.settings, store, "dns") as run, ending_in_words(run, store):
                asking = ask(workspace, addresses, run=run, now=time.time())
                found = await self.settings.interrupts.unless_stopped(asking)
                run.finish("done", _counts(found))
        return found

    async def asked_until(self, addresses: Collection[Address], until: float) -> list[Verified]:
        """Ask every `PAUSE` seconds until all domains are verified or `until` is reached."""
        clock = waiting.SYSTEM
        answers = {each.address: each for each in await self.asked(addresses)}
        while clock.now() + PAUSE < until:
            doubtful = [address for address, each in answers.items() if not each.verified]
            if not doubtful:
                break
            named = ", ".join(map(str, doubtful))
            self.settings.out.note(f"waiting for: providers to verify {named}")
            await self.settings.interrupts.unless_stopped(_sleep(PAUSE + 1))
            answers |= {each.address: each for each in await self.asked(doubtful)}
        return list(answers.values())

    def _rows(self) -> Mapping[Address, OwnedObject]:
        configuration = self.configuration
        project, environment = configuration.project, configuration.environment
        check_whereabouts(self.settings, configuration, emulate=self.emulate)
        places = places_of(self.settings, project, environment, emulate=self.emulate)
        with opened_store(places, project, environment, create=False) as store:
            return store.objects()

    def _kind(self, address: Address) -> Kind | None:
        account = self.configuration.accounts.get(address.provider)
        return None if account is None else kinds_of(account.type).get(address.kind)

    def _changes(self, address: Address) -> bool:
        kind = self._kind(address)
        return kind is not None and kind.dns is Looking.CHANGING


async def _sleep(seconds: float) -> None:
    await waiting.SYSTEM.sleep(seconds)


def _counts(found: Iterable[Verified]) -> dict[str, int]:
    words = {True: "verified", False: "not verified", None: "not known"}
    counts: dict[str, int] = {}
    for each in found:
        word = f"domain {words[each.verified]}"
        counts[word] = counts.get(word, 0) + 1
    return counts
