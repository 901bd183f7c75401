"""What all JSON documents have in common, and the document of an error."""

from __future__ import annotations

import json
from typing import Any

from reconciler.errors import ManifestError, ReconcilerError
from reconciler.render.layout.safe_text import harmless_json

FORMAT_VERSION = "1.0"

Document = dict[str, Any]
"""A JSON object."""


def dump(document: Document) -> str:
    """Serialise a document: indented, with invisible characters escaped."""
    return harmless_json(_indented(document))


def _indented(document: Document) -> str:
    import orjson  # ten times as fast; not needed by a run that prints text

    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # half of a surrogate pair, or a number of more than 64 bits
        return json.dumps(document, ensure_ascii=False, indent=2)


def error_document(error: ReconcilerError) -> Document:
    """Return the document of an error that ended a command."""
    return {"formatVersion": FORMAT_VERSION, "error": error_entry(error)}


def error_entry(error: ReconcilerError) -> Document:
    """Return an error as part of a document."""
    entry: Document = {
        "code": error.code,
        "message": error.message,
        "details": list(error.details),
    }
    if error.hint:
        entry["hint"] = error.hint
    if isinstance(error, ManifestError) and error.faults:
        entry["faults"] = list(error.faults)
    return entry
