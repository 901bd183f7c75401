"""What `validate` found in one environment or several; equal findings are merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.manifests.fault import Fault, in_order
from reconciler.model.finding import Finding, Severity
from reconciler.model.policy import Policies
from reconciler.model.resource import Configuration
from reconciler.render.envelope import Document
from reconciler.render.faults import faults_document
from reconciler.render.json import policies_document
from reconciler.render.layout.style import count

_Item = TypeVar("_Item", Fault, Finding)


class Checked(Struct, frozen=True, kw_only=True):
    """The faults and findings of the manifests of one environment."""

    configuration: Configuration
    faults: tuple[Fault, ...]
    findings: tuple[Finding, ...]
    policies: Policies = Policies()

    @property
    def environment(self) -> str:
        """The environment's name; "" where the project declares none."""
        return self.configuration.environment.name


def faults_by_place(all_checked: Sequence[Checked]) -> tuple[Fault, ...]:
    """Return each fault once; one that only some environments have names them."""
    faults = _merged(((each.environment, each.faults) for each in all_checked), len(all_checked))
    return in_order(faults) if len(all_checked) > 1 else tuple(faults)


def findings_by_place(all_checked: Sequence[Checked]) -> list[Finding]:
    """Return each finding once; one that only some environments have names them."""
    return _merged(((each.environment, each.findings) for each in all_checked), len(all_checked))


def _merged(found: Iterable[tuple[str, Sequence[_Item]]], of: int) -> list[_Item]:
    """Return each item once, in the order of first occurrence; `of` is how many environments."""
    names: dict[_Item, list[str]] = {}
    for name, several in found:
        for each in dict.fromkeys(several):
            names.setdefault(each, []).append(name)
    return [
        each if len(where) == of else replace(each, message=f"{each.message} (in {_list(where)})")
        for each, where in names.items()
    ]


def _list(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


class Excess(Struct, frozen=True, kw_only=True):
    """More warnings than are allowed."""

    warnings: int
    allowed: int
    source: str
    """The option, or the field of the project file, that allows no more."""

    @property
    def words(self) -> str:
        """Return the message."""
        found = count(self.warnings, "warning")
        return f"Too many warnings: {found}, and {self.source} allows {self.allowed:,}."

    def entry(self) -> Document:
        """Return it as the error of a document."""
        hint = "Mend some; what is meant so, metadata.ignoreRules of its manifest says."
        return {"code": "too-many-warnings", "message": self.words, "details": [], "hint": hint}


def excess_of(
    all_checked: Sequence[Checked], of_project: int | None, typed: int | None
) -> Excess | None:
    """Return the excess of warnings, if any; a typed limit counts before the project's."""
    allowed = of_project if typed is None else typed
    if allowed is None:
        return None
    found = findings_by_place(all_checked)
    warnings = sum(finding.counts_as is Severity.WARNING for finding in found)
    if warnings <= allowed:
        return None
    source = "spec.lint.maxWarnings" if typed is None else "--max-warnings"
    return Excess(warnings=warnings, allowed=allowed, source=source)


def document(all_checked: Sequence[Checked], excess: Excess | None = None) -> Document:
    """Return faults and findings as JSON; with several environments, also those of each."""
    made = _document(all_checked)
    return made if excess is None else made | {"error": excess.entry()}


def policies_count(number: int) -> str:
    """Return `2 policies`; "" for none."""
    return f"{number:,} {'policy' if number == 1 else 'policies'}" if number else ""


def _document(all_checked: Sequence[Checked]) -> Document:
    if len(all_checked) == 1:
        [checked] = all_checked
        return _with_policies(checked)
    made = faults_document(faults_by_place(all_checked), findings_by_place(all_checked))
    made["environments"] = [{"name": each.environment} | _entries(each) for each in all_checked]
    return made


def _with_policies(checked: Checked) -> Document:
    made = faults_document(checked.faults, checked.findings)
    each = checked.policies
    return made | ({"policies": policies_document(each)} if each.each else {})


def _entries(checked: Checked) -> Document:
    found = _with_policies(checked)
    del found["formatVersion"]
    return found
