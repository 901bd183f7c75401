"""Decides which files the manifests go into, and composes the text of each file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath
from pathlib import Path

from msgspec import Struct

from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.workspace import Workspace
from reconciler.manifests.writing.appending import appended, new_text
from reconciler.manifests.writing.layout import MOST_IN_A_FILE, file_of, folder_of_kind, numbered
from reconciler.manifests.writing.lists import list_bytes
from reconciler.manifests.writing.staging import NewFile, content
from reconciler.manifests.writing.yaml_text import Text, Value, document_text
from reconciler.model.address import Address, CollectionKey
from reconciler.model.values import JsonValue
from reconciler.sinks.tracked import Unanswered, is_tracked

_IGNORED = ".gitignore"


class Filed(Struct, frozen=True, kw_only=True):
    """The files of an import."""

    files: tuple[NewFile, ...]
    """Files of members first: a manifest never comes before the file that it names."""
    places: Mapping[Address, str]
    """The file of each manifest, relative to the folder."""


class Filing:
    """Distributes drafts over the files of a folder."""

    def __init__(
        self, workspace: Workspace, options: ImportOptions, folder: Path, beside: Path
    ) -> None:
        """Write below `folder`; during the trial, new files of members are below `beside`."""
        self._workspace, self._options = workspace, options
        self._folder, self._beside = folder, beside
        self._accounts = Counter(k for each in workspace.providers.values() for k in each.kinds)
        self._lists: dict[Address, tuple[str, bool]] = {}
        """The file of members of each set, and whether the file is new."""

    def file(self, drafts: Sequence[Draft]) -> Filed:
        """Return all files of these drafts."""
        lists = [*self._list_files(drafts)]
        groups = self._groups(drafts)
        manifests = [self._manifest(name, each) for name, each in groups.items()]
        return Filed(
            files=(*lists, *self._ignoring(), *manifests),
            places={
                draft.address: file.name
                for file, each in zip(manifests, groups.values(), strict=True)
                for draft in each
            },
        )

    def _groups(self, drafts: Sequence[Draft]) -> dict[str, list[Draft]]:
        """Return the drafts of each file, in the order of their manifests."""
        numbers = Counter(draft.candidate.collection for draft in drafts)
        alone = {each for each, number in numbers.items() if self._have_own(each, number)}
        groups: dict[str, list[Draft]] = {}
        for draft in _in_order(drafts):
            provider, kind, name = draft.address
            file = file_of(provider, kind, name, alone=(provider, kind) in alone)
            groups.setdefault(file, []).append(draft)
        return groups

    def _have_own(self, collection: CollectionKey, number: int) -> bool:
        """Tell whether each manifest of a kind gets a file of its own.

        It does where earlier ones have one, too.
        """
        many = self._options.own_files or number > MOST_IN_A_FILE
        return many or (self._folder / folder_of_kind(*collection)).is_dir()

    def _manifest(self, name: str, drafts: Sequence[Draft]) -> NewFile:
        texts = [self._text(draft, trial=False) for draft in drafts]
        trials = texts
        if any(draft.address in self._lists for draft in drafts):
            trials = [self._text(draft, trial=True) for draft in drafts]
        provider = drafts[0].address.provider
        type_ = self._workspace.providers[provider].type
        head = f"Imported from {provider} ({type_}). Edit freely."
        for numbered_name in numbered(name):
            before = content(f"{self._folder}/{numbered_name}")
            data = new_text(head, texts) if before is None else appended(before, texts)
            if data is None:  # more text would change what is there
                continue
            trial = new_text(head, trials) if before is None else appended(before, trials)
            return NewFile(
                name=numbered_name,
                data=data,
                before=before,
                private=any(draft.holds_numbers for draft in drafts),
                trial=None if trial == data else trial,
            )
        raise AssertionError(name)  # pragma: no cover -- there is always a number more

    def _text(self, draft: Draft, *, trial: bool) -> str:
        provider, kind, name = draft.address
        metadata: dict[str, JsonValue] = {"name": name}
        if self._accounts[kind] > 1:
            metadata["provider"] = provider
        spec: dict[str, Value | list[Value]] = dict(draft.spec)
        members = draft.candidate.kind.members
        if draft.address in self._lists and members is not None:
            source: dict[str, JsonValue] = {"file": self._list_path(draft.address, trial=trial)}
            spec[members.files] = list[Value]([source])
        return document_text(Text(kind=kind, metadata=metadata, spec=spec, comments=draft.comments))

    def _list_path(self, address: Address, *, trial: bool) -> str:
        name, new = self._lists[address]
        folder = self._beside if trial and new else self._folder
        return relpath(folder / name, self._workspace.root)

    def _list_files(self, drafts: Sequence[Draft]) -> Iterator[NewFile]:
        for draft in drafts:
            if not draft.list_file or draft.members is None:
                continue
            data = list_bytes(draft.members)
            name, new = self._list_name(draft, data)
            self._lists[draft.address] = (name, new)
            if new:
                yield NewFile(name=name, data=data, private=True)

    def _list_name(self, draft: Draft, data: bytes) -> tuple[str, bool]:
        """Return the name of an equal file of members or a free one, and whether it is new."""
        given = {name for name, _ in self._lists.values()}
        for name in numbered(draft.list_file):
            there = content(f"{self._folder}/{name}")
            if name not in given and there in {None, data}:
                return name, there is None
        raise AssertionError(draft.address)  # pragma: no cover -- there is always a number more

    def _ignoring(self) -> Iterator[NewFile]:
        """Yield the `.gitignore` that keeps files of members out of Git, unless it tracks them."""
        names = [name for name, _ in self._lists.values() if not _tracked(self._folder / name)]
        before = content(f"{self._folder}/{_IGNORED}")
        known = (before or b"").decode("utf-8", "replace").splitlines()
        lines = [line for name in names if (line := f"/{name}") not in known]
        if lines:
            gap = b"" if not before or before.endswith(b"\n") else b"\n"
            added = "".join(f"{line}\n" for line in lines).encode()
            data = (before or b"") + gap + added
            yield NewFile(name=_IGNORED, data=data, before=before)


def _tracked(path: Path) -> bool:
    try:
        return is_tracked(path)
    except Unanswered:
        return False


def _in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """Sort by name, but parents before the drafts of the same kind that refer to them."""
    by_address = {draft.address: draft for draft in drafts}

    def depth(draft: Draft) -> int:
        steps = 0
        while draft.above in by_address and steps <= len(drafts):
            draft = by_address[draft.above]
            steps += 1
        return steps

    return sorted(drafts, key=lambda each: (each.address[:2], depth(each), each.address.name))
