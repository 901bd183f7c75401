"""What the command line says about an import."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.model.values import JsonValue


class Delivery(Struct, frozen=True, kw_only=True):
    """Where the secrets of imported objects go: a pattern for the sinks in their manifests."""

    file: str = ""
    """A path with `{name}` in it."""
    variable: str = ""
    """A variable in a dotenv file, with `{NAME}` in it; empty if the file is the secret itself."""

    def path(self, name: str) -> str:
        """Return the file for an object of this name."""
        return _filled(self.file, name)

    def variable_of(self, name: str) -> str:
        """Return the variable for an object of this name; it never begins with a digit."""
        variable = _filled(self.variable, name)
        return f"_{variable}" if variable[:1].isdigit() else variable

    def place(self, name: str) -> Mapping[str, JsonValue]:
        """Return the sink for an object of this name."""
        if not self.variable:
            return {"file": self.path(name)}
        return {"envFile": {"path": self.path(name), "variable": self.variable_of(name)}}


def _filled(text: str, name: str) -> str:
    capitals = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()
    return text.replace("{name}", name).replace("{NAME}", capitals)


class ImportOptions(Struct, frozen=True, kw_only=True):
    """What the command line says about an import."""

    providers: frozenset[str] = frozenset()
    """Names of accounts; empty for all."""
    kinds: frozenset[str] = frozenset()
    """Names of kinds; empty for all."""
    object: str = ""
    """The natural key or id of the only object to import; needs one provider and one kind."""
    name: str = ""
    """The name for that object; empty to derive one."""
    own_files: bool = False
    """Give each manifest a file of its own, however few there are."""
    recipients: bool = False
    """Import the members of sets, too."""
    people: bool = False
    """Import kinds whose objects are people, too."""
    probe: bool = False
    """Read even if that makes a provider do something."""
    delivery: Delivery | None = None
    """Where secrets go; `None` skips objects that have one."""
    state: bool = True
    """Let state own the imported objects."""

    def wants(self, provider: str, kind: str) -> bool:
        """Tell whether a kind of an account was chosen."""
        chosen = not self.providers or provider in self.providers
        return chosen and (not self.kinds or kind in self.kinds)
