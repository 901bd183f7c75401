import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from reconciler.cli.interrupts import Interrupts
from reconciler.errors import Stopped


def kill(number=signal.SIGINT):
    os.kill(os.getpid(), number)


def kill_and_wait(number=signal.SIGINT):
    kill(number)
    time.sleep(1)


def test_a_signal_outside_any_work_stops_on_the_spot():
    interrupts = Interrupts()
    with interrupts.installed(), pytest.raises(Stopped) as caught:
        kill_and_wait(signal.SIGTERM)
    assert caught.value.exit_code == 143


def test_a_signal_sets_the_event_that_work_watches():
    interrupts = Interrupts()

    async def work(stop):
        kill()
        await asyncio.wait_for(stop.wait(), 5)
        return "finished"

    with interrupts.installed():
        assert interrupts.run(work) == "finished"
        assert interrupts.number == signal.SIGINT
        with pytest.raises(Stopped):
            interrupts.check()


def test_a_second_signal_ends_the_process():
    left = []
    interrupts = Interrupts(leave=left.append)

    async def work(_stop):
        kill()
        await asyncio.sleep(0.05)
        kill(signal.SIGTERM)
        await asyncio.sleep(0.05)

    with interrupts.installed():
        interrupts.run(work)
    assert left == [143]


def test_reading_is_cut_off():
    interrupts = Interrupts()
    cleaned = []

    async def reading():
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(True)

    async def work(_stop):
        asyncio.get_running_loop().call_later(0.05, kill)
        await interrupts.unless_stopped(reading())

    with interrupts.installed(), pytest.raises(Stopped):
        interrupts.run(work)
    assert cleaned == [True]


def test_recovery_may_finish_within_its_grace():
    interrupts = Interrupts()
    finished = []

    async def recovering():
        await asyncio.sleep(0.2)
        finished.append(True)

    async def work(_stop):
        asyncio.get_running_loop().call_later(0.05, kill)
        await interrupts.unless_stopped(recovering(), grace=5)

    with interrupts.installed(), pytest.raises(Stopped):
        interrupts.run(work)
    assert finished == [True]


def test_a_result_and_an_error_pass_through():
    interrupts = Interrupts()

    async def good():
        return 7

    async def bad():
        raise ValueError("x")

    async def work(_stop):
        assert await interrupts.unless_stopped(good()) == 7
        with pytest.raises(ValueError, match="x"):
            await interrupts.unless_stopped(bad())

    interrupts.run(work)


def test_a_question_can_be_interrupted():
    interrupts = Interrupts()

    async def work(_stop):
        with interrupts.immediate():
            kill_and_wait()

    with interrupts.installed(), pytest.raises(Stopped):
        interrupts.run(work)


def test_what_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr("reconciler.cli.interrupts.LAST_SECONDS", 0.1)
    left = []
    interrupts = Interrupts(leave=left.append)

    async def work(_stop):
        kill(signal.SIGTERM)
        await asyncio.sleep(0.4)

    with interrupts.installed():
        interrupts.run(work)
    assert left == [143]


def test_what_ends_in_time_is_left_alone(monkeypatch):
    monkeypatch.setattr("reconciler.cli.interrupts.LAST_SECONDS", 0.1)
    left = []
    interrupts = Interrupts(leave=left.append)

    async def work(stop):
        kill(signal.SIGTERM)
        await stop.wait()

    with interrupts.installed():
        interrupts.run(work)
    time.sleep(0.3)
    assert left == []


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Interrupts().installed():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_while_the_command_line_is_loaded_ends_it_without_a_traceback():
    code = """
import os, signal, sys
from reconciler.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background ignores it

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "reconciler.cli.boundary":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
