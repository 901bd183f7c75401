"""Picks the documents that one environment has, and fills in the values of its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault, one_of, printable, shown
from reconciler.manifests.loading_rules import VARIABLE_SYNTAX, VARIABLE_UNUSED
from reconciler.manifests.variables import Filling
from reconciler.model.environment import Environment
from reconciler.model.finding import Finding
from reconciler.model.resource import Project
from reconciler.suggestions import did_you_mean

_MISSPELT = re.compile(r"\$\{(?!var\.[^{}]*\})\s*(?:vars?\.)?(?P<name>[a-z][A-Za-z0-9]*)\s*\}")


class Selection:
    """Picks and fills in the documents of one environment."""

    def __init__(self, project: Project, environment: str, *, sound: bool) -> None:
        """Choose an environment; `sound`: the project file has no faults.

        Raises:
            EnvironmentMissing: The project declares environments, and none is named.
            EnvironmentUnknown: The project declares none of this name.
        """
        self.sound = sound
        self.environment = (
            project.environment(environment) if sound else Environment(name=environment)
        )
        self.left_out: set[tuple[str, str]] = set()
        """Kind and name of the documents that the environment does not have."""
        self._names = [name for name in project.environments if name]
        self._filling = Filling(environment=self.environment)
        self._misfilled: set[Fault] = set()
        self._notes: list[Finding] = []

    def documents(self, documents: Iterable[Document], faults: list[Fault]) -> list[Document]:
        """Return the environment's documents, filled in; what is wrong goes to `faults`.

        If the project file has faults, no variable has a known value: documents that mention
        variables are left out.
        """
        kept = []
        for document in documents:
            if not self._belongs(document, faults):
                self.left_out.add((document.text("kind"), document.text("metadata", "name")))
                if document.expressions:
                    self._filling.mention(document)
            elif not document.expressions:
                kept.append(document)
            elif self.sound:
                self._notes += self._misspelt(document)
                self._misfilled.update(self._filling.fill(document))
                kept.append(document)
        faults += self._misfilled
        return kept

    def _belongs(self, document: Document, faults: list[Fault]) -> bool:
        metadata = document.value.get("metadata")
        names = metadata.get("environments") if isinstance(metadata, dict) else None
        if not isinstance(names, list) or not self.sound:
            return True
        for index, name in enumerate(names):
            if isinstance(name, str) and name not in self._names:
                faults.append(self._unknown(document, index, name))
                return True
        return self.environment.name in names

    def _unknown(self, document: Document, index: int, name: str) -> Fault:
        parts = (document.text("kind"), document.text("metadata", "name"))
        hint = did_you_mean(name, self._names) or one_of(self._names)
        return Fault(
            origin=document.locator(("metadata", "environments", index)),
            address=printable("/".join(part for part in parts if part)),
            message=f"there is no environment {shown(name)}",
            hint=hint or "declare it in reconciler.yaml as spec.environments",
        )

    def with_causes(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """Yield the faults; those about a variable's value say which variable it was.

        Where a variable could not be filled in, that fault stands alone, without those it causes.
        """
        misfilled = {fault.origin for fault in self._misfilled}
        for fault in faults:
            if fault.origin not in misfilled or fault in self._misfilled:
                yield self._filling.with_source(fault)

    def findings(self, *, whole: bool) -> Iterator[Finding]:
        """Yield warnings; those of unused variables need `whole`: all manifests were read."""
        yield from self._notes
        if not whole:
            return
        for name, value in self.environment.values.items():
            if name not in self._filling.used:
                yield VARIABLE_UNUSED.found(f"no manifest uses the variable {name}", value.declared)

    def _misspelt(self, document: Document) -> Iterator[Finding]:
        """Yield a warning for each text that looks like a misspelt variable, and stays text."""
        for path, text in document.scalars():
            for match in _MISSPELT.finditer(text if isinstance(text, str) else ""):
                if match["name"] in self.environment.values:
                    message = (
                        f"{match.group()} stays as it is; a variable is ${{var.{match['name']}}}"
                    )
                    yield VARIABLE_SYNTAX.found(message, document.locator(path))
