"""Reads the labels of `--selector`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.errors import UsageError
from reconciler.model.composed import composed_text

_SEVERAL = "Several labels: --selector team=growth --selector stage=live. All of them must match."
_OTHER_FORMS = re.compile(r"^!|[!=]=|,[^=]*=|!$|\s(in|notin)\s*\(")


def labels(selectors: Sequence[str]) -> dict[str, str]:
    """Read `key=value` words; raises `UsageError` for anything else, such as `key!=value`."""
    found: dict[str, str] = {}
    for word in selectors:
        key, sign, value = (composed_text(part.strip()) for part in word.partition("="))
        if not sign or not key or _OTHER_FORMS.search(word):
            raise UsageError(
                f"{word!r} is not a selector",
                hint=f"A selector is one KEY=VALUE, as in --selector team=growth. {_SEVERAL}",
            )
        if found.setdefault(key, value) != value:
            raise UsageError(
                f"--selector {key}={found[key]} and {key}={value}: nothing has both",
                hint="Run the command once for each.",
            )
    return found
