"""Readers of our JSON can rely on what the last release said, as long as the major version stays.

`tests/released/output-v1.json` is what the schemas promised then. It is written again at a release,
and only then: `RECONCILER_RECORD_RELEASE=1 pytest tests/test_schema_stability.py`. A test that fails
here says that programs of users break: keep the key, or begin `schemas/output/v2` with a new major
version of the document. Before the first release nobody can rely on anything: write it again.
"""

import json
import os
from copy import deepcopy
from pathlib import Path

import pytest

from reconciler import VERSION
from reconciler.render.documents import document_names, output_schema
from tests.support.stability import broken, promises

RELEASED = Path(__file__).parent / "released" / "output-v1.json"


def current():
    return {name: promises(output_schema(name)) for name in document_names()}


def written(documents):
    """One line a value, so that a release's difference can be read."""
    parts = [
        f'"{name}": {{\n'
        + ",\n".join(f"{json.dumps(path)}: {json.dumps(told)}" for path, told in each.items())
        + "\n}"
        for name, each in documents.items()
    ]
    return f'{{"version": "{VERSION}", "documents": {{\n' + ",\n".join(parts) + "\n}}\n"


def released():
    if os.environ.get("RECONCILER_RECORD_RELEASE"):
        RELEASED.write_text(written(current()), encoding="utf-8")
    return json.loads(RELEASED.read_text(encoding="utf-8"))["documents"]


def test_no_document_of_the_last_release_is_gone():
    assert released().keys() <= set(document_names())


@pytest.mark.parametrize("name", document_names())
def test_what_the_last_release_promised_still_holds(name):
    assert broken(released().get(name, {}), promises(output_schema(name))) == []


# --- that the comparison notices ------------------------------------------------------------------


def part(schema, path):
    for step in path.split("."):
        schema = schema["items"] if step == "[]" else schema["properties"][step]
    return schema


def drop(schema):
    part(schema, "changes.[]")["properties"].pop("reason")


def narrow(schema):
    part(schema, "changes.[].key")["type"] = "string"


def forget(schema):
    part(schema, "changes.[]")["required"].remove("action")


def extend(schema):
    part(schema, "changes.[].action")["enum"].append("launch")


def close(schema):
    part(schema, "changes.[].reason")["enum"] = ["manifest"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop, "changes[].reason is gone"),
        (narrow, "changes[].key: its type was ['null', 'string'] and is ['string']"),
        (forget, "changes[].action may be missing now"),
        (extend, "changes[].action: its enum was"),
        (close, "changes[].reason: its enum was None"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_breaks_readers_is_noticed(change, said):
    schema = deepcopy(output_schema("plan"))
    before = promises(schema)
    change(schema)
    [line] = broken(before, promises(schema))
    assert line.startswith(said)


def test_what_is_added_breaks_nobody():
    schema = deepcopy(output_schema("plan"))
    before = promises(schema)
    part(schema, "changes.[]")["properties"]["more"] = {"type": "string"}
    part(schema, "changes.[]")["required"].append("more")
    assert broken(before, promises(schema)) == []
