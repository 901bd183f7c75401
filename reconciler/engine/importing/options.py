"""What the command line says about an import."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.model.values import JsonValue


class Delivery(Struct, frozen=True, kw_only=True):
    """Where the secret of each object goes: the place that manifests name."""

    file: str = ""
    """A path with `{name}` in it."""
    variable: str = ""
    """Of a dotenv file: a variable, with `{NAME}` in it; empty for a file that is the secret."""

    def path(self, name: str) -> str:
        """Return the file for an object of this name."""
        return _filled(self.file, name)

    def variable_of(self, name: str) -> str:
        """Return the variable for an object of this name: none begins with a digit."""
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
    """Empty for all."""
    object: str = ""
    """A natural key or a remote id: this object alone. One provider has it, of one kind."""
    name: str = ""
    """What that object is to be called; empty to find a name for it."""
    own_files: bool = False
    """Each manifest has a file to itself, however few they are."""
    recipients: bool = False
    """The members of sets are imported, too."""
    people: bool = False
    """So are kinds whose objects are people."""
    probe: bool = False
    """Reading may make a provider do something."""
    delivery: Delivery | None = None
    """Where secrets go; `None` leaves out what has one."""
    state: bool = True
    """What is imported is owned from now on."""

    def wants(self, provider: str, kind: str) -> bool:
        """Tell whether a kind of an account was chosen."""
        chosen = not self.providers or provider in self.providers
        return chosen and (not self.kinds or kind in self.kinds)
