"""One suite for every provider type and kind: README.md says how a case file tells a story.

create → nothing left → found again without state → each field updated → drift found and repaired → replaced → destroyed,
once for every set of readings of the provider's emulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from reconciler.emulator.app import readings_matrix
from reconciler.providers.registry import provider_class, provider_types
from tests.contract.hand_overs import HandOver
from tests.contract.importing import Importing
from tests.contract.story import CASES, Case, Story, adoptable
from tests.support.project import change_of, fields, holds

KINDS = [(each, kind) for each in provider_types() for kind in provider_class(each).kinds]


def _label(readings: dict[str, str], default: dict[str, str]) -> str:
    changed = {name: value for name, value in readings.items() if value != default[name]}
    if not changed:
        return "default"
    if len(changed) > 1:
        return "all-others"
    return "".join(f"{name}={value}" for name, value in changed.items())


@cache
def case_of(provider_type: str, kind: str) -> Case:
    return Case.load(provider_type, kind)


def _stories(kinds: list[tuple[str, str]], *, extremes: bool = False) -> Iterator[object]:
    for provider_type, kind in kinds:
        matrix = readings_matrix(provider_type)
        unless = case_of(provider_type, kind).data.get("unless")
        for readings in (matrix[0], matrix[-1]) if extremes else matrix:
            if unless and holds(unless, readings):
                continue
            label = f"{provider_type}-{kind}-{_label(readings, matrix[0])}"
            yield pytest.param(provider_type, kind, readings, id=label)


STORIES = list(_stories(KINDS))
EXTREMES = list(_stories(KINDS, extremes=True))
"""The default readings, and all others at once."""
SHARING = list(_stories([each for each in KINDS if "hand-overs" in case_of(*each).data]))
"""The kinds of which several manifests may share what the provider has."""


@pytest.mark.parametrize(("provider_type", "kind", "readings"), STORIES)
def test_an_object_lives_as_its_manifest_says(provider_type, kind, readings, tmp_path):
    story = Story(case_of(provider_type, kind), readings, tmp_path)
    story.begin()
    story.create()
    story.forget()
    story.tell()
    story.destroy()


@pytest.mark.parametrize(("provider_type", "kind", "readings"), STORIES)
def test_what_there_is_can_be_imported_and_a_plan_changes_nothing(
    provider_type, kind, readings, tmp_path
):
    story = Importing(case_of(provider_type, kind), readings, tmp_path)
    story.begin()
    story.create()
    story.import_all()


@pytest.mark.parametrize(("provider_type", "kind", "readings"), SHARING)
def test_manifests_pass_parts_on_to_each_other_in_one_apply(
    provider_type, kind, readings, tmp_path
):
    story = HandOver(case_of(provider_type, kind), readings, tmp_path)
    story.begin()
    story.tell_all()


@pytest.mark.parametrize(("provider_type", "kind", "readings"), EXTREMES)
def test_an_object_that_differs_is_taken_over_only_when_asked(
    provider_type, kind, readings, tmp_path
):
    case = case_of(provider_type, kind)
    story = Story(case, readings, tmp_path)
    step = next((each for each in case.data.get("updates", []) if _adoptable(each, case)), None)
    if step is None or story.pick(case.data["without state"]) != "adopt":
        return
    story.begin()
    story.create()
    story.rewrite(step)
    newcomer = story.newcomer()
    assert adoptable(newcomer.plan(), story.address) == "blocked"
    plan = newcomer.plan(adopt=True)
    assert adoptable(plan, story.address) == "adopt"
    assert fields(change_of(plan, story.address)) == sorted(step["set"])
    newcomer.apply(adopt=True)
    assert newcomer.plan().changes == ()
    assert not newcomer.drift().drifted


def _adoptable(step, case):
    """Tell whether a step changes only fields that a found object may differ in."""
    declared = provider_class(case.type).kinds[case.kind]
    changed = [declared.field(name) for name in step.get("set", {})]
    plain = not any(
        each.identity or each.local or each.name in declared.set_fields for each in changed
    )
    return bool(changed) and plain and not step.keys() & {"unset", "files", "of"}


@pytest.mark.parametrize(("provider_type", "kind"), KINDS)
def test_a_case_changes_every_field_that_its_kind_declares(provider_type, kind):
    case = case_of(provider_type, kind)
    declared = {field.name for field in provider_class(provider_type).kinds[kind].fields}
    untried = declared - case.tried - case.data.get("untried", {}).keys()
    assert not untried, f"{provider_type}/{kind}.yaml has no step that changes {sorted(untried)}"


@pytest.mark.parametrize(("provider_type", "kind"), KINDS)
def test_a_case_expects_a_replacement_exactly_for_immutable_fields(provider_type, kind):
    case = case_of(provider_type, kind)
    replacing = {
        name
        for step in case.data.get("replaces", [])
        if "of" not in step
        for name in step.get("because", [*step.get("set", {}), *step.get("unset", [])])
    }
    fields = provider_class(provider_type).kinds[kind].fields
    immutable = {field.name for field in fields if field.immutable}
    # A sink that moves takes its file along; only where that cannot be is its object replaced.
    sinks = {field.name for field in fields if field.local}
    assert replacing | case.data.get("untried", {}).keys() >= immutable - sinks
    assert replacing <= immutable


def test_every_case_belongs_to_a_kind():
    files = {(path.parent.name, path.stem) for path in CASES.glob("*/*.yaml")}
    assert files == set(KINDS)
