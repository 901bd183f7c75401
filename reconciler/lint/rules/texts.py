"""Rules about texts in all fields."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Severity
from reconciler.providers.rule import Found, Scope, account_rule

_OURS = frozenset({"rotation"})
"""Fields whose texts are never sent."""


@account_rule(
    "text-ends",
    Severity.WARNING,
    source="Practice: servers that trim texts; carriers count every byte of a message",
)
def text_ends(scope: Scope) -> Iterator[Found]:
    """A text that begins or ends with white space, such as the last line break of a block."""
    for resources in scope.kinds.values():
        for resource in resources:
            for name, value in resource.spec.items():
                if isinstance(value, str) and value != value.strip() and name not in _OURS:
                    yield Found(resource, ("spec", name), f"{name} {_ends(value)}")


def _ends(value: str) -> str:
    """Return what is wrong with the ends of a text, and what to do about it."""
    leading, trailing = value[:1].isspace(), value[-1:].isspace()
    if not value.strip():
        return "is nothing but white space; write a text, or leave the field out"
    if value[-1] in "\r\n" and not leading:
        return (
            "ends with a line break, which some servers drop and which counts where bytes do; "
            "a block that begins with |- or >- has none"
        )
    side = " and ".join(["begins"] * leading + ["ends"] * trailing)
    return f"{side} with white space, which nobody sees and some servers drop; leave it off"
