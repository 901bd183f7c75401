"""Reads `Policy` documents: a team's own rules. Their expressions are not compiled here.

Their files are named by the project's `spec.policies` and by `--policy`, and hold nothing else.
Both count and neither replaces the other, so that a copy outside a repository applies whatever the
repository says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from reconciler.manifests.deprecated import deprecated_in
from reconciler.manifests.document import Document, read_documents
from reconciler.manifests.document_faults import comment_faults, name_faults, schema_faults
from reconciler.manifests.fault import Fault, one_of, printable, shown
from reconciler.manifests.files import Finder
from reconciler.manifests.loading_rules import POLICY_UNUSED
from reconciler.manifests.schema.rules import Checker, checker
from reconciler.manifests.schema.schemas import POLICY, all_kinds, policy_document_schema
from reconciler.manifests.text.scalars import core
from reconciler.model.finding import Finding, Severity
from reconciler.model.policy import Match, On, Policy, PolicyTest
from reconciler.model.resource import Project
from reconciler.suggestions import did_you_mean

_Path = tuple[str | int, ...]
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_DECLARE = "declare it in reconciler.yaml as spec.environments"
_OF_ONE = ("address", "name", "kind")
PLACEHOLDERS: Mapping[On, tuple[str, ...]] = {
    On.RESOURCE: _OF_ONE,
    On.CHANGE: (*_OF_ONE, "action"),
    On.PLAN: (),
    On.DRIFT: _OF_ONE,
}
"""What a message may name, by what the policy judges."""


class ReadPolicies(Struct, kw_only=True):
    """All policies of one run."""

    policies: list[Policy] = field(default_factory=list)
    """Those without faults, in the order of their files."""
    paths: set[str] = field(default_factory=set)
    """The files of all policies: absolute paths, symlinks followed."""
    findings: list[Finding] = field(default_factory=list)
    """Warnings about policies without faults."""

    def without(self, documents: Iterable[Document], notes: list[Finding]) -> Iterator[Document]:
        """Yield the documents except policies; one that is not in `paths` adds to `notes`."""
        for document in documents:
            if document.text("kind") != POLICY:
                yield document
            elif document.locator.source.path not in self.paths:
                message = (
                    "this policy judges nothing; name its file or folder in spec.policies of "
                    "reconciler.yaml, or with --policy"
                )
                notes.append(POLICY_UNUSED.found(message, document.locator(("kind",))))


def read_policies(
    project: Project, typed: Sequence[str], cwd: Path, faults: list[Fault]
) -> ReadPolicies:
    """Read the policies of a project, and those that the command line names."""
    found = ReadPolicies()
    for paths, start, named in ((project.policies, project.root, False), (typed, cwd, True)):
        if paths:
            finder = Finder(project.root, what="policy")
            reader = _Reader(project=project, typed=named, faults=faults)
            for name, path in list(finder.find(paths, start, typed=named)):
                if path not in found.paths:
                    found.paths.add(path)
                    reader.read_file(name, path)
            faults += finder.faults
            found.policies += reader.policies.values()
            found.findings += reader.findings
    return found


class _Reader(Struct, kw_only=True):
    """Reads the policies of one source, the project or `--policy`; names are unique in each."""

    project: Project
    typed: bool
    faults: list[Fault]
    policies: dict[str, Policy] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def read_file(self, name: str, path: str) -> None:
        for document in read_documents(name, path, self.faults, found=False):
            faults = list(self._wrong_with(document))
            self.faults += faults
            if not faults:
                policy = _policy(document, typed=self.typed)
                self.policies[policy.name] = policy
                self.findings += deprecated_in(document, "")

    def _wrong_with(self, document: Document) -> Iterator[Fault]:
        kind, name = document.text("kind"), document.text("metadata", "name")
        address = f"{POLICY}/{printable(name)}" if name else ""
        if kind != POLICY:
            message = f"a file of policies holds documents of kind {POLICY} alone"
            yield Fault(origin=document.locator(("kind",)), address=address, message=message)
            return
        rules = _checker()
        rules.give_types(document.value)
        yield from comment_faults(rules.schema, document, address)
        if not rules.accepts(document.value):
            yield from schema_faults(rules.schema, document, address)
            return
        yield from name_faults(document, address)
        for where, message, hint in self._meaning(document.value["spec"], name):
            yield Fault(origin=document.locator(where), address=address, message=message, hint=hint)

    def _meaning(self, spec: Mapping[str, Any], name: str) -> Iterator[tuple[_Path, str, str]]:
        """Yield what is wrong beyond the schema: where, the message, and a hint."""
        on, match = On(spec["on"]), spec.get("match", {})
        if name in self.policies:
            first = self.policies[name].origin
            yield ("metadata", "name"), f"there is a policy of this name at {first} already", ""
        if "actions" in match and on is not On.CHANGE:
            message = f"match.actions is for on: change; this policy is on: {on}"
            yield ("spec", "match", "actions"), message, "remove the line"
        for part in ("kinds", "providers") if on is On.PLAN else ():
            if part in match:
                message = f"match.{part} is for policies on single objects; a plan has all"
                yield ("spec", "match", part), message, "remove the line"
        yield from _unknown("kinds", "kind", match, all_kinds())
        if not self.typed:
            names = [each for each in self.project.environments if each]
            yield from _unknown("environments", "environment", match, names)
        yield from _placeholders(spec["message"], on)
        for index, test in enumerate(spec.get("tests", ())):
            for other in test["given"].keys() & set(On) - {on}:
                where = ("spec", "tests", index, "given", other)
                yield where, f"this policy is on: {on}, so it sees no {other}", ""


def _unknown(
    part: str, noun: str, match: Mapping[str, Any], known: Collection[str]
) -> Iterator[tuple[_Path, str, str]]:
    """Yield what is wrong with unknown names in `match`, by which a policy would never apply."""
    for index, name in enumerate(match.get(part, ())):
        if name not in known:
            hint = did_you_mean(name, known) or one_of(known) or _DECLARE
            yield ("spec", "match", part, index), f"there is no {noun} {shown(name)}", hint


def _placeholders(message: str, on: On) -> Iterator[tuple[_Path, str, str]]:
    for name in _PLACEHOLDER.findall(message):
        if name not in PLACEHOLDERS[on]:
            known = [f"{{{each}}}" for each in PLACEHOLDERS[on]]
            hint = f"known: {', '.join(known)}" if known else "a plan as a whole has none"
            message = f"messages of policies on: {on} have no placeholder {shown(f'{{{name}}}')}"
            yield ("spec", "message"), message, hint


def _policy(document: Document, *, typed: bool) -> Policy:
    spec: dict[str, Any] = document.value["spec"]
    match: Mapping[str, Sequence[str]] = spec.get("match", {})
    expression: str = spec["violates"]
    locator = document.locator
    return Policy(
        name=document.value["metadata"]["name"],
        on=On(spec["on"]),
        severity=Severity(spec.get("severity", Severity.ERROR.value)),
        match=Match(**{part: tuple(names) for part, names in match.items()}),
        violates=expression,
        message=spec["message"],
        fix=spec.get("fix", ""),
        overridable=spec.get("overridable", False),
        tests=tuple(_tests(document)),
        spec=spec,
        typed=typed,
        origin=locator.start,
        locate=locator,
        within=partial(locator.inside, ("spec", "violates"), expression),
    )


def _tests(document: Document) -> Iterator[PolicyTest]:
    for index, test in enumerate(document.value["spec"].get("tests", ())):
        yield PolicyTest(
            given={name: core(value) for name, value in test["given"].items()},
            violates=test["violates"],
            origin=document.locator(("spec", "tests", index)),
        )


@lru_cache(maxsize=1)
def _checker() -> Checker:
    return checker(policy_document_schema())
