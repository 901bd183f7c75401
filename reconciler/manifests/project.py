"""Finds, reads and checks `reconciler.yaml`, the project file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from reconciler.age import malformed
from reconciler.manifests.deprecated import deprecated_in
from reconciler.manifests.document import Document, read_documents
from reconciler.manifests.document_faults import comment_faults, schema_faults
from reconciler.manifests.environments import read_environments, written_values
from reconciler.manifests.fault import Fault
from reconciler.manifests.files import PROJECT_FILE, inside, is_manifest
from reconciler.manifests.schema.rules import project_checker
from reconciler.model.environment import Environment
from reconciler.model.host import Host
from reconciler.model.lint import Level, LintSettings, RuleLevel
from reconciler.model.on_disk import followed, is_file, is_there, on_disk
from reconciler.model.origin import Origin
from reconciler.model.resource import STDIN, Limits, PlanDefaults, Project
from reconciler.model.zones import DEFAULT_TTL, DnsSettings, Server


def find_root(paths: Sequence[str], cwd: Path) -> Path:
    """Return the project's root: the nearest folder with a project file, else `cwd`.

    The search goes from `cwd` upwards to the root of the repository, and then from the first path
    on the command line up to `cwd`, so that `reconciler plan examples/01-tag` finds the project in
    that folder.
    """
    cwd = followed(cwd)
    for folder in (cwd, *cwd.parents):
        if is_file(folder / PROJECT_FILE):
            return folder
        if is_there(folder / ".git"):
            break
    first = next((followed(cwd / path) for path in paths if path != STDIN), cwd)
    below = takewhile(lambda folder: folder != cwd, (first, *first.parents))
    return next((folder for folder in below if is_file(folder / PROJECT_FILE)), cwd)


def read_project(root: Path, faults: list[Fault]) -> Project:
    """Return a folder's project; without a project file, one with all defaults."""
    path = str(root / PROJECT_FILE)
    if not os.path.lexists(path):
        return Project(root=root)
    before = len(faults)
    documents = read_documents(PROJECT_FILE, path, faults, found=False)
    if len(documents) > 1:
        where = documents[1].locator.start
        faults.append(Fault(origin=where, message="a project file holds one document"))
    elif not documents and len(faults) == before:
        message = "a project file holds one document of kind Project"
        faults.append(Fault(origin=Origin(PROJECT_FILE, 1), message=message))
    environments: dict[str, Environment] = {}
    for document in documents[:1]:
        written = written_values(document)
        found = _check(document) or [
            *_check_states(root, document),
            *_check_resolvers(document),
            *_check_hosts(document),
            *_check_recipients(document),
        ]
        if not found:
            environments, found = read_environments(document, written)
        faults.extend(found)
    if not documents or len(faults) > before:
        return Project(root=root)
    return _project(root, documents[0], environments)


def _check(document: Document) -> list[Fault]:
    checker = project_checker()
    checker.give_types(document.value)
    cut = comment_faults(checker.schema, document, "")
    if checker.accepts(document.value):
        return cut
    return cut + schema_faults(checker.schema, document, "")


def _check_states(root: Path, document: Document) -> list[Fault]:
    """Refuse a state outside the project: the project file may be a stranger's."""
    names = document.value.get("spec", {}).get("environments", {})
    places = [("spec", "state"), *(("spec", "environments", name, "state") for name in names)]
    hint = "who runs it may name any place with --state"
    return [
        Fault(origin=document.locator(place), message=f"{'.'.join(place)} {wrong}", hint=hint)
        for place in places
        if (url := document.text(*place)) and (wrong := _state_fault(root, url))
    ]


def _check_resolvers(document: Document) -> Iterator[Fault]:
    resolvers = document.value.get("spec", {}).get("dns", {}).get("resolvers", ())
    for number, text in enumerate(resolvers):
        try:
            Server.parse(text)
        except ValueError:
            yield Fault(
                origin=document.locator(("spec", "dns", "resolvers", number)),
                message=f"spec.dns.resolvers[{number}] {text!r} is no IP address with a port",
                hint="such as 1.1.1.1, 1.1.1.1:5353 or [2001:db8::1]:5353",
            )


