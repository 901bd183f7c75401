"""Finds the known words that an unknown one may have meant, by one measure for all messages.

A wrong guess is worse than none, so the measure is strict: `diff` is not taken for `drift`, nor
`ConfigMap` for `SmtpConfig`.
"""

from __future__ import annotations

from collections.abc import Iterable

_ALIKE = 0.75
"""difflib's ratio: `paln` and `plan` have 0.75, `taint` and `state` 0.6."""
_LONG_ENOUGH = 4
"""Characters of a part that stands for a whole word, such as `Domain` for `SenderDomain`."""

_SHORTEST = 3
"""A shorter word is not corrected: one wrong letter makes it another word."""


def similar(wrong: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """Return the known words that `wrong` may have meant, the most similar first.

    Words with slashes, such as addresses, are similar only if each of their parts is.
    """
    scored = sorted((-_likeness(wrong, word), word) for word in set(known))
    return [word for score, word in scored[:most] if score < 0]


def did_you_mean(wrong: str, known: Iterable[str], *, most: int = 1) -> str:
    """Return `did you mean "x"?`; "" if no known word is similar."""
    close = similar(wrong, known, most=most)
    named = " or ".join(f'"{word}"' for word in close)
    return f"did you mean {named}?" if close else ""


def _likeness(wrong: str, word: str) -> float:
    """Return 0 for different words, up to 1 for the same."""
    one, other = wrong.casefold().strip("-"), word.casefold().strip("-")
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    parts, others = one.split("/"), other.split("/")
    if len(parts) == len(others) > 1:
        each = [_likeness(a, b) for a, b in zip(parts, others, strict=True)]
        return min(each) and sum(each) / len(each)
    return _likeness_of_words(one, other)


def _likeness_of_words(one: str, other: str) -> float:
    from difflib import SequenceMatcher  # only once something is wrong

    ratio = SequenceMatcher(None, one, other).ratio()
    if ratio >= _ALIKE or _one_slip(one, other):
        return ratio
    return _ALIKE / 2 if len(one) >= _LONG_ENOUGH and one in other else 0.0


def _one_slip(one: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing or too many, or two are swapped."""
    if min(len(one), len(other)) < _SHORTEST or abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, others = one[start:], other[start:]
    swapped = rest[1::-1] == others[:2] and rest[2:] == others[2:]
    return swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]
