"""`reconciler.yaml`, the project file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.manifests.fault import Fault
from reconciler.manifests.files import PROJECT_FILE
from reconciler.manifests.schema.rules import project_checker
from reconciler.manifests.text.document import (
    Document,
    comment_faults,
    read_documents,
    schema_faults,
)
from reconciler.model.resource import Limits, Origin, Project


def read_project(root: Path, faults: list[Fault]) -> tuple[Project, str]:
    """Return the project of a folder and its file's digest; without a file, all defaults."""
    path = str(root / PROJECT_FILE)
    if not os.path.lexists(path):
        return Project(root=root), ""
    digest, documents = read_documents(PROJECT_FILE, path, faults, found=False)
    before = len(faults)
    if len(documents) > 1:
        where = documents[1].locator.start
        faults.append(Fault(origin=where, message="a project file holds one document"))
    elif not documents and digest:
        message = "a project file holds one document of kind Project"
        faults.append(Fault(origin=Origin(PROJECT_FILE, 1), message=message))
    for document in documents[:1]:
        faults.extend(_check(document))
    if not documents or len(faults) > before:
        return Project(root=root), digest
    return _project(root, documents[0].value.get("spec", {})), digest


def _check(document: Document) -> list[Fault]:
    checker = project_checker()
    checker.give_types(document.value)
    cut = comment_faults(checker.schema, document, "")
    if checker.accepts(document.value):
        return cut
    return cut + schema_faults(checker.schema, document, "")


def _project(root: Path, spec: Mapping[str, Any]) -> Project:
    return Project(
        root=root,
        manifests=tuple(spec.get("manifests", ())),
        state=spec.get("state"),
        prune=spec.get("prune", True),
        limits=limits_of(spec.get("limits", {})),
    )


def limits_of(limits: Mapping[str, Any]) -> Limits:
    """Return the `limits` of a project or an account."""

    def seconds(name: str) -> float | None:
        return float(limits[name]) if name in limits else None

    return Limits(
        concurrency=int(limits["concurrency"]) if "concurrency" in limits else None,
        requests_per_second=seconds("requestsPerSecond"),
        timeout_seconds=seconds("timeoutSeconds"),
        settle_seconds=seconds("settleSeconds"),
    )
