"""How manifests write the members of a set kind, such as the numbers of a block list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from reconciler.model.numbers import NumberSet
from reconciler.model.phone import phone_digits
from reconciler.model.values import Fields, JsonValue


class Members(Struct, frozen=True, kw_only=True):
    """The fields of a set kind, and how its members, which are numbers, are read.

    A set is additive unless its manifest says that it is exclusive. An additive set only loses
    members that we added; an exclusive one becomes equal to its manifest.
    """

    listed: str
    """The field that lists members."""
    files: str = ""
    """The field that names files of members, as a list of `{"file": …, "column": …}`; their lines
    are phone numbers. Empty if members cannot come from files."""
    mode: str = ""
    """The field that says whether the set is exclusive; empty if it never is."""
    exclusive: JsonValue = None
    """The value of the field `mode` in an exclusive set."""
    allow_empty: str = ""
    """The field that allows a set without members; empty if there is no such field."""
    noun: str = "number"
    """The word for one member."""
    nouns: str = "numbers"
    """The word for several members."""
    digits: Callable[[str], str] = phone_digits
    """Turns a member, as it is written, into the digits that the provider is sent."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that list or name members."""
        return tuple(name for name in (self.listed, self.files) if name)

    def are_exclusive(self, fields: Fields) -> bool:
        """Tell whether these fields, desired or applied, make the set exclusive."""
        return bool(self.mode) and fields.get(self.mode) == self.exclusive

    def mentioned(self, spec: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names of those fields that list or name members in a manifest."""
        return tuple(name for name in self.fields if name in spec)

    def written(self, texts: Iterable[str]) -> NumberSet:
        """Return the members of a list in a manifest."""
        numbers = NumberSet()
        numbers.add_many(self.digits(text) for text in texts)
        return numbers

    def count(self, number: int) -> str:
        """Return a number of members with its noun, such as `1,200 numbers`."""
        return f"{number:,} {self.noun if number == 1 else self.nouns}"
