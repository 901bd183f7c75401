"""Replaces deprecated spellings on the command line by today's, and warns once a run."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler import deprecations
from reconciler.cli.output import Output
from reconciler.deprecations import FAIL, Deprecation
from reconciler.errors import DeprecatedRefused


def todays(argv: Sequence[str]) -> tuple[list[str], list[Deprecation]]:
    """Return a command line in today's spelling, and the deprecations that it used.

    After `--` nothing is a flag.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    words, rest = list(argv[:end]), argv[end:]
    used = []
    for each in deprecations.DEPRECATIONS:
        read = [_today(words, number, each) for number in range(len(words))]
        if read != words:
            used.append(each)
        words = read
    return [*words, *rest], used


def tell(used: Sequence[Deprecation], out: Output) -> None:
    """Warn of each deprecation; raises `DeprecatedRefused` where runs are to fail for one."""
    for each in used:
        warning = f"{each.name} is deprecated since {each.since}"
        instead = f"write {each.replaced_by}"
        if deprecations.are_refused():
            way = f"{instead.capitalize()}."
            raise DeprecatedRefused(f"{warning}, and {FAIL} is set", hint=way)
        out.note(f"warning: {warning}: {instead}, as it may be gone from {each.kept_until} on")


def _today(words: Sequence[str], number: int, old: Deprecation) -> str:
    """Return one word in today's spelling; a value may follow its flag as a word or behind `=`."""
    flag, _, value = old.name.partition(" ")
    new_flag, _, new_value = old.replaced_by.partition(" ")
    word = words[number]
    if not value:
        return _with_new_beginning(word, flag, new_flag)
    if number and words[number - 1] == flag:
        return _with_new_beginning(word, value, new_value)
    if word.startswith(f"{flag}="):
        return f"{flag}={_with_new_beginning(word.removeprefix(f'{flag}='), value, new_value)}"
    return word


def _with_new_beginning(word: str, old: str, new: str) -> str:
    """Return a word with `new` in place of `old`, if that is all of it up to a `=`."""
    begin, equals, rest = word.partition("=")
    return f"{new}{equals}{rest}" if begin == old else word
