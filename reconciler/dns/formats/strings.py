"""Quoted strings that JSON, YAML and JavaScript read alike."""

from __future__ import annotations

import json


def string(text: str) -> str:
    """Return a quoted string, without `##`, by which a CI runner would find a command in it."""
    return json.dumps(text).replace("##", "#\\u0023")
