"""Which schema a JSON document that a command printed must fit, and whether it does."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from reconciler.render.documents import output_schema

TELLING = (
    ("binding", "saved-plan"),
    ("differences", "compare"),
    ("changes", "plan"),
    ("results", "apply"),
    ("imported", "import"),
    ("drift", "drift"),
    ("faults", "validate"),
    ("stateCopy", "state-copy"),
    ("movedTo", "state-migrate"),
    ("states", "state-environments"),
    ("objects", "state-list"),
    ("checks", "verify"),
    ("zones", "dns"),
    ("verified", "webhook"),
    ("unlocked", "unlock"),
    ("nodes", "graph"),
    ("python", "version"),
    ("providers", "providers"),
    ("address", "state"),
    ("runs", "history"),
    ("operations", "history"),
    ("snapshots", "history"),
    ("deprecations", "deprecations"),
    ("message", "message"),
    ("error", "error"),
)
"""By the first of these keys that a document has; any other one is an explanation."""


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(output_schema(name))


def name_of(document: dict[str, Any]) -> str:
    """Return which document this is."""
    return next((name for key, name in TELLING if key in document), "explanation")


def check(document: Any) -> None:
    """Assert that a document fits its schema."""
    if not isinstance(document, dict) or "formatVersion" not in document:
        return
    name = name_of(document)
    wrong = [
        f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)
    ]
    assert wrong == [], name
