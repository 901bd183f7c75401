"""Lists in pages are believed only when they add up."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import NotSent
from reconciler.providers import listing
from reconciler.providers.listing import (
    PASSES,
    Incomplete,
    Kept,
    Listing,
    Page,
    fan_out,
    read_list,
)


class Pages:
    """A list that a server gives in pages, and that may change between requests."""

    def __init__(self, ids, *, most=1000, total=True, changes=(), repeats=False, last=False):
        self.ids = list(ids)
        self.most, self.total, self.repeats, self.last = most, total, repeats, last
        self.changes = dict(changes)
        self.requests = []
        self.snapshots = [frozenset(self.ids)]
        self.in_flight = self.most_in_flight = 0

    async def fetch(self, number, _step):
        self.requests.append(number)
        change = self.changes.get(len(self.requests))
        if change is not None:
            change(self.ids)
            self.snapshots.append(frozenset(self.ids))
        number = 1 if self.repeats else number
        rows = [{"id": one} for one in self.ids[(number - 1) * self.most : number * self.most]]
        page = Page(
            rows=rows,
            total=len(self.ids) if self.total else None,
            last=self.last and number * self.most >= len(self.ids),
        )
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0)
        self.in_flight -= 1
        return page

    def read(self, width=4):
        listing = Listing(
            what="things",
            fetch=self.fetch,
            collector=lambda: Kept(lambda row: (row["id"], row["id"])),
            width=width,
        )
        return set(asyncio.run(read_list(listing)).by_id)


def insert(at, one):
    return lambda ids: ids.insert(min(at, len(ids)), one)


def remove(at):
    return lambda ids: ids.pop(at % len(ids)) if ids else None


@given(
    st.integers(min_value=0, max_value=200),
    st.integers(min_value=1, max_value=50),
    st.integers(min_value=1, max_value=9),
    st.booleans(),
)
def test_a_list_that_stands_still_is_read_whole_whatever_size_its_pages_have(
    count, most, width, last
):
    pages = Pages(range(count), most=most, last=last)
    assert pages.read(width) == set(range(count))
    assert sorted(pages.requests) == list(range(1, max(1, -(-count // most)) + 1))
    assert pages.most_in_flight <= width


@given(
    st.integers(min_value=0, max_value=60), st.integers(min_value=1, max_value=20), st.booleans()
)
def test_without_a_total_pages_are_read_until_one_is_empty_and_then_once_more(count, most, last):
    pages = Pages(range(count), most=most, total=False, last=last)
    assert pages.read() == set(range(count))
    assert pages.requests.count(1) == (1 if count <= most else 2)


@given(
    st.integers(min_value=1, max_value=80),
    st.integers(min_value=1, max_value=20),
    st.dictionaries(st.integers(1, 40), st.integers(0, 90), max_size=4),
    st.sampled_from(["insert", "remove"]),
)
def test_what_is_returned_was_the_list_at_some_moment(count, most, moments, how):
    """Also while rows are added, or removed, between any two requests."""
    changes = {
        moment: insert(at, 1000 + moment) if how == "insert" else remove(at)
        for moment, at in moments.items()
    }
    pages = Pages(range(count), most=most, changes=changes)
    try:
        seen = pages.read()
    except Incomplete:
        return
    assert frozenset(seen) in pages.snapshots


def test_a_change_between_two_pages_is_noticed_and_read_again():
    pages = Pages(range(30), most=10, changes={2: insert(0, 99)})
    assert pages.read() == {*range(30), 99}
    assert pages.requests.count(1) == 3


def test_a_list_that_never_stands_still_is_incomplete():
    pages = Pages(range(30), most=10, changes={n: insert(0, 100 + n) for n in range(1, 60)})
    with pytest.raises(Incomplete, match=r"did not add up in 3 passes: the total went from"):
        pages.read()


@pytest.mark.parametrize("total", [True, False])
def test_a_server_that_ignores_the_page_number_is_noticed_early(total):
    pages = Pages(range(1000), most=10, repeats=True, total=total)
    with pytest.raises(Incomplete, match="repeats earlier ones"):
        pages.read()
    assert len(pages.requests) <= 3 * (1 + 2 * 4)


def test_a_total_that_no_pass_reaches_is_incomplete():
    async def fetch(number, _step):
        return Page(rows=[{"id": 1}] if number == 1 else [], total=3)

    listing = Listing(what="x", fetch=fetch, collector=lambda: Kept(lambda r: (r["id"], r)))
    with pytest.raises(Incomplete, match="page 2 has no rows where 3 were announced"):
        asyncio.run(read_list(listing))


@pytest.mark.parametrize("empty", [2, 5, 9])
def test_the_first_empty_page_ends_a_pass_however_many_rows_were_announced(empty):
    asked = []

    async def fetch(number, _step):
        asked.append(number)
        await asyncio.sleep(0)
        return Page(rows=[{"id": number}] if number < empty else [], total=4000)

    listing = Listing(
        what="x", fetch=fetch, collector=lambda: Kept(lambda r: (r["id"], r)), width=4
    )
    with pytest.raises(Incomplete, match="has no rows where 4000 were announced"):
        asyncio.run(read_list(listing))
    assert len(asked) <= PASSES * (empty + listing.width)


def endless(total):
    async def fetch(number, _step):
        await asyncio.sleep(0)
        return Page(rows=[{"id": (number, row)} for row in range(2)], total=total)

    return Listing(what="x", fetch=fetch, collector=lambda: Kept(lambda r: (r["id"], r)))


@pytest.mark.parametrize("total", [None, 10**9])
def test_a_list_without_end_is_incomplete(monkeypatch, total):
    monkeypatch.setattr(listing, "MAX_PAGES", 20)
    with pytest.raises(Incomplete, match="would take more than 20 pages"):
        asyncio.run(read_list(endless(total)))


@pytest.mark.parametrize("total", [None, 10**9])
def test_a_list_that_takes_too_long_is_incomplete(monkeypatch, total):
    monkeypatch.setattr(listing, "MAX_SECONDS", 0.02)
    monkeypatch.setattr(listing, "MAX_PAGES", 10**9)
    with pytest.raises(Incomplete, match="had not ended after 0 seconds"):
        asyncio.run(read_list(endless(total)))


def test_a_first_page_without_rows_that_announces_some_is_incomplete():
    async def fetch(_number, _step):
        return Page(rows=[], total=7)

    listing = Listing(what="x", fetch=fetch, collector=lambda: Kept(lambda r: (r["id"], r)))
    with pytest.raises(Incomplete):
        asyncio.run(read_list(listing))


def test_progress_tells_rows_read_and_the_total():
    told = []
    pages = Pages(range(25), most=10)
    listing = Listing(
        what="nhn Tag",
        fetch=pages.fetch,
        collector=lambda: Kept(lambda row: (row["id"], row)),
        progress=lambda *args: told.append(args),
    )
    asyncio.run(read_list(listing))
    assert told[0] == ("nhn Tag", 10, 25)
    assert told[-1] == ("nhn Tag", 25, 25)


def test_after_a_failure_no_further_job_starts_and_those_under_way_finish():
    started, finished = [], []

    async def work(job):
        started.append(job)
        await asyncio.sleep(0)
        if job == 2:
            raise NotSent("no network")
        await asyncio.sleep(0)
        finished.append(job)

    with pytest.raises(NotSent):
        asyncio.run(fan_out(range(1, 100), work, 3))
    assert finished == [1, 3]
    assert max(started) <= 4
