"""Strings as JSON, YAML, JavaScript and Terraform all read them."""

from __future__ import annotations

import json


def string(text: str) -> str:
    """Return a quoted string; a CI runner that is shown it finds no command in it (`##[…]`)."""
    return json.dumps(text).replace("##", "#\\u0023")
