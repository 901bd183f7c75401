"""Categories: a tree below the highest category, which belongs to the account and is never ours.

The page says that a category without a parent goes below "the highest category", and lists that one
with depth 0 and no parent. Yet in its example of creating a category, the new one has depth 0 and
no parent itself, as if there were no highest category. Servers of both kinds are understood.
"""

from __future__ import annotations

from collections.abc import Collection as Items
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.resource import Resource
from reconciler.model.values import JsonValue, id_of, remote_id
from reconciler.providers.handler import Seen
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.nhncloud_sms.kinds import category_key
from reconciler.providers.rest import Rest, RestHandler
from reconciler.providers.task import Scope, Task
from reconciler.providers.wire import OPTIONAL_REFERENCE, TEXT, YES_NO, Row, Wire, text

_NO_PARENT = {"", "0"}

Desired = Mapping[str, set[str]]
"""Names at the top of manifests, each with those directly below it."""
_NOTHING: Desired = {}


class Node(Struct, frozen=True, kw_only=True):
    """One row of the list."""

    live: LiveObject
    parent: str
    """The parent's id; "" or "0" for none."""
    depth: int | None

    @property
    def id(self) -> str:
        """Return the category's id."""
        return self.live.id

    @property
    def name(self) -> str:
        """Return the category's own name."""
        return text(self.live.fields["displayName"])


def live_categories(
    nodes: Sequence[Node], *, ours: Items[str] = frozenset(), desired: Desired = _NOTHING
) -> list[LiveObject]:
    """Return the categories below the highest one, each under its path of names.

    `ours` are the ids in state; they and `desired` show which category cannot be the highest. A
    category without a path to the top, for lack of a parent in the list, gets no key.
    """
    tops = _tops(nodes, ours, desired)
    first = _first_below(nodes, tops)
    paths = _paths(nodes, first)
    return [
        replace(
            one.live,
            key=paths.get(one.id),
            fields={
                **one.live.fields,
                "parent": None if one.id in first else remote_id(one.parent),
            },
            name=one.name,
        )
        for one in nodes
        if one.id not in tops
    ]


def desired_at_the_top(resources: Iterable[Resource]) -> Desired:
    """Return the names that manifests have at the top, each with those directly below it."""
    made = list(resources)
    below: dict[str, set[str]] = {one.address.name: set() for one in made}
    for one in made:
        parent = one.spec.get("parent")
        if isinstance(parent, str) and parent in below:
            below[parent].add(text(one.spec.get("displayName")))
    return {
        text(one.spec.get("displayName")): below[one.address.name]
        for one in made
        if one.spec.get("parent") is None
    }


def _tops(nodes: Sequence[Node], ours: Items[str], desired: Desired) -> set[str]:
    """Return the ids that, given as a parent, mean the highest category.

    Only one can be the highest. Where several have depth 0 and no parent, the server has no highest
    category, and these are ordinary ones at the top. A single one is ordinary, too, if state owns
    it, or if manifests have it at the top together with every category below it.
    """
    highest = [one for one in nodes if one.parent in _NO_PARENT and one.depth in {0, None}]
    if len(highest) != 1 or highest[0].id in ours:
        return {*_NO_PARENT}
    only = highest[0]
    below = {one.name for one in nodes if one.parent == only.id}
    if only.name in desired and below <= desired[only.name]:
        return {*_NO_PARENT}
    return {*_NO_PARENT, only.id}


def _first_below(nodes: Sequence[Node], tops: set[str]) -> set[str]:
    """Return the ids of the categories right below the highest one."""
    listed = {one.id for one in nodes}
    return {
        one.id
        for one in nodes
        if one.id not in tops
        and (one.parent in tops or (one.depth == 1 and one.parent not in listed))
    }


def _paths(nodes: Sequence[Node], first: Items[str]) -> dict[str, str]:
    """Return the path of names of each category, by id, where its parents lead to the top."""
    below: dict[str, list[Node]] = {}
    for one in nodes:
        below.setdefault(one.parent, []).append(one)
    paths: dict[str, str] = {}
    found: list[tuple[Node, str | None]] = [(one, None) for one in nodes if one.id in first]
    for one, above in found:  # this list grows while it is read
        paths[one.id] = category_key(one.name, above)
        found += [(child, paths[one.id]) for child in below.get(one.id, ())]
    return paths


class Categories(RestHandler[Api]):
    """The account's categories."""

    rest: ClassVar[Rest] = Rest(
        path="/categories",
        id="categoryId",
        fields={
            "displayName": Wire("categoryName", TEXT),
            "description": Wire("categoryDesc", TEXT),
            "enabled": Wire("useYn", YES_NO),
            "parent": Wire("categoryParentId", OPTIONAL_REFERENCE),
        },
    )

    async def observe(self, scope: Scope) -> Seen:
        """Read the tree."""
        nodes = await self.read(self.client.pages(self.rest.path), self._node, scope)
        objects = live_categories(
            nodes,
            ours={row.remote_id for row in scope.owned.get(self.kind.name, ())},
            desired=desired_at_the_top(scope.desired.get(self.kind.name, ())),
        )
        # Even if only the highest category is listed, which is not an object: the list works.
        found = Collection(kind=self.kind.name, objects=tuple(objects), answers=bool(nodes))
        return Seen(collection=found)

    def _node(self, row: Row) -> tuple[str, Node]:
        known, live = self.live(row)
        depth, parent = row.get("depth"), text(row.get("categoryParentId"))
        return known, Node(
            live=live, parent=parent, depth=depth if isinstance(depth, int) else None
        )

    def body(self, task: Task, verb: Verb) -> dict[str, JsonValue]:
        """Return the fields, and the name of the user who sends them."""
        if verb is Verb.CREATE:
            return {**super().body(task, verb), "createUser": self.client.create_user}
        return {**super().body(task, verb), "updateUser": self.client.update_user}

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the categories with the name and parent of a create whose outcome is unknown."""
        name = intent.applied.get("displayName")
        parent = id_of(intent.applied.get("parent"))
        return [
            live
            for live in collection.objects
            if live.fields.get("displayName") == name and id_of(live.fields.get("parent")) == parent
        ]
