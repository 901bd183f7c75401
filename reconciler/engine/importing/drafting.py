"""Makes the drafts of all candidates, after giving all names: drafts refer to each other."""

from __future__ import annotations

from reconciler.engine.importing.composing import Composer
from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.naming import names_of
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.importing.reading import Observations
from reconciler.engine.importing.references import Known, References
from reconciler.engine.importing.scope import ImportScope
from reconciler.engine.importing.selecting import Candidate, Selected
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.model.address import Address, CollectionKey
from reconciler.model.imported import Skipped


class Drafting:
    """Drafts the manifests of one import."""

    def __init__(
        self,
        workspace: Workspace,
        options: ImportOptions,
        scope: ImportScope,
        selected: Selected,
        seen: Observations,
    ) -> None:
        """Note which names are taken."""
        self._workspace, self._options, self._scope = workspace, options, scope
        self._selected, self._index = selected, LiveIndex(seen)
        self._taken: dict[CollectionKey, list[str]] = {}
        for address in {**workspace.configuration.resources, **workspace.store.objects()}:
            self._taken.setdefault(address[:2], []).append(address.name)

    def draft(self) -> tuple[dict[Address, Draft], list[Skipped]]:
        """Return the drafts, and the objects that cannot have a manifest.

        The drafts refer to the latter by id, so all are made again whenever one drops out.
        """
        candidates = self._selected.candidates
        names = dict(zip(map(id, candidates), self._names(candidates), strict=True))
        left: list[Skipped] = []
        while True:
            composer = self._composer(candidates, names)
            made = [composer.draft(each, names[id(each)]) for each in candidates]
            drafts = [each for each in made if isinstance(each, Draft)]
            left += [each for each in made if isinstance(each, Skipped)]
            if len(drafts) == len(made):
                return {each.address: each for each in drafts}, left
            candidates = [each.candidate for each in drafts]

    def _composer(self, candidates: list[Candidate], names: dict[int, str]) -> Composer:
        references = References(
            known=self._known(candidates, names),
            index=self._index,
            imported=frozenset(self._scope.chosen),
        )
        return Composer(workspace=self._workspace, options=self._options, references=references)

    def _names(self, candidates: list[Candidate]) -> list[str]:
        name = self._options.name
        if not (name and candidates):
            return names_of(candidates, self._taken)
        if name in self._taken.get(candidates[0].collection, ()):
            raise UsageError(
                f"--as {name}: there is a {candidates[0].kind.name} of that name",
                hint="Give it another one.",
            )
        return [name]

    def _known(self, candidates: list[Candidate], names: dict[int, str]) -> Known:
        """Return the names of all objects that have a manifest or a draft."""
        known = {
            (address.provider, address.kind, row.remote_id): address.name
            for address, row in self._workspace.store.objects().items()
            if address in self._workspace.configuration.resources
        }
        for address, live in self._selected.described.items():
            known[address.provider, address.kind, live.id] = address.name
        for candidate in candidates:
            known[*candidate.collection, candidate.live.id] = names[id(candidate)]
        return known
