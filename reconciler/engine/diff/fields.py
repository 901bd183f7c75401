"""Compares the fields of one object three ways: desired, live and last applied.

Fields are compared for equality, which is cheap; deepdiff only describes those that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec import Struct

from reconciler.model.change import Cause, FieldChange
from reconciler.model.composed import composed, composed_text
from reconciler.model.owned import as_digest, is_digest
from reconciler.model.values import Fields, JsonValue, is_pending
from reconciler.providers.kind import Field, Kind

Digest = Callable[[str], str]
"""The state's keyed digest."""

Display = Callable[[Field, JsonValue], JsonValue]
"""Turns a field's value into one for people: ids into names, personal data masked."""


class Sides(Struct, frozen=True, kw_only=True):
    """The fields of one object as they are desired, live and last applied."""

    desired: Fields
    managed: frozenset[str]
    live: Fields
    applied: Fields = msgspec.field(default_factory=dict)
    """Empty if the object is not in state."""
    before: Fields = msgspec.field(default_factory=dict)
    """The desired fields whose references have no id now, with the ids that they had before."""


def same(field: Field, one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two values of a field mean the same."""
    if one == other:
        return True
    if field.text:
        return _text(one) == _text(other)
    if field.file_content and (_has_unread_content(one) or _has_unread_content(other)):
        return _paths(composed(one)) == _paths(composed(other))
    if field.unordered and isinstance(one, list) and isinstance(other, list):
        return set(map(repr, composed(one))) == set(map(repr, composed(other)))
    return composed(one) == composed(other)


def _has_unread_content(value: JsonValue) -> bool:
    """Tell whether a value is a list of files whose content the provider does not give back."""
    files = value if isinstance(value, list) else []
    return any(isinstance(each, dict) and each.get("sha256", "") is None for each in files)


def _paths(value: JsonValue) -> list[str]:
    files = value if isinstance(value, list) else []
    return sorted(str(each.get("path")) for each in files if isinstance(each, dict))


def is_trimmed(sent: JsonValue, live: JsonValue) -> bool:
    """Tell whether a live text is the sent one without white space at its ends.

    Some servers trim texts. If that counted as a difference, it could never be removed.
    """
    if not isinstance(sent, str):
        return False
    whole, rest = _text(sent), _text(live)
    return len(rest) < len(whole) and rest.strip() == whole.strip() and rest in whole


def _as_desired(field: Field, sides: Sides, digest: Digest) -> bool:
    """Tell whether the live value is the desired one, or what the server keeps of it.

    White space that the manifest has gained since the last write counts as a difference: whether
    the server trims it is not known yet.
    """
    desired, live = sides.desired.get(field.name), sides.live.get(field.name)
    if same(field, desired, live):
        return True
    if not is_trimmed(desired, live):
        return False
    applied = sides.applied.get(field.name)
    return applied is None or not _equals_applied(field, live, applied, digest)


def _text(value: JsonValue) -> str:
    return (
        "" if value is None else composed_text(str(value)).replace("\r\n", "\n").replace("\r", "\n")
    )


def keep(field: Field, value: JsonValue, digest: Digest) -> JsonValue:
    """Return the form in which state remembers an applied value.

    Of write-only and personal values it is a keyed digest, which is enough to compare.
    """
    if field.personal and field.unordered and isinstance(value, list):
        value = sorted(value, key=repr)
    if field.write_only or field.personal:
        return as_digest(digest(f"{field.name}={value!r}"))
    return value


def differences(kind: Kind, sides: Sides, *, digest: Digest, show: Display) -> list[FieldChange]:
    """Describe every managed field that is not as desired; empty if all are."""
    found: list[FieldChange] = []
    managed, desired, live = sides.managed - kind.set_fields, sides.desired, sides.live
    for field in kind.fields:
        name = field.name
        if name not in managed:
            continue
        comparable = not field.local and name in live and name in desired
        if comparable and desired[name] == live[name]:  # as nearly all are
            continue
        cause = _cause(field, sides, digest)
        if cause is not None:
            found.extend(_describe(field, sides, cause, show))
    return found


def as_new(
    kind: Kind, desired: Fields, managed: frozenset[str], *, show: Display
) -> Iterator[FieldChange]:
    """Describe every managed field of an object that does not exist yet."""
    fields = managed - kind.set_fields
    for field in kind.fields:
        if field.name in fields:
            value = desired.get(field.name)
            yield FieldChange(
                path=field.name,
                after=None if field.secret else show(field, value),
                sensitive=field.secret,
                pending=is_pending(value),
            )


def _cause(field: Field, sides: Sides, digest: Digest) -> Cause | None:
    desired = sides.desired.get(field.name)
    applied = sides.applied.get(field.name)
    if field.local:
        return None if same(field, desired, applied) else Cause.MANIFEST
    if field.name not in sides.live:
        return None if keep(field, desired, digest) == applied else Cause.UNVERIFIABLE
    return None if _as_desired(field, sides, digest) else _cause_of_difference(field, sides, digest)


def _cause_of_difference(field: Field, sides: Sides, digest: Digest) -> Cause:
    """Say why desired and live differ: the manifest changed, somebody changed it live, or both."""
    desired = sides.before.get(field.name, sides.desired.get(field.name))
    live = sides.live.get(field.name)
    if field.name not in sides.applied:
        return Cause.MANIFEST
    applied = sides.applied[field.name]
    if was_applied(field, live, applied, digest):
        return Cause.MANIFEST
    return Cause.DRIFT if was_applied(field, desired, applied, digest) else Cause.BOTH


def was_applied(field: Field, value: JsonValue, applied: JsonValue, digest: Digest) -> bool:
    """Tell whether a value is the one that state remembers, exactly or trimmed by the server."""
    return _equals_applied(field, value, applied, digest) or is_trimmed(applied, value)


def _equals_applied(field: Field, value: JsonValue, applied: JsonValue, digest: Digest) -> bool:
    """Tell whether a value is exactly the one that state remembers, in full or as a digest."""
    if is_digest(applied):
        return keep(field, value, digest) == applied
    return same(field, value, applied)


def swapped_field(kind: Kind, applied: Fields, live: Fields, digest: Digest) -> str | None:
    """Return an immutable field whose live value is not what was applied, if there is one.

    Nobody can have changed it, so another object must have the id now.
    """
    for field in kind.fields:
        name = field.name
        if not field.immutable or field.local or name not in applied or name not in live:
            continue
        if not was_applied(field, live[name], applied[name], digest):
            return name
    return None


def _describe(field: Field, sides: Sides, cause: Cause, show: Display) -> Iterator[FieldChange]:
    desired = sides.desired.get(field.name)
    unreadable = cause is Cause.UNVERIFIABLE
    known = sides.applied if field.local else sides.live
    before = known.get(field.name)
    hidden = unreadable or field.secret
    if not hidden and isinstance(before, dict) and isinstance(desired, dict) and "id" not in before:
        yield from _describe_parts(field, before, desired, cause)
        return
    yield FieldChange(
        path=field.name,
        before=None if hidden else show(field, before),
        after=None if field.secret else show(field, desired),
        cause=cause,
        sensitive=field.secret,
        unknown=unreadable and not field.secret,
        pending=is_pending(desired),
        replaces=field.immutable,
    )


def _describe_parts(
    field: Field, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], cause: Cause
) -> Iterator[FieldChange]:
    from deepdiff import DeepDiff

    tree = DeepDiff(before, after, view="tree", ignore_order=field.unordered)
    for level in sorted(
        {level for group in tree.values() for level in group}, key=lambda x: x.path()
    ):
        keys = ".".join(str(key) for key in level.path(output_format="list"))
        yield FieldChange(
            path=f"{field.name}.{keys}" if keys else field.name,
            before=_json_or_none(level.t1),
            after=_json_or_none(level.t2),
            cause=cause,
            replaces=field.immutable,
        )


def _json_or_none(value: object) -> JsonValue:
    return value if isinstance(value, str | int | float | bool | list | dict) else None
