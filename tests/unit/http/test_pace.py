"""The rate of requests, in one process and between several."""

import asyncio
import os
import subprocess
import sys
import textwrap

import pytest

from reconciler.http import pace
from reconciler.http.pace import FileStore, Pace, shared_pace


def times(clock, made, count):
    """Returns when each of `count` requests may go, asked for one after another."""

    async def work():
        seen = []
        for _ in range(count):
            await made.turn()
            seen.append(clock.now)
        return seen

    return asyncio.run(work())


def most_in_a_second(seen):
    return max(sum(1 for at in seen if start <= at < start + 1) for start in seen)


@pytest.mark.parametrize("rate", [0.5, 1, 3, 10, 50, 200])
def test_no_second_sees_more_than_the_rate_and_the_burst(fake_clock, rate):
    count = int(rate * 5) + 3
    seen = times(fake_clock, Pace(rate, clock=fake_clock), count)
    burst = max(1, int(rate * 0.25))
    assert most_in_a_second(seen) <= rate + burst + 1
    assert seen[-1] - seen[0] == pytest.approx((count - burst) / rate, rel=0.01)


def test_requests_that_ask_at_once_are_spread(fake_clock):
    made = Pace(1, clock=fake_clock)
    waits = []

    class Waiting:
        monotonic = fake_clock.monotonic

        async def sleep(self, seconds):
            waits.append(seconds)

    made._clock = Waiting()

    async def work():
        await asyncio.gather(*(made.turn() for _ in range(4)))

    asyncio.run(work())
    assert waits == pytest.approx([1, 2, 3])


def test_a_hold_keeps_everything_back_and_then_the_rate_goes_on(fake_clock):
    made = Pace(10, clock=fake_clock)
    start = fake_clock.now
    asyncio.run(made.hold(30))
    asyncio.run(made.hold(5))
    seen = times(fake_clock, made, 3)
    assert seen == pytest.approx([start + 30, start + 30.1, start + 30.2])


def test_two_clients_of_one_account_share_its_rate(fake_clock, tmp_path):
    first = shared_pace(10, clock=fake_clock, folder=tmp_path, key="account")
    second = shared_pace(10, clock=fake_clock, folder=tmp_path, key="account")
    other = shared_pace(10, clock=fake_clock, folder=tmp_path, key="other account")

    async def work():
        for _ in range(20):
            await first.turn()
            await second.turn()

    start = fake_clock.now
    asyncio.run(work())
    assert fake_clock.now - start == pytest.approx(3.8)
    before = fake_clock.now
    asyncio.run(other.turn())
    assert fake_clock.now == before
    assert {oct(path.stat().st_mode)[-3:] for path in tmp_path.iterdir()} == {"600"}
    assert not [path for path in tmp_path.iterdir() if "account" in path.name]


def test_processes_share_the_rate_of_an_account(tmp_path):
    code = textwrap.dedent("""
        import asyncio, sys, time
        from pathlib import Path
        from reconciler.http.clock import SYSTEM_CLOCK
        from reconciler.http.pace import shared_pace

        async def main():
            made = shared_pace(100, clock=SYSTEM_CLOCK, folder=Path(sys.argv[1]), key="k")
            for _ in range(20):
                await made.turn()
                print(time.monotonic())

        asyncio.run(main())
    """)
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    seen = sorted(float(line) for one in running for line in one.communicate()[0].split())
    assert len(seen) == 60
    # 60 requests, the first 25 at once, then 100 a second.
    assert seen[-1] - seen[0] >= 0.34


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 24, b"\x00" * 24, b"y" * 1000])
def test_a_damaged_file_is_a_fresh_start(fake_clock, tmp_path, data):
    path = tmp_path / "bucket"
    path.write_bytes(data)
    made = Pace(1, clock=fake_clock, store=FileStore(path, fake_clock))
    assert times(fake_clock, made, 2) == [1000, 1001]


def test_a_time_that_nobody_would_write_is_not_waited_for(fake_clock, tmp_path):
    path = tmp_path / "bucket"
    store = FileStore(path, fake_clock)
    path.write_bytes(store._FORMAT.pack(1e12, store._boot))
    assert times(fake_clock, Pace(1, clock=fake_clock, store=store), 1) == [1000]


def test_times_of_an_earlier_start_of_the_machine_do_not_count(fake_clock, tmp_path):
    path = tmp_path / "bucket"
    store = FileStore(path, fake_clock)
    path.write_bytes(store._FORMAT.pack(fake_clock.now + 300, b"another boot----"))
    assert times(fake_clock, Pace(1, clock=fake_clock, store=store), 1) == [1000]


def test_a_lock_that_stays_taken_stops_nobody(fake_clock, tmp_path):
    import fcntl

    path = tmp_path / "bucket"
    made = Pace(1, clock=fake_clock, store=FileStore(path, fake_clock))
    holder = os.open(path, os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        times(fake_clock, made, 2)
    finally:
        os.close(holder)
    assert fake_clock.now < 1000 + 2 * pace._LOCK_TRIES * pace._LOCK_WAIT + 2


def test_a_folder_that_cannot_be_used_leaves_the_limit_in_the_process(fake_clock, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("")
    made = shared_pace(1, clock=fake_clock, folder=blocked / "below", key="k")
    assert times(fake_clock, made, 2) == [1000, 1001]
    assert "not shared" in caplog.text


def test_a_link_in_place_of_the_file_is_not_followed(fake_clock, tmp_path):
    target = tmp_path / "precious"
    target.write_text("keep")
    link = tmp_path / "bucket"
    link.symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        FileStore(link, fake_clock)
    assert target.read_text() == "keep"


def test_the_folder_that_a_plan_makes_is_ignored_by_git(tmp_path, fake_clock):
    folder = tmp_path / ".reconciler"
    FileStore(folder / "a.pace", fake_clock).close()
    assert (folder / ".gitignore").read_text() == "*\n"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    there = tmp_path / "there"
    there.mkdir()
    FileStore(there / "a.pace", fake_clock).close()
    assert [path.name for path in there.iterdir()] == ["a.pace"]
