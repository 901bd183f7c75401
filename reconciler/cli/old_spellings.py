"""Old spellings on the command line: read as today's, and told once a run."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler import deprecations
from reconciler.cli.output import Output
from reconciler.deprecations import FAIL, Deprecation
from reconciler.errors import DeprecatedRefused


def todays(argv: Sequence[str]) -> tuple[list[str], list[Deprecation]]:
    """Return the words of a command line as they are spelled today, and what was old of them.

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
    """Say once what is deprecated; raises `DeprecatedRefused` where this run is to fail for it."""
    for each in used:
        said = f"{each.name} is deprecated since {each.since}"
        instead = f"write {each.replaced_by}"
        if deprecations.are_refused():
            way = f"{instead.capitalize()}."
            raise DeprecatedRefused(f"{said}, and {FAIL} is set", hint=way)
        out.note(f"warning: {said}: {instead}, as it may be gone from {each.kept_until} on")


def _today(words: Sequence[str], number: int, old: Deprecation) -> str:
    """Return one word as it is spelled today; it may stand beside its flag or behind a `=`."""
    flag, _, value = old.name.partition(" ")
    new_flag, _, new_value = old.replaced_by.partition(" ")
    word = words[number]
    if not value:
        return _begun(word, flag, new_flag)
    if number and words[number - 1] == flag:
        return _begun(word, value, new_value)
    if word.startswith(f"{flag}="):
        return f"{flag}={_begun(word.removeprefix(f'{flag}='), value, new_value)}"
    return word


def _begun(word: str, old: str, new: str) -> str:
    """Return a word with another beginning, up to its end or a `=`."""
    begin, equals, rest = word.partition("=")
    return f"{new}{equals}{rest}" if begin == old else word
