"""How manifests write the members of a set kind, such as the numbers of a block list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from reconciler.model.numbers import NumberSet
from reconciler.model.phone import phone_digits
from reconciler.model.values import Fields, JsonValue


class Members(Struct, frozen=True, kw_only=True):
    """What the fields of a set kind are called, and how its members, which are numbers, are read.

    A set is additive unless its manifest says that it is exclusive: it loses only members that we
    added, where an exclusive one becomes equal to its manifest.
    """

    listed: str
    """The field that lists members."""
    files: str = ""
    """The field that names files of members, as a list of `{"file": …, "column": …}`; their lines
    are phone numbers. Empty where members come from no file."""
    mode: str = ""
    """The field that says whether the set is exclusive; empty where it never is."""
    exclusive: JsonValue = None
    """The value of `mode` of an exclusive set."""
    allow_empty: str = ""
    """The field that allows a set without members; empty where nothing is said of such a set."""
    noun: str = "number"
    """What one member is called."""
    nouns: str = "numbers"
    """What several are."""
    digits: Callable[[str], str] = phone_digits
    """A member as it is written to the digits that stand for it at the provider."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that give members."""
        return tuple(name for name in (self.listed, self.files) if name)

    def are_exclusive(self, fields: Fields) -> bool:
        """Tell whether the live set is to be, or was made, equal to what is managed."""
        return bool(self.mode) and fields.get(self.mode) == self.exclusive

    def mentioned(self, spec: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names of those fields that give members and stand in a manifest."""
        return tuple(name for name in self.fields if name in spec)

    def written(self, texts: Iterable[str]) -> NumberSet:
        """Return what a list in a manifest holds."""
        numbers = NumberSet()
        numbers.add_many(self.digits(text) for text in texts)
        return numbers

    def count(self, number: int) -> str:
        """Return a number of members in words."""
        return f"{number:,} {self.noun if number == 1 else self.nouns}"
