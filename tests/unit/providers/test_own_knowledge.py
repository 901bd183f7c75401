"""What one provider's kinds are called stands in its folder, not in what serves all of them."""

import ast
from pathlib import Path

import pytest

import reconciler
from reconciler.providers.registry import provider_class, provider_types

ROOMS = ("cli", "dns", "engine", "lint", "manifests", "model", "render", "state")
ROOT = Path(reconciler.__file__).parent
ELSEWHERE = {
    "manifests/lists/table.py": {"recipients"},
    "manifests/project.py": {"recipients"},
    "cli/parameters/options.py": {"recipients"},
}
"""Words that mean something else there: headers that people choose, and whom age encrypts for."""


def own_words():
    """Provider types, and the names of kinds and of fields that give members."""
    for provider_type in provider_types():
        yield provider_type
        for kind in provider_class(provider_type).kinds.values():
            yield kind.name
            if kind.members is not None:
                yield from kind.members.fields
                yield kind.members.exclusive


def texts(file):
    """The texts in a module that are whole values: documentation and examples are longer."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_that_serves_all_providers_names_what_one_of_them_has(room):
    words = frozenset(own_words())
    named = {
        str(file.relative_to(ROOT)): found
        for file in (ROOT / room).rglob("*.py")
        if (found := texts(file) & words - ELSEWHERE.get(str(file.relative_to(ROOT)), set()))
    }
    assert named == {}
