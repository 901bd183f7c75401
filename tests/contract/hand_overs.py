"""Manifests that share what they are made of, and pass parts of it on to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

from tests.contract.story import Case, Story
from tests.support.project import actions

Json = Any

_MADE_OF: dict[tuple[str, ...], Counter[tuple[Json, ...]]] = {}


class HandOver(Story):
    """Two generations of manifests, of which the second takes over what the first had."""

    def __init__(self, case: Case, readings: Mapping[str, str], root: Path) -> None:
        super().__init__(case, readings, root)
        self._told = case.data["hand-overs"]
        self._model = self._document(None)
        self.documents.remove(self._model)
        self._others = self.documents

    def begin(self) -> None:
        super().begin()
        self.project.apply()
        self.before = self._stored()

    def tell_all(self) -> None:
        """Tell every scenario, each from a clean start."""
        for scenario in self._told["scenarios"]:
            try:
                self._tell(scenario)
            except BaseException as error:
                error.add_note(f"when {scenario['called']}")
                raise

    def _tell(self, scenario: Json) -> None:
        wanted = self._made_of(scenario)
        self._turn(scenario["before"])
        was = self._stored()
        self._want(scenario["after"])
        plan = self.project.plan()
        expected = self._addresses(
            {f"{self.case.kind}/{name}": each for name, each in scenario.get("plan", {}).items()}
        )
        self._same("actions", actions(plan), expected)
        self._settle({"allow deletes": 9})
        self._same("parts", self._parts(), wanted)
        if not expected:
            self._same("what the provider has", self._stored(), was)
        self._every_part_is_its_manifests_own(scenario["after"])

    def _made_of(self, scenario: Json) -> Counter[tuple[Json, ...]]:
        """What the second generation is made of where there was no first; readings change nothing."""
        key = (self.case.type, self.case.kind, scenario["called"])
        if key not in _MADE_OF:
            self._turn(scenario["after"])
            _MADE_OF[key] = self._parts()
            self._turn({})
        return _MADE_OF[key]

    def _every_part_is_its_manifests_own(self, manifests: Mapping[str, Json]) -> None:
        """Take the manifests away one by one: each takes with it what it had and nothing else."""
        left = dict(manifests)
        for name in manifests:
            others = self._parts()
            del left[name]
            self._turn(left)
            gone = others - self._parts()
            self._same(f"parts of {name}", gone.total(), len(manifests[name]["events"]))
        self._same("parts left", self._parts(), self._parts(self.before))

    def _turn(self, manifests: Mapping[str, Json]) -> None:
        self._want(manifests)
        self.project.apply(allow_deletes=9)

    def _want(self, manifests: Mapping[str, Json]) -> None:
        made = []
        for name, spec in manifests.items():
            document = deepcopy(self._model)
            document["metadata"]["name"] = name
            document["spec"].update(deepcopy(spec))
            made.append(document)
        self.documents = [*self._others, *made]
        self._write()

    def _parts(self, stored: Json = None) -> Counter[tuple[Json, ...]]:
        """What is live, one entry for each value of columns that hold several."""
        tables = self._stored() if stored is None else stored
        return Counter(
            (table, *values)
            for table, columns in self._told["columns"].items()
            for row in tables.get(table, {}).values()
            for values in product(*(_several(row[column]) for column in columns))
        )

    def _check_delivered(self) -> None:
        """No sink is part of these stories."""


def _several(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