def _check_hosts(document: Document) -> Iterator[Fault]:
    """Yield a fault for each host that only the schema accepts, such as `[::1::]`."""
    for number, text in enumerate(document.value.get("spec", {}).get("trustedHosts", ())):
        try:
            Host.parse(text)
        except ValueError:
            yield Fault(
                origin=document.locator(("spec", "trustedHosts", number)),
                message=f"spec.trustedHosts[{number}] {text!r} is no host",
                hint="such as mail.example.com, mail.example.com:8443 or [2001:db8::1]",
            )


def _check_recipients(document: Document) -> Iterator[Fault]:
    """Yield a fault for each mistyped public key: its last letters are a checksum."""
    for section in ("plan", "stateEncryption"):
        texts = document.value.get("spec", {}).get(section, {}).get("recipients", ())
        for number in malformed(texts):
            yield Fault(
                origin=document.locator(("spec", section, "recipients", number)),
                message=f"spec.{section}.recipients[{number}] {texts[number]!r} is no public key "
                "of age: its checksum is wrong",
                hint="copy it again from what `age-keygen -y KEYFILE` prints",
            )


def _state_fault(root: Path, url: str) -> str:
    path = url.removeprefix("sqlite:///")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", path):  # another store, checked when it is opened
        return ""
    if Path(path).is_absolute():
        return "must be a path relative to the project's root"
    real = os.path.realpath(root / on_disk(path))
    if not inside(real, str(root)) or real == str(root):
        return "leads out of the project's root"
    parts = (*Path(path).parts, *Path(real).relative_to(root).parts)
    if any(part.casefold() == ".git" for part in parts):
        return "must not be in .git"
    if is_manifest(real):
        return "must not be a manifest; use an ending such as .db"
    return ""


def _project(root: Path, document: Document, environments: Mapping[str, Environment]) -> Project:
    spec: Mapping[str, Any] = document.value.get("spec", {})
    return Project(
        root=root,
        manifests=tuple(spec.get("manifests", ())),
        state=spec.get("state"),
        prune=spec.get("prune", True),
        limits=limits_of(spec.get("limits", {})),
        environments=environments,
        lint=_lint(document, spec.get("lint", {})),
        dns=_dns(spec.get("dns", {})),
        trusted_hosts=_hosts(spec.get("trustedHosts")),
        policies=tuple(spec.get("policies", ())),
        findings=tuple(deprecated_in(document, "")),
        plan=_plan(spec.get("plan", {})),
        state_recipients=tuple(spec.get("stateEncryption", {}).get("recipients", ())),
    )


def _hosts(listed: Sequence[str] | None) -> tuple[Host, ...] | None:
    return None if listed is None else tuple(map(Host.parse, listed))


def _dns(dns: Mapping[str, Any]) -> DnsSettings:
    zones = dns.get("zones", {})
    return DnsSettings(
        resolvers=tuple(map(Server.parse, dns.get("resolvers", ()))),
        ttls={name: zone.get("ttl", DEFAULT_TTL) for name, zone in zones.items()},
    )


def _plan(plan: Mapping[str, Any]) -> PlanDefaults:
    return PlanDefaults(
        expires_after=plan.get("expiresAfter"), recipients=tuple(plan.get("recipients", ()))
    )


def _lint(document: Document, lint: Mapping[str, Any]) -> LintSettings:
    rules = {}
    for name, level in lint.get("rules", {}).items():
        place = ("spec", "lint", "rules", name)
        rules[name] = RuleLevel(
            level=Level(level), named=document.locator.key(place), origin=document.locator(place)
        )
    return LintSettings(rules=rules, max_warnings=lint.get("maxWarnings"))


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
