"""A plan without changes against octoDNS's of as many records."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import PYTHON, Took, middle, run
from benchmarks.projects import in_step, scratch
from benchmarks.table import Row, at_least

RECORDED = {10_000: 18.0, 50_000: 60.0}
"""Seconds, octoDNS 1.22 on two shared cores."""
TIMES = 3

_CONFIG = """\
providers:
  wanted:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/wanted
    enforce_order: false
  existing:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/existing
    enforce_order: false
zones:
  example.com.:
    sources: [wanted]
    targets: [existing]
"""


def measure() -> Iterator[Row]:
    """Measure both sizes."""
    for count, recorded in RECORDED.items():
        with in_step(count) as project:
            ours = middle([project.plan() for _ in range(TIMES)], lambda t: t.wall)
        if find_spec("octodns") is None:
            theirs, words = recorded, f"{recorded:.0f} s, recorded (octoDNS is not installed)"
        else:
            theirs = _octodns(count).wall
            words = f"{theirs:.1f} s: octoDNS, no network at all"
        yield at_least(
            f"plan without changes, {count:,} objects, wall",
            ours=ours,
            reference=theirs,
            bar=5,
            ours_text=f"{ours:.2f} s",
            reference_text=words,
        )


def _octodns(count: int) -> Took:
    with scratch() as folder:
        for name in ("wanted", "existing"):
            _write_zone(folder / name, count)
        config = folder / "config.yaml"
        config.write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        sync = str(Path(PYTHON).with_name("octodns-sync"))
        took = run([sync, "--config-file", str(config)])
    assert "No changes" in took.out + took.err, took.err[-500:]
    return took


def _write_zone(folder: Path, count: int) -> None:
    folder.mkdir()
    with (folder / "example.com.yaml").open("w", encoding="utf-8") as file:
        file.write("---\n")
        for number in range(count):
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            file.write(f"host-{number:06d}:\n  ttl: 300\n  type: A\n  value: {address}\n")
