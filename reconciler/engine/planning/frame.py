"""What a plan is about, before anything is read: which manifests, and which rows of state."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine import graph
from reconciler.engine.planning.hand_overs import AllHandOvers, find_hand_overs
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Extent, Move
from reconciler.model.resource import Configuration, Resource


class Frame(Struct, frozen=True, kw_only=True):
    """What a plan is about, before anything is read."""

    options: PlanOptions
    desired: Mapping[Address, Resource]
    """The resources to plan, in dependency order."""
    rows: Mapping[Address, OwnedObject]
    """The state rows to plan for, as they are after moves and hand-overs."""
    all_rows: Mapping[Address, OwnedObject]
    """All state rows, chosen or not: what a provider may need to find its way."""
    moves: tuple[Move, ...]
    hand_overs: AllHandOvers
    limited: bool
    """The command line chose some resources."""
    extent: Extent
    joined: frozenset[Address] = frozenset()
    """Addresses that the command line did not choose, but that a deletion takes along."""

    @classmethod
    def of(
        cls, workspace: Workspace, options: PlanOptions, joined: frozenset[Address] = frozenset()
    ) -> Frame:
        """Apply moves, the command line's selection and hand-overs within it."""
        resources = workspace.configuration.resources
        rows, moves = _moved(workspace.store.objects(), resources)
        _refuse_former(options.targets, moves)
        choice = Choice(
            configuration=workspace.configuration, rows=rows, options=options, joined=joined
        )
        desired, looked_at = choice.make()
        others = rows.keys() - looked_at
        hand_overs = find_hand_overs(workspace, desired, rows, frozen=frozenset(others))
        rows = hand_overs.applied_to(rows)
        return cls(
            options=options,
            desired=desired,
            rows={a: row for a, row in rows.items() if a not in others},
            all_rows=rows,
            moves=tuple(move for move in moves if move.target not in others),
            hand_overs=hand_overs,
            limited=bool(others) or bool(options.targets or options.selector),
            extent=choice.extent(desired, looked_at),
            joined=joined,
        )

    def concerns(self, address: Address) -> bool:
        """Tell whether the plan is about an address."""
        return not self.limited or address in self.desired or address in self.rows

    def with_joined(self, workspace: Workspace, addresses: frozenset[Address]) -> Frame:
        """Return the frame with these addresses added."""
        return Frame.of(workspace, self.options, self.joined | addresses)


