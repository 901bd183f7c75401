"""Reads lists that come in pages, in parallel, and accepts a list only if it adds up.

A list is read when the number of distinct ids equals the total that every page stated. The number
of pages follows from the rows that the first page really has, as a server may cut the page size
down. A pass over the pages is doubtful if a page is empty or repeats earlier ones, or if the total
changes or is not reached. Then the list is read again, until a pass without doubts gives the same
ids as the one before; after three passes, the list is incomplete. A list that states no total is
read page by page to the first empty one, and two passes must agree. Pages and seconds of a list are
limited, so that no server keeps a run busy for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, Protocol, Self, TypeVar

from msgspec import Struct

from reconciler.errors import ReadFailed
from reconciler.providers.task import Progress, no_progress
from reconciler.providers.wire import Row

PASSES = 3
MAX_PAGES = 5_000
"""The most pages of one pass."""
MAX_SECONDS = 600.0
"""The most seconds for all passes over a list."""


class Incomplete(ReadFailed):
    """A list could be read, but does not add up; nothing may be concluded from it."""

    code = "list-incomplete"


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list."""

    rows: list[Row]
    total: int | None = None
    """How many rows the whole list has, where the server says so."""
    last: bool = False
    """The server says that no page follows."""


Fetch = Callable[[int, int], Awaitable[Page]]
"""From `(page number from 1, rows that a page really has)` to that page. For the first page the
second argument is 0. A list without pages is one page that says that it is the last. If no page
states a total, pages are read one after the other, so a cursor can be kept in between."""


class Collector(Protocol):
    """Collects the rows of a list, page by page in any order, and counts distinct ids."""

    def take(self, rows: list[Row]) -> None:
        """Take the rows of one page."""

    def __len__(self) -> int:
        """Count the distinct ids seen."""

    def same(self, other: Self) -> bool:
        """Tell whether another pass saw the same ids."""


C = TypeVar("C", bound=Collector)
V = TypeVar("V")
T = TypeVar("T")


class Kept(Generic[V]):
    """Collects one value for each row, by its id."""

    def __init__(self, keep: Callable[[Row], tuple[str, V]]) -> None:
        """Keep what `keep` returns: the row's id and what is needed of the row."""
        self._keep = keep
        self.by_id: dict[str, V] = {}

    def take(self, rows: list[Row]) -> None:
        """Take the rows of one page."""
        self.by_id.update(map(self._keep, rows))

    def __len__(self) -> int:
        """Count the distinct ids."""
        return len(self.by_id)

    def same(self, other: Self) -> bool:
        """Compare by ids."""
        return self.by_id.keys() == other.by_id.keys()


class Listing(Struct, Generic[C], frozen=True, kw_only=True):
    """A list to read."""

    what: str
    """What messages and progress call it."""
    fetch: Fetch
    collector: Callable[[], C]
    """Makes an empty collector, one for each pass."""
    width: int = 8
    """Pages in flight at once, at most."""
    expect: Callable[[int], None] = lambda _pages: None
    """Called with the number of pages that will be read."""
    progress: Progress = no_progress


class _Pass(Struct, Generic[C]):
    seen: C
    doubt: str = ""
    """Why this pass does not add up."""
    confirmed: bool = True
    """One pass is enough; without a total from the server, it is not."""
    stop: bool = False
    """Reading on is pointless."""


async def read_list(listing: Listing[C]) -> C:
    """Read a list until it adds up.

    Raises:
        Incomplete: It did not add up in three passes, or did not end within the limits.
        ReadFailed: A page could not be read.
    """
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _read_until_it_adds_up(listing)
    except TimeoutError:
        raise Incomplete(
            f"the list of {listing.what} had not ended after {MAX_SECONDS:.0f} seconds",
            hint="Where it is that long, a higher `limits.requestsPerSecond` may help.",
        ) from None


async def _read_until_it_adds_up(listing: Listing[C]) -> C:
    previous: C | None = None
    doubt = ""
    for _ in range(PASSES):
        current = await _read_once(listing)
        agrees = current.confirmed if previous is None else current.seen.same(previous)
        if agrees and not current.doubt:
            return current.seen
        previous = current.seen
        doubt = current.doubt or "two passes gave different rows"
    raise Incomplete(
        f"the list of {listing.what} did not add up in {PASSES} passes: {doubt}",
        hint="If somebody is changing it right now, run the command again.",
    )


async def _read_once(listing: Listing[C]) -> _Pass[C]:
    first = await listing.fetch(1, 0)
    current = _Pass(listing.collector())
    current.seen.take(first.rows)
    step = len(first.rows)
    if first.total is None:
        await _follow(listing, current, first, step)
        return current
    listing.progress(listing.what, len(current.seen), first.total)
    if 0 < step < first.total:
        pages = range(2, -(-first.total // step) + 1)
        if pages.stop > MAX_PAGES:
            raise _endless(listing)
        listing.expect(len(pages))

        async def read(number: int) -> None:
            if not current.stop:
                _fold(current, await listing.fetch(number, step), number, first.total)
                listing.progress(listing.what, len(current.seen), first.total or 0)

        await fan_out(pages, read, listing.width)
    if not current.doubt and len(current.seen) != first.total:
        current.doubt = (
            f"{len(current.seen)} different rows came where {first.total} were announced"
        )
    return current


def _fold(current: _Pass[C], page: Page, number: int, total: int | None) -> None:
    before = len(current.seen)
    current.seen.take(page.rows)
    if not page.rows:
        current.doubt = f"page {number} has no rows where {total} were announced in all"
        current.stop = True
    elif page.total != total:
        current.doubt = f"the total went from {total} to {page.total}"
    elif len(current.seen) == before:
        current.doubt = f"page {number} repeats earlier ones"
        current.stop = True


async def _follow(listing: Listing[C], current: _Pass[C], page: Page, step: int) -> None:
    """Read a list that states no total, page after page, until one has no rows."""
    number = 1
    while page.rows and not page.last:
        number += 1
        if number > MAX_PAGES:
            raise _endless(listing)
        page = await listing.fetch(number, step)
        if not page.rows:
            break
        current.confirmed = False
        before = len(current.seen)
        current.seen.take(page.rows)
        if len(current.seen) == before:
            current.doubt = f"page {number} repeats earlier ones"
            break
        listing.progress(listing.what, len(current.seen), 0)


def _endless(listing: Listing[C]) -> Incomplete:
    return Incomplete(f"the list of {listing.what} would take more than {MAX_PAGES} pages")


async def fan_out(jobs: Iterable[T], work: Callable[[T], Awaitable[None]], width: int) -> None:
    """Do jobs in parallel, at most `width` at once, taking each from `jobs` only when it starts.

    After a failure no further job starts; those under way are finished, so that no write is cut
    off, and the first error is raised.
    """
    waiting = iter(jobs)
    errors: list[Exception] = []

    async def worker() -> None:
        for job in waiting:
            if errors:
                return
            try:
                await work(job)
            except Exception as error:  # noqa: BLE001 -- raised below, once the others are done
                errors.append(error)

    await asyncio.gather(*(worker() for _ in range(max(1, width))))
    if errors:
        raise errors[0]


async def together(*reads: Awaitable[T]) -> list[T]:
    """Await reads in parallel; raises the first error, in their order, once all are done."""
    answers = await asyncio.gather(*reads, return_exceptions=True)
    found: list[T] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer)
    return found
