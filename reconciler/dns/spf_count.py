"""Counts the look-ups that an SPF record causes at a receiver (RFC 7208 section 4.6.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from reconciler.dns.queries import Outcome, Reply
from reconciler.dns.spf import terms
from reconciler.dns.texts import Purpose, purpose

MOST_LOOKUPS = 10
MOST_VOIDS = 2
_ENOUGH = 40
"""Look-ups after which counting ends."""
_ADDRESS_OF = {"a": "A", "exists": "A", "mx": "MX"}
_INSIDE = ("include", "redirect")

Ask = Callable[[str, str], Awaitable[Reply]]


class SpfCount:
    """Counts through a record and those that it includes."""

    def __init__(self, ask: Ask) -> None:
        """`ask` looks up a name and a type."""
        self.lookups = 0
        self.voids = 0
        """Look-ups without an answer."""
        self.circle = ""
        """The name whose record includes itself, if any."""
        self._ask = ask

    async def count(self, name: str, text: str, above: tuple[str, ...] = ()) -> None:
        """Count the record `text` of a name that the names `above` include."""
        for term in _evaluated(text):
            if self.lookups >= _ENOUGH:
                return
            word, target = _split(term)
            if word in _INSIDE:
                self.lookups += 1
                await self._inside(target, (*above, name))
            elif word in {"a", "mx", "exists", "ptr"}:
                self.lookups += 1
                if word in _ADDRESS_OF and "%" not in target:
                    self._note(await self._ask(target or name, _ADDRESS_OF[word]))

    async def _inside(self, name: str, above: tuple[str, ...]) -> None:
        """Count an included record, unless its name has a macro, which depends on the mail."""
        if "%" in name:
            return
        if name in above:
            self.circle = name
            return
        reply = await self._ask(name, "TXT")
        self._note(reply)
        for text in reply.values:
            if purpose(name, text) is Purpose.SPF:
                await self.count(name, text, above)
                return

    def _note(self, reply: Reply) -> None:
        if reply.outcome in {Outcome.EMPTY, Outcome.ABSENT}:
            self.voids += 1


def _evaluated(text: str) -> list[str]:
    """Return the terms that a receiver evaluates: no `redirect` if there is an `all`."""
    found = terms(text)
    ends = any(term.lstrip("+-~?").casefold() == "all" for term in found)
    return [term for term in found if not (ends and term.casefold().startswith("redirect="))]


def _split(term: str) -> tuple[str, str]:
    """Return the word and name of terms like `+include:a.example`, `a/24`, `redirect=b.example`."""
    plain = term.lstrip("+-~?").casefold()
    ends = [plain.find(sign) for sign in ":=/" if sign in plain]
    at = min(ends, default=len(plain))
    target = plain[at + 1 :] if plain[at : at + 1] in {":", "="} else ""
    return plain[:at], target.partition("/")[0].rstrip(".")
