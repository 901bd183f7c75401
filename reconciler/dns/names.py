"""Checks host names."""

from __future__ import annotations

import re

from reconciler.model.dns import domain_key

LONGEST = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def host_name(text: str) -> str:
    """Return a host name in lower case, in ASCII and without a final dot.

    Raises:
        ValueError: It is no host name, so no server may be asked for it.
    """
    name = domain_key(text)
    labels = name.split(".")
    if len(name) > LONGEST or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("it is no host name")
    return name