class Choice:
    """Chooses by what the command line says."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        rows: Mapping[Address, OwnedObject],
        options: PlanOptions,
        joined: frozenset[Address] = frozenset(),
    ) -> None:
        """Choose among the manifests and the rows of state."""
        self.configuration = configuration
        self.rows = rows
        self.options = options
        self.joined = joined

    def make(self) -> tuple[dict[Address, Resource], frozenset[Address]]:
        """Return the resources to plan, in dependency order, and the rows to look at."""
        if self.options.destroy:
            return {}, frozenset(self._to_destroy())
        resources = self.configuration.resources
        chosen: Collection[Address] = resources.keys()
        if self._limited:
            chosen = self._with_references([*self._named() & resources.keys()])
        desired = {a: resources[a] for a in graph.resource_order(resources) if a in chosen}
        removed = {a for a in self.rows.keys() - resources.keys() if self.may_go(a)}
        if self._limited:
            removed &= self._named()
        return desired, frozenset(removed | (self.rows.keys() & desired.keys()))

    def owned(self) -> frozenset[Address]:
        """Return the chosen rows, and nothing else: what drift looks at."""
        reach = self._reach()
        return frozenset(reach & self._named() if self._limited else reach)

    def _reach(self) -> set[Address]:
        return {a for a in self.rows if a in self.configuration.resources or self.may_go(a)}

    def may_go(self, address: Address) -> bool:
        """Tell whether a run of these PATHs may delete a row that none of its manifests has."""
        if address in self.options.targets:
            return True
        if address in self.options.elsewhere:
            return False
        return self.configuration.looks_at(self.rows[address].manifest)

    @property
    def _limited(self) -> bool:
        return bool(self.options.targets or self.options.selector)

    def _named(self) -> set[Address]:
        """Return what `--target` or `--selector` names, and what a deletion takes along."""
        return {*self._labelled(), *self.options.targets, *self.joined}

    def _labelled(self) -> Iterator[Address]:
        """Yield what the selector chooses: by the labels of manifests, else of rows."""
        if not self.options.selector:
            return
        resources = self.configuration.resources
        for address in {**resources, **self.rows}:
            labels = (resources.get(address) or self.rows[address]).labels
            if matches(self.options.selector, labels):
                yield address

    def _with_references(self, waiting: list[Address]) -> set[Address]:
        chosen: set[Address] = set()
        while waiting:
            address = waiting.pop()
            if address not in chosen:
                chosen.add(address)
                waiting.extend(r.target for r in self.configuration.resources[address].references)
        return chosen

    def _to_destroy(self) -> set[Address]:
        """Return the chosen rows, and those that depend on them: they cannot be left behind."""
        reach = self._reach()
        if not self._limited:
            return reach | (self.joined & self.rows.keys())
        users: dict[Address, set[Address]] = {}
        for address in reach:
            for target in self._refers_to(address):
                users.setdefault(target, set()).add(address)
        waiting = [*self._named() & self.rows.keys()]
        chosen: set[Address] = set()
        while waiting:
            address = waiting.pop()
            if address not in chosen:
                chosen.add(address)
                waiting.extend(users.get(address, ()))
        return chosen & (reach | self.options.targets | self.joined)

    def _refers_to(self, address: Address) -> Iterator[Address]:
        yield from self.rows[address].depends_on
        if (resource := self.configuration.resources.get(address)) is not None:
            yield from (reference.target for reference in resource.references)

    def extent(self, desired: Mapping[Address, Resource], looked_at: frozenset[Address]) -> Extent:
        """Return how much of the whole project is looked at."""
        options, resources = self.options, self.configuration.resources
        everything = self.rows.keys() | (set() if options.destroy else resources.keys())
        removed = looked_at - desired.keys()
        kept = frozenset() if options.destroy or options.prune else removed
        outside = {
            a for a in self.rows.keys() - looked_at if a not in resources and not self.may_go(a)
        }
        return Extent(
            looked_at=len((looked_at | desired.keys()) - kept),
            of=len(everything),
            outside=len(outside),
            kept=len(kept),
            targets=tuple(sorted(options.targets)),
            selector=dict(options.selector),
            paths=self.configuration.paths,
            whole=self.configuration.whole,
            destroy=options.destroy,
        )


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Tell whether labels have all that a selector asks for."""
    return all(labels.get(key) == value for key, value in selector.items())


def _refuse_former(targets: frozenset[Address], moves: Sequence[Move]) -> None:
    """Raise `UsageError` for targets that have another name now; others are known by now."""
    for move in moves:
        if move.source in targets:
            raise UsageError(
                f"--target {move.source}: its manifest has another name now, {move.target}",
                hint=f"It is the target: --target {move.target}",
            )


def _moved(
    rows: Mapping[Address, OwnedObject], resources: Mapping[Address, Resource]
) -> tuple[dict[Address, OwnedObject], tuple[Move, ...]]:
    """Give rows their new names; of several former names, the latest that state has counts."""
    moved = dict(rows)
    moves: list[Move] = []
    for address, resource in resources.items():
        if address in moved:
            continue
        for before in reversed(resource.lifecycle.moved_from):
            source = Address(address.provider, address.kind, before)
            if source in moved and source not in resources:
                moved[address] = replace(moved.pop(source), address=address)
                moves.append(Move(source=source, target=address))
                break
    return moved, tuple(moves)
