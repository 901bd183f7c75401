"""Reads and checks manifests: from paths to a configuration, with all faults of all files."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from reconciler.manifests.accounts import Accounts, read_accounts
from reconciler.manifests.canaries import Surroundings, read_canaries, receiptless
from reconciler.manifests.deprecated import deprecated_in
from reconciler.manifests.document import Document, read_documents, stream_documents
from reconciler.manifests.fault import Fault, Loaded, in_order
from reconciler.manifests.files import Finder, inside, is_manifest
from reconciler.manifests.loading_rules import SAVED_PLAN
from reconciler.manifests.policies import read_policies
from reconciler.manifests.project import read_project
from reconciler.manifests.references import Relations
from reconciler.manifests.resources import ResourceReader
from reconciler.manifests.schema.files import PROVIDER
from reconciler.manifests.schema.rules import envelope_checker
from reconciler.manifests.schema.schemas import CANARY
from reconciler.manifests.selection import Selection
from reconciler.manifests.sinks import ProjectFiles, sink_faults
from reconciler.model.canary import Canary
from reconciler.model.finding import Finding
from reconciler.model.resource import STDIN, STREAM, Configuration, Project, kept_text

_AS_THEY_ARE: Mapping[str, str] = MappingProxyType({})
SAVED = "SavedPlan"
"""The `kind` of the files that `plan --out` writes."""


def load(
    paths: Sequence[str],
    *,
    cwd: Path,
    root: Path | None = None,
    environment: str = "",
    emulate: bool = False,
    stdin: bytes = b"",
    instead: Mapping[str, str] = _AS_THEY_ARE,
    policies: Sequence[str] = (),
) -> Loaded:
    """Read and check manifests, offline.

    Args:
        paths: Files and folders, relative to `cwd`; none means those that the project names, by
            default its whole root. They may lie outside the root. `-` is stdin.
        cwd: The working directory.
        root: The project's root, where `reconciler.yaml` is looked for; by default `cwd`.
        environment: The environment to read them for, where the project declares any.
        emulate: Providers will be emulated, so that a missing `baseUrl` is no fault.
        stdin: The bytes from stdin, if `paths` contain `-`.
        instead: By absolute path of a file, which need not exist: another to read in its place.
        policies: Files and folders of policies, relative to `cwd`, beside those of the project.

    Whatever is wrong with files is in `Loaded.faults`, and raises nothing.

    Raises:
        EnvironmentMissing: The project declares environments, and none is named.
        EnvironmentUnknown: The project declares none of this name.
    """
    faults: list[Fault] = []
    real_root = Path(os.path.realpath(root or cwd))
    project = read_project(real_root, faults)
    selection = Selection(project, environment, sound=not faults)
    found = _Found.by(paths, cwd, project, instead)
    before = len(faults)
    documents = found.documents(faults)
    if STDIN in paths:
        documents += stream_documents(str(real_root / STREAM), stdin, faults)
    complete = len(faults) == before and selection.sound
    faults += found.faults
    if complete and not found.faults and not any(_without_plans(documents, [])):
        faults.append(found.nothing)
    judges = read_policies(project, policies, cwd, faults)
    notes: list[Finding] = [*project.findings, *judges.findings]
    documents = selection.documents(_without_plans(judges.without(documents, notes), notes), faults)
    accounts = read_accounts(documents, real_root, faults, emulate=emulate)
    reader = _read_resources(documents, accounts, real_root, faults, some=bool(paths))
    canaries = read_canaries(documents, _around(reader, complete=complete), faults)
    faults += sink_faults(
        reader.sinks, _project_files(project, reader, found.paths, canaries.values())
    )
    faults += _relation_faults(reader, selection, complete=complete)
    places = _typed_places(paths, cwd, real_root)
    notes += receiptless(canaries.values(), accounts.types)
    notes += _deprecated(documents, accounts, reader)
    configuration = Configuration(
        project=project,
        accounts=accounts.right,
        resources=reader.right,
        canaries=canaries,
        paths=tuple(STREAM if path == STDIN else kept_text(path) for path in paths),
        places=places,
        whole=not paths or _covers(places, _places(project.manifests or ["."], real_root)),
        environment=selection.environment,
        findings=(*selection.findings(whole=not paths and complete), *notes),
        policies=tuple(judges.policies),
    )
    return Loaded(configuration=configuration, faults=in_order(selection.with_causes(faults)))


def _without_plans(documents: Iterable[Document], notes: list[Finding]) -> Iterator[Document]:
    """Yield the documents except saved plans; each of those adds a finding to `notes`."""
    for document in documents:
        if document.text("kind") != SAVED or "apiVersion" in document.value:
            yield document
        else:
            words = "this is a saved plan, no manifest: keep it outside of the folders of manifests"
            notes.append(SAVED_PLAN.found(words, document.locator.start))


def _deprecated(
    documents: Iterable[Document], accounts: Accounts, reader: ResourceReader
) -> Iterator[Finding]:
    """Yield deprecated fields of accounts, canaries and resources.

    Those of the project and of policies are found when they are read. Accounts and resources with
    faults are left out.
    """
    for document in documents:
        kind, name = document.text("kind"), document.text("metadata", "name")
        if kind == PROVIDER and name in accounts.right:
            yield from deprecated_in(document, accounts.types[name])
        elif kind == CANARY:
            yield from deprecated_in(document, "")
    for address in reader.right:
        if type_ := accounts.types[address.provider]:
            yield from deprecated_in(reader.declared[address], type_, address)


def _around(reader: ResourceReader, *, complete: bool) -> Surroundings:
    """Return what canaries are checked against."""
    return Surroundings(
        root=reader.root,
        accounts=reader.accounts,
        resources=reader.right,
        declared=reader.declared.keys(),
        complete=complete,
    )


def _typed_places(paths: Iterable[str], cwd: Path, root: Path) -> tuple[str, ...]:
    return _places((root / STREAM if path == STDIN else path for path in paths), cwd)


def _places(paths: Iterable[str | Path], start: Path) -> tuple[str, ...]:
    return tuple(kept_text(os.path.realpath(start / path)) for path in paths)


def _covers(places: Iterable[str], named: Iterable[str]) -> bool:
    return all(any(inside(path, place) for place in places) for path in named)


def _project_files(
    project: Project,
    reader: ResourceReader,
    manifests: Sequence[str],
    canaries: Iterable[Canary],
) -> ProjectFiles:
    """Return the files that no sink may overwrite."""
    return ProjectFiles(
        root=str(project.root),
        manifests=manifests,
        places=_places(project.manifests or ["."], project.root),
        named=[*reader.files, *_secret_files(reader.accounts, canaries, project.root)],
    )


def _secret_files(accounts: Accounts, canaries: Iterable[Canary], root: Path) -> Iterator[str]:
    """Yield the files that credentials and recipients are read from."""
    sources = [each for account in accounts.right.values() for each in account.credentials.values()]
    for source in (*sources, *(canary.to for canary in canaries)):
        if source.from_file is not None:
            yield os.path.realpath(root / source.from_file)


def _relation_faults(
    reader: ResourceReader, selection: Selection, *, complete: bool
) -> list[Fault]:
    """Check resources against each other; remove those with faults from `reader.right`."""
    relations = Relations(
        resources={**reader.wrong, **reader.right},
        declared=reader.declared.keys(),
        astray=reader.astray,
        left_out=frozenset(selection.left_out),
        environment=selection.environment.name,
        complete=complete,
    )
    found = relations.faults()
    for address in found:
        reader.right.pop(address, None)
    return [fault for faults in found.values() for fault in faults]


def _read_resources(
    documents: Iterable[Document],
    accounts: Accounts,
    root: Path,
    faults: list[Fault],
    *,
    some: bool,
) -> ResourceReader:
    """Read all resources; with `some`, the command line names paths, so there may be more."""
    reader = ResourceReader(
        accounts=accounts, root=root, faults=faults, envelope=envelope_checker(), some=some
    )
    for document in documents:
        reader.read(document)
    return reader


class _Found(Struct, frozen=True, kw_only=True):
    """The manifest files that the command line names, or else the project."""

    files: Sequence[tuple[str, str]]
    """Name for people and absolute path of each."""
    named: Container[str]
    """The paths of files that were named themselves, and not found in a folder."""
    faults: Sequence[Fault]
    nothing: Fault
    """The fault to report if the files have no manifest at all."""
    instead: Mapping[str, str]
    """As for `load`."""

    @classmethod
    def by(
        cls, paths: Sequence[str], cwd: Path, project: Project, instead: Mapping[str, str]
    ) -> _Found:
        """Find the files; `-` (stdin) is passed over."""
        finder = Finder(project.root)
        asked = [path for path in paths if path != STDIN] if paths else project.manifests or ["."]
        folder = cwd if paths else project.root
        files = list(finder.find(asked, folder, typed=bool(paths))) if asked else []
        there = {path for _, path in files}
        files += (
            (os.path.relpath(path, project.root), path)
            for path in instead
            if path not in there and is_manifest(path)
        )
        return cls(
            files=files,
            named=finder.named,
            faults=finder.faults,
            nothing=finder.nothing(asked or [STREAM], folder),
            instead=instead,
        )

    @property
    def paths(self) -> list[str]:
        """Return the absolute paths of the files."""
        return [path for _, path in self.files]

    def documents(self, faults: list[Fault]) -> list[Document]:
        """Read all files; what cannot be read goes to `faults`."""
        return [
            document
            for name, path in self.files
            for document in read_documents(
                name,
                path,
                faults,
                found=path not in self.named,
                instead=self.instead.get(path, ""),
            )
        ]
