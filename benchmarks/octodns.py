"""A plan without changes against octoDNS's of as many records."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import PYTHON, Took, middle, run, side_by_side
from benchmarks.projects import in_step as templates_in_step
from benchmarks.projects import scratch, tags_in_step
from benchmarks.table import Row, at_least, told

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
    """Measure both sizes: tags, which are as small as a record, and templates of 900 bytes."""
    for count in RECORDED:
        with tags_in_step(count) as tags, templates_in_step(count) as templates:
            works = [tags.plan, templates.plan]
            if find_spec("octodns") is not None:
                works.append(lambda count=count: _octodns(count))
            took = side_by_side(TIMES, *works)
        small, large, *theirs = [middle(each, lambda t: t.wall) for each in took]
        yield _row(f"{count:,} tags", count, small, theirs)
        yield _row(f"{count:,} templates of 900 bytes", count, large, theirs)


def _row(what: str, count: int, ours: float, measured: list[float]) -> Row:
    what = f"plan without changes, {what}, wall"
    if not measured:
        words = f"{RECORDED[count]:.0f} s, recorded elsewhere (octoDNS is not installed)"
        return told(what, ours=f"{ours:.2f} s", reference=words)
    return at_least(
        what,
        ours=ours,
        reference=measured[0],
        bar=5,
        ours_text=f"{ours:.2f} s",
        reference_text=f"{measured[0]:.1f} s: octoDNS, as many A records, no network at all",
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
