"""Checks that the phone numbers in a manifest could be dialled, as far as digits can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.manifests.schema.rules import PhoneField
from reconciler.manifests.text.positions import Path
from reconciler.model.personal import mask_number
from reconciler.model.phone import read_phone


def number_faults(
    spec: dict[str, Any], fields: tuple[PhoneField, ...]
) -> Iterator[tuple[Path, str]]:
    """Yield where in a spec an impossible number stands, and a message that masks it."""
    for field in fields:
        for where, number in _numbers(spec, field):
            phone = read_phone(number)
            if phone is None:
                yield where, f"{mask_number(number)} is not possible as a phone number"
            elif field.max_digits is not None and len(phone.digits) > field.max_digits:
                message = f"must have at most {field.max_digits} digits, has {len(phone.digits)}"
                yield where, f"spec.{field.field} {message}"


def _numbers(spec: dict[str, Any], field: PhoneField) -> Iterator[tuple[Path, str]]:
    value = spec.get(field.field)
    if field.is_list and isinstance(value, list):
        for index, number in enumerate(value):
            yield (field.field, index), str(number)
    elif isinstance(value, str):
        yield (field.field,), value
