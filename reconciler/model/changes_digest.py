"""The digest of what a plan would change: plans with equal changes have equal digests.

A person, or a comment on a pull request, names it; `apply --expect` then does exactly that. Times,
serials, file positions, findings and the order of work are not in it. A sensitive value counts as
`(sensitive)`, so that the digest stays the same when the first state is made.
"""

from __future__ import annotations

import hashlib
import json
import re

from reconciler.errors import ChangesDiffer, UsageError
from reconciler.model.change import Change, Delete, FieldChange, Making, MemberChange, key_of
from reconciler.model.numbers import NumberSet
from reconciler.model.plan import Plan
from reconciler.model.values import JsonValue

PREFIX = "sha256:"
SHORT = 12
"""How many digits of a digest are enough to name it."""
_SENSITIVE = "(sensitive)"
_NAMED = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")


def changes_digest(plan: Plan) -> str:
    """Return `sha256:` and the hexadecimal digest over all changes, moves and hand-overs."""
    document = {
        "changes": [_change(each) for each in sorted(plan.changes, key=lambda each: each.address)],
        "handOvers": sorted([str(e.source), str(e.target), e.part] for e in plan.hand_overs),
        "moves": sorted([str(move.source), str(move.target)] for move in plan.moves),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return PREFIX + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_digest(text: str) -> str:
    """Return the digits of a digest as it was typed; raises `UsageError` for anything else."""
    found = _NAMED.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(
            f"{text!r} is no digest of a plan",
            hint=f"It is in `reconciler plan --output json`: name at least {SHORT} digits of it.",
        )
    return found[1]


def check_expected(plan: Plan, digits: str) -> None:
    """Refuse a plan that is not the approved one, whose digest begins with `digits`.

    Raises:
        ChangesDiffer: The plan would make other changes.
    """
    digest = changes_digest(plan)
    if digest.removeprefix(PREFIX).startswith(digits):
        return
    changes = [f"{change.address}: {change.action.value}" for change in plan.changes]
    raise ChangesDiffer(
        f"this plan is {short(digest)}, and {digits[:SHORT]} was expected: nothing was changed",
        details=changes or ["this plan changes nothing"],
        hint="Look at `reconciler plan` again, and approve what it shows now.",
    )


def short(digest: str) -> str:
    """Return the part of a digest that people are shown."""
    return digest.removeprefix(PREFIX)[:SHORT]


def _change(change: Change) -> dict[str, JsonValue]:
    fields = change.fields if isinstance(change, Making | Delete) else ()
    members = change.members if isinstance(change, Making | Delete) else None
    document: dict[str, JsonValue] = {
        "address": str(change.address),
        "action": change.action.value,
        "key": key_of(change),
        "fields": [_field(each) for each in sorted(fields, key=lambda each: each.path)],
    }
    if members is not None:
        document["members"] = _members(members)
    return document


def _field(field: FieldChange) -> JsonValue:
    if field.sensitive:
        return {"path": field.path, "before": _SENSITIVE, "after": _SENSITIVE}
    return {"path": field.path, "before": field.before, "after": field.after}


def _members(members: MemberChange) -> JsonValue:
    return {"addDigest": _numbers(members.add), "removeDigest": _numbers(members.remove)}


def _numbers(numbers: NumberSet) -> str:
    made = hashlib.sha256()
    for number in sorted(numbers):
        made.update(f"{number}\n".encode())
    return made.hexdigest()
