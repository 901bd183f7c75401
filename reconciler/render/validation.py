"""What `validate` found, in one environment or several: equal things once, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.manifests.fault import Fault, in_order
from reconciler.model.finding import Finding
from reconciler.model.resource import Configuration
from reconciler.render.envelope import Document
from reconciler.render.faults import faults_document

_Told = TypeVar("_Told", Fault, Finding)


class Checked(Struct, frozen=True, kw_only=True):
    """What is wrong with the manifests of one environment."""

    configuration: Configuration
    faults: tuple[Fault, ...]
    findings: tuple[Finding, ...]

    @property
    def environment(self) -> str:
        """The environment's name, empty where the project declares none."""
        return self.configuration.environment.name


def faults_by_place(all_checked: Sequence[Checked]) -> tuple[Fault, ...]:
    """Return each fault once; one that only some environments have says which."""
    said = _once(((each.environment, each.faults) for each in all_checked), len(all_checked))
    return in_order(said) if len(all_checked) > 1 else tuple(said)


def findings_by_place(all_checked: Sequence[Checked]) -> list[Finding]:
    """Return each finding once; one that only some environments have says which."""
    return _once(((each.environment, each.findings) for each in all_checked), len(all_checked))


def _once(found: Iterable[tuple[str, Sequence[_Told]]], of: int) -> list[_Told]:
    """Return what was found once each, in the order of its first finding."""
    names: dict[_Told, list[str]] = {}
    for name, several in found:
        for each in dict.fromkeys(several):
            names.setdefault(each, []).append(name)
    return [
        each if len(where) == of else replace(each, message=f"{each.message} (in {_list(where)})")
        for each, where in names.items()
    ]


def _list(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def document(all_checked: Sequence[Checked]) -> Document:
    """Return faults and findings as JSON, and of several environments those of each."""
    if len(all_checked) == 1:
        [checked] = all_checked
        return faults_document(checked.faults, checked.findings)
    made = faults_document(faults_by_place(all_checked), findings_by_place(all_checked))
    made["environments"] = [{"name": each.environment} | _entries(each) for each in all_checked]
    return made


def _entries(checked: Checked) -> Document:
    found = faults_document(checked.faults, checked.findings)
    return {name: found[name] for name in ("faults", "findings")}
