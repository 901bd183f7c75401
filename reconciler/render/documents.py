"""The JSON Schemas of the documents that `--output json` writes, for programs that read them.

Within a major version of `formatVersion` keys are only added, and values only to the enumerations
that a description calls open.
"""

from __future__ import annotations

from reconciler.manifests.schema.files import SUFFIX, Schema, written_out
from reconciler.resources import schemas

_FOLDER = "output/v1"
_COMMON = "common"


def document_names() -> tuple[str, ...]:
    """Return the names of all documents, sorted."""
    files = schemas().joinpath(*_FOLDER.split("/")).iterdir()
    names = (file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))
    return tuple(sorted(name for name in names if name != _COMMON))


def output_schema(name: str) -> Schema:
    """Return the schema of a document; raises `KeyError` when there is none of this name."""
    if name not in document_names():
        raise KeyError(name)
    return written_out(f"{_FOLDER}/{name}{SUFFIX}")
