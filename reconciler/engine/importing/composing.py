"""Makes the draft of one manifest: readable fields that differ from defaults, in schema order."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.forms import form_of
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.importing.references import References
from reconciler.engine.importing.selecting import Candidate, skipped
from reconciler.engine.workspace import Workspace
from reconciler.manifests.writing.lists import MOST_INLINE, list_name
from reconciler.manifests.writing.yaml_text import Value
from reconciler.model.address import Address
from reconciler.model.imported import Skipped, SkipReason
from reconciler.model.numbers import NumberSet
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Field


class Composer(Struct, frozen=True, kw_only=True):
    """Makes the drafts of candidates whose names are known."""

    workspace: Workspace
    options: ImportOptions
    references: References

    def draft(self, candidate: Candidate, name: str) -> Draft | Skipped:
        """Return the draft of a manifest, or why there is none."""
        work = _Work(self, candidate, name)
        work.compose()
        own = {f.name for f in candidate.kind.fields if f.identity}
        missing = sorted(work.form.required - work.spec.keys() | own.intersection(work.unfit))
        if missing:
            return _skipped(candidate, missing)
        return Draft(
            address=Address(candidate.provider, candidate.kind.name, name),
            candidate=candidate,
            spec=work.spec,
            comments=tuple(work.comments()),
            left_out=(*work.unread, *work.unfit, *work.uncalled),
            above=work.above,
            list_file=work.list_file,
            members=candidate.live.members if work.list_file else None,
        )


def _skipped(candidate: Candidate, missing: list[str]) -> Skipped:
    """Say why a candidate cannot have a manifest: these required fields are missing."""
    sinks = [name for name in missing if name in candidate.kind.sinks]
    provider, live, kind = candidate.provider, candidate.live, candidate.kind
    if sinks:
        why = f"its secret is told once: say where it goes, with --deliver-to, for {sinks[0]}"
        return skipped(provider, live, SkipReason.SECRET, why, kind=kind)
    why = f"{', '.join(missing)} cannot be read, or is nothing that a manifest may have"
    return skipped(provider, live, SkipReason.UNFIT, why, kind=kind)


class _Work:
    """Composes one spec."""

    def __init__(self, composer: Composer, candidate: Candidate, name: str) -> None:
        self.spec: dict[str, Value | list[Value]] = {}
        self.unread: list[str] = []
        self.unfit: list[str] = []
        self.uncalled: list[str] = []
        """The field of members that were not asked for."""
        self.above: Address | None = None
        self.list_file = ""
        workspace = composer.workspace
        self.form = form_of(workspace.providers[candidate.provider].type, candidate.kind.name)
        self._composer, self._candidate, self._name = composer, candidate, name
        self._declared = {each.name: each for each in candidate.kind.fields}

    def compose(self) -> None:
        """Take the fields into the spec, one by one."""
        for name in self.form.order:
            declared = self._declared[name]
            if name in self._candidate.kind.sinks:
                self._sink(name)
            elif name in self._candidate.kind.set_fields:
                continue
            elif not declared.local:
                self._take(declared)
        self._members()

    def _sink(self, name: str) -> None:
        delivery = self._composer.options.delivery
        if delivery is not None and name in self.form.required:
            self.spec[name] = dict(delivery.place(self._name))

    def _take(self, declared: Field) -> None:
        name, live = declared.name, self._candidate.live
        if name not in live.fields:
            self.unread.append(name)
            return
        value = live.fields[name]
        if value is None or self._is_default(declared, value):
            return
        if not self.form.fits(name, value):
            self.unfit.append(name)
        elif not (name in self.form.from_name and value == self._name):
            self.spec[name] = self._written(declared, value)

    def _is_default(self, declared: Field, value: JsonValue) -> bool:
        places = (self.form.defaults, self._candidate.kind.defaults)
        return not declared.identity and any(
            declared.name in each and each[declared.name] == value for each in places
        )

    def _written(self, declared: Field, value: JsonValue) -> Value | list[Value]:
        kind = declared.refers_to
        if not kind:
            return value
        references, provider = self._composer.references, self._candidate.provider
        if isinstance(value, list):
            return [references.written(provider, kind, each) for each in value]
        if kind == self._candidate.kind.name:
            self.above = references.target(provider, kind, value)
        return references.written(provider, kind, value)

    def _members(self) -> None:
        """Take the members of a set into the manifest or into a file, if they were asked for."""
        members, numbers = self._candidate.kind.members, self._candidate.live.members
        if members is None or numbers is None:
            return
        if not self._composer.options.recipients:
            self.uncalled.append(members.listed)
        elif len(numbers) <= MOST_INLINE or not members.files:
            self.spec[members.listed] = list[Value](numbers)
        else:
            self.list_file = list_name(self._name, len(numbers))

    def comments(self) -> Iterator[str]:
        """Yield comments for people on the fields that are left out."""
        live = self._candidate.live
        if self.unread:
            provider = self._composer.workspace.providers[self._candidate.provider]
            why = provider.unreadable(live)
            names = ", ".join(f"{n} ({why[n]})" if n in why else n for n in self.unread)
            yield f"not readable, so not managed here: {names}"
        if self.unfit:
            yield f"no manifest may have this, so not managed here: {', '.join(self.unfit)}"
        if self.uncalled:
            yield f"not managed here: {', '.join(self.uncalled)} ({_count(live.members)} now)"


def _count(numbers: NumberSet | None) -> str:
    return f"{len(numbers or ()):,}"
