"""What the printed schema and `reconciler validate` say of the same documents.

The corpus: every folder of tests/cases/validate and tests/cases/lint, every example, the README.
What a schema cannot know stands in `beyond-schema.txt` beside the case, as `file:line reason`;
`RECONCILER_UPDATE_CASES=1` writes new ones with the reason `?`, for somebody to name.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.cli.opening.reading import Reader, members_of
from reconciler.manifests import manifest_schema, member_faults
from reconciler.manifests.document import read_documents
from reconciler.manifests.files import Finder
from reconciler.manifests.project import read_project

ROOT = Path(__file__).parents[1]
CORPUS = sorted(
    folder
    for place in ("tests/cases/validate", "tests/cases/lint", "examples")
    for folder in (ROOT / place).iterdir()
    if folder.is_dir() and folder.name != "09-environments"  # test_schema_with_variables has those
)
BEYOND = "beyond-schema.txt"
REASONS = frozenset(
    {
        "comments",  # what YAML takes for one, and anchors that nothing names
        "cycles",
        "doubles",  # of an address, a former name, a place of delivery
        "invisible characters",
        "names standing in",  # metadata.name for a field that is left out
        "numbers",  # that are of the right form but not possible
        "paths",
        "placeholders",  # which a text has
        "place",  # a project file that is not in the root
        "providers",  # which there are, and of which type
        "references",
        "two texts",  # of one canary
    }
)


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: `on` and `1:20` are texts, `010` is ten."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 -- as PyYAML has it


for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"^({pattern})$"), list(first)
    )
Core.add_constructor("tag:yaml.org,2002:int", lambda _loader, node: int(node.value))


@pytest.fixture(scope="module")
def editor():
    return Draft202012Validator(manifest_schema())


def documents(root):
    """Every document that can be read: its file, first line, last line and value."""
    project = read_project(root, [])
    for name, path in Finder(root).find(project.manifests or ["."], root, typed=False):
        for locator in [each.locator for each in read_documents(name, path, [], found=True)]:
            text = Path(path).read_text(encoding="utf-8-sig")
            part = text[locator.span.start : locator.span.end]
            end = locator.start.line + part.rstrip().count("\n")
            value = json.loads(part) if locator.source.json else yaml.load(part, Core)
            yield name, locator.start.line, end, value


def verdicts(root, editor):
    """By place: whether `validate` refuses, whether the schema does."""
    faults = []
    for reading in Reader().read_all(""):
        chosen = reading.configuration
        faults += [*reading.faults, *member_faults(chosen, members_of(chosen))]
    for name, start, end, value in documents(root):
        wrong = any(f.origin.file == name and start <= f.origin.line <= end for f in faults)
        yield f"{name}:{start}", wrong, not editor.is_valid(value)


def beyond(folder):
    file = folder / BEYOND
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(line.split(" ", 1) for line in lines)


@pytest.mark.parametrize("folder", CORPUS, ids=lambda folder: folder.name)
def test_the_schema_says_what_validate_says_but_for_what_no_schema_knows(
    folder, editor, monkeypatch
):
    monkeypatch.chdir(folder)
    told = list(verdicts(folder, editor))
    assert [place for place, wrong, refused in told if refused and not wrong] == []
    missed = [place for place, wrong, refused in told if wrong and not refused]
    known = beyond(folder)
    if os.environ.get("RECONCILER_UPDATE_CASES") and missed != list(known):
        lines = "".join(f"{place} {known.get(place, '?')}\n" for place in missed)
        (folder / BEYOND).write_text(lines, encoding="utf-8")
    assert missed == list(known)
    assert set(known.values()) <= REASONS


def test_the_corpus_has_every_reason_and_both_verdicts(editor, monkeypatch):
    reasons = {reason for folder in CORPUS for reason in beyond(folder).values()}
    assert reasons == REASONS
    monkeypatch.chdir(ROOT / "tests/cases/validate/002-unknown-field")
    assert {(True, True), (False, False)} == {each[1:] for each in verdicts(Path.cwd(), editor)}


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *sorted(ROOT.glob("examples/*/README.md"))],
    ids=lambda p: p.parent.name,
)
def test_the_manifests_in_a_page_fit_the_schema(page, editor):
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for value in yaml.load_all(block, Core):
            if isinstance(value, dict) and "apiVersion" in value:
                assert [error.message for error in editor.iter_errors(value)] == []
