import io

from rich.console import Console
from rich.text import Text

from reconciler.model.change import Action
from reconciler.model.result import Status
from reconciler.render.layout.style import Style
from reconciler.render.plans.live import LiveProgress
from reconciler.render.plans.progress import PlainProgress, Step, pace


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def step(done, total, status=Status.DONE, failed=0, **more):
    return Step(
        address=f"nhn/Tag/t{done}",
        action=Action.CREATE,
        status=status,
        done=done,
        total=total,
        failed=failed,
        **more,
    )


def plain():
    lines, clock = [], Clock()
    return PlainProgress(write=lines.append, clock=clock), lines, clock


def test_quick_reading_is_not_worth_a_line():
    progress, lines, clock = plain()
    for page in range(100):
        clock.now += 0.04
        progress.reading("nhn BlockList", page, 100)
    assert lines == []


def test_long_reading_gets_a_line_every_five_seconds():
    progress, lines, clock = plain()
    for page in range(1, 1001):
        clock.now += 1 / 64
        progress.reading("nhn\x1b BlockList", page, 1000)
    assert lines == [
        r"reading all of nhn\x1b BlockList: 321 of 1,000",
        r"reading all of nhn\x1b BlockList: 641 of 1,000",
        r"reading all of nhn\x1b BlockList: 961 of 1,000",
    ]


def test_each_change_of_a_small_plan_is_told():
    progress, lines, _ = plain()
    progress.applying(2)
    progress.started("nhn/Tag/t1", Action.CREATE)
    progress.finished(step(1, 2))
    progress.finished(step(2, 2, Status.FAILED, 1, message="no\nroom"))
    progress.close()
    assert lines == [
        "applying 2 changes",
        "  + nhn/Tag/t1 created",
        r"  ✗ nhn/Tag/t2 create failed: no\nroom",
    ]


def test_a_large_plan_is_told_in_numbers_and_its_failures_by_name():
    progress, lines, clock = plain()
    progress.applying(1000)
    for number in range(1, 1001):
        clock.now += 0.01
        failed = number >= 500
        progress.finished(
            step(number, 1000, Status.FAILED if number == 500 else Status.DONE, int(failed))
        )
    assert lines[0] == "applying 1,000 changes"
    assert "  ✗ nhn/Tag/t500 create failed" in lines
    assert any(line.startswith("applied 5") and "1 failed, 100/s, about" in line for line in lines)
    assert len(lines) < 6


def test_members_are_told_with_rate_and_time_left():
    progress, lines, clock = plain()
    for done in range(0, 100_000, 1000):
        clock.now += 0.1
        progress.members("nhn/BlockList/ads", done, 100_000)
    assert lines[0].startswith("nhn/BlockList/ads: 5")
    assert "about" in lines[0]


def test_pace_needs_something_to_go_by():
    assert pace(0, 10, 5.0) == ""
    assert pace(5, 10, 5.0) == "1/s, about 5.0 s left"
    assert pace(10, 10, 5.0) == "2/s"
    assert pace(1, 3, 10.0) == "6/min, about 20 s left"


def test_live_progress_draws_and_leaves_nothing_behind():
    stream = io.StringIO()
    progress = LiveProgress(stream, Style(), Clock())
    progress.reading("nhn Tag", 1, 3)
    progress.reading("nhn Category", 1, 0)
    progress.applying(60)
    progress.started("nhn/Tag/t1", Action.CREATE)
    progress.finished(step(1, 2))
    progress.finished(step(2, 60))
    progress.finished(step(3, 60, Status.FAILED, 1, message="\x1b]0;x\x07"))
    progress.members("nhn/BlockList/ads", 10, 20)
    progress.members("nhn/BlockList/ads", 20, 20)
    progress.close()
    progress.close()
    text = stream.getvalue()
    assert "+ nhn/Tag/t1 created" in text
    assert "t2 created" not in text
    assert r"create failed: \x1b]0;x\x07" in text
    assert text.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in text


def test_live_progress_that_never_showed_anything_writes_nothing():
    stream = io.StringIO()
    progress = LiveProgress(stream, Style(), Clock())
    progress.applying(0)
    progress.close()
    assert stream.getvalue() == ""


def test_the_first_change_that_is_done_stands_apart_from_the_plan_above(monkeypatch):
    lines = []
    monkeypatch.setattr(Console, "print", lambda _, *said, **_more: lines.append(said))
    progress = LiveProgress(io.StringIO(), Style(), Clock())
    progress.reading("nhn Tag", 3, 3)
    progress.applying(2)
    progress.finished(step(1, 2))
    progress.finished(step(2, 2))
    progress.close()
    said = ["".join(map(str, line)) for line in lines if not line or isinstance(line[0], Text)]
    assert said == ["", "  + nhn/Tag/t1 created", "  + nhn/Tag/t2 created"]
