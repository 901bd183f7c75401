"""Asks DNS servers for the needed records, once or until they are all there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from reconciler.cli.output import Output
from reconciler.dns import waiting
from reconciler.dns.advice import Advice
from reconciler.dns.checking import Checker
from reconciler.dns.queries import NetworkAsker
from reconciler.dns.servers import Directory, Resolving, system_resolvers
from reconciler.dns.silent_servers import SparingAsker
from reconciler.dns.waiting import Patience, looked_until
from reconciler.model.address import Address
from reconciler.model.zones import Checked, Looked, Server, Zone
from reconciler.render.commands.dns import waiting_lines
from reconciler.render.layout.wrapping import fold


class Question(Struct, frozen=True, kw_only=True):
    """What the DNS servers are asked for."""

    zones: Sequence[Zone]
    names: Mapping[Address, str]
    """The names of the sender domains."""
    resolvers: Sequence[Server]
    """Empty for those of this machine."""
    until: float
    """When to stop waiting, in seconds of the clock `waiting.SYSTEM`."""


async def checked(question: Question, out: Output) -> Checked:
    """Return what DNS has; raises `ReconcilerError` where this machine has no resolver."""
    clock = waiting.SYSTEM
    resolvers = tuple(question.resolvers) or system_resolvers()
    asker = SparingAsker(NetworkAsker(), now=clock.now)
    resolving = Resolving(asker, resolvers)
    checker = Checker(asker, Directory(resolving), resolvers, now=clock.now)
    patience = Patience(until=question.until, clock=clock, tell=_Teller(out))
    looked = await looked_until(checker, question.zones, patience)
    findings = await Advice(resolving).all(looked, question.names)
    return Checked(looked=tuple(looked), findings=tuple(findings))


class _Teller:
    """Notes which records are waited for, whenever that changes."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._last_lines: list[str] = []

    def __call__(self, waiting: Sequence[Looked]) -> None:
        lines = waiting_lines(waiting, self._out.note_style)
        if lines != self._last_lines:
            self._last_lines = lines
            text = "\n".join(["waiting for:", *lines]) + "\n"
            self._out.note(fold(text, self._out.note_style.width).rstrip("\n"))
