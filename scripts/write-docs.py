"""Writes the tables of docs/ that follow from the code, between marks; a test keeps them equal."""

import inspect
import re
from importlib import import_module
from pathlib import Path

from reconciler.emulator import outcomes
from reconciler.emulator.app import emulator_types
from reconciler.lint import registry

ROOT = Path(__file__).parent.parent


def outcome_rows() -> str:
    """The recipients that mean something."""
    rows = (
        f"| `{row.outcome}@` | …{row.ending} | {row.words} |" for row in outcomes.TABLE.values()
    )
    return "\n".join(["| address | number | message |", "|---|---|---|", *rows])


def reading_rows() -> str:
    """The readings of all providers, the default first, and what each is about."""
    rows = []
    for name, emulator in emulator_types().items():
        module = import_module(f"{'.'.join(emulator.__module__.split('.')[:3])}.readings")
        about = _meanings(inspect.getdoc(module) or "")
        rows += [
            f"| `{name}.{reading}` | `{values[0]}` | {_codes(values[1:])} | {about[reading]} |"
            for reading, values in emulator.READINGS.items()
        ]
    return "\n".join(["| reading | by default | or | |", "|---|---|---|---|", *rows])


def _meanings(text: str) -> dict[str, str]:
    """The rows of the table in a docstring, by their first column."""
    found: dict[str, str] = {}
    name = ""
    for line in re.split(r"^=+  =+$", text, flags=re.MULTILINE)[1].splitlines():
        row = re.fullmatch(r"(\S+) {2,}(.+)", line)
        if row is not None:
            name, found[row[1]] = row[1], row[2]
        elif name:
            found[name] += f" {line.strip()}"
    return {each: words.strip().replace("|", "\\|") for each, words in found.items()}


def _codes(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


TABLES = {
    "docs/lint-rules.md": {"rules": registry.table, "live": registry.live_table},
    "docs/emulator.md": {"outcomes": outcome_rows, "readings": reading_rows},
}
"""By page and the name in its marks: `<!-- name -->` before a table, `<!-- /name -->` after it."""


def written(page: str) -> str:
    """A page as it should be."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, rows in TABLES[page].items():
        before, rest = text.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"\n<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n{rows()}\n<!-- /{name} -->{after}"
    return text


if __name__ == "__main__":
    for name in TABLES:
        (ROOT / name).write_text(written(name), encoding="utf-8")
        print(f"wrote {name}")
