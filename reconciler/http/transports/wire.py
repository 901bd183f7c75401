"""The connections to one account."""

from __future__ import annotations

import asyncio
from importlib import import_module

from reconciler.http.failures import Lost, NotDelivered
from reconciler.http.transports.base import Answer, Destination, Opener, Outgoing, Transport
from reconciler.http.transports.choose import Load, Way, choose

_LEAST_BUDGET = 60.0


class Wire:
    """Sends each request over the transport that the amount of work so far calls for."""

    def __init__(self, destination: Destination, given: Opener | None = None) -> None:
        """Prepare; the first request loads and connects. `given` replaces all transports."""
        self._to = destination
        self._given = given
        self._open: dict[Way, Transport] = {}
        self._sent = 0
        self._expected = 0
        """How many requests there will be in all, as far as is known."""
        self.budget = max(2 * destination.timeout_seconds, _LEAST_BUDGET)
        """Seconds that a request may take in all, even while bytes of its answer keep coming."""

    def expect(self, count: int) -> None:
        """Announce `count` more requests."""
        self._expected = max(self._expected, self._sent) + count

    async def send(
        self, outgoing: Outgoing, *, seconds: float, waiting: int = 0, read: bool = False
    ) -> Answer:
        """Send one request, once, and return the whole answer; raises what `Transport.send` does.

        Args:
            outgoing: The request.
            seconds: How long it may take in all.
            waiting: How many more requests are known to be coming.
            read: Whether the request only reads.
        """
        transport = self._transport(read=read, waiting=waiting)
        self._sent += 1
        try:
            async with asyncio.timeout(seconds):
                return await transport.send(outgoing)
        except TimeoutError:
            raise Lost("the whole answer took too long") from None
        except (NotDelivered, Lost) as error:
            raise self._with_way(error) from None

    async def close(self) -> None:
        """Close all connections."""
        for transport in self._open.values():
            await transport.close()
        self._open.clear()

    @property
    def way(self) -> Way:
        """The transport that was opened last."""
        return max(self._open, default=Way.STDLIB)

    def _transport(self, *, read: bool, waiting: int) -> Transport:
        coming = max(waiting, self._expected - self._sent)
        load = Load(sent=self._sent, coming=coming, concurrency=self._to.concurrency)
        way = max(self.way, choose(load, read=read))
        if way not in self._open:
            self._open[way] = self._opened(way)
        return self._open[way]

    def _opened(self, way: Way) -> Transport:
        """Open a transport. Its module, and the library it uses, are loaded only now."""
        if self._given is not None:
            return self._given(self._to)
        opener: Opener = import_module(f"reconciler.http.transports.{way.name.lower()}").OPEN
        return opener(self._to)

    def _with_way(self, error: NotDelivered | Lost) -> NotDelivered | Lost:
        """Add the proxy, or why there is none, to an error that this may have caused."""
        if self._given is not None or (isinstance(error, Lost) and self._to.proxy is None):
            return error
        way = self._to.route.way
        return type(error)(f"{error} ({way})" if way else str(error))
