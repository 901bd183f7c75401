"""Encrypts and decrypts saved plans: `reconciler.age`, with messages about plans."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import age
from reconciler.errors import PlanDamaged, PlanLocked, UsageError


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read recipients; raises `UsageError` for a malformed one, or without the `age` extra."""
    try:
        return age.recipients_of(texts)
    except age.ExtraMissing:
        raise UsageError("a plan cannot be encrypted here", hint=age.INSTALL) from None
    except age.NoRecipient as error:
        raise UsageError(str(error), hint=error.hint) from None


def encrypted(data: bytes, recipients: Sequence[Any]) -> bytes:
    """Encrypt data to recipients; raises `UsageError` where the plugin of one fails."""
    try:
        return age.encrypted(data, recipients)
    except age.NoRecipient as error:
        raise UsageError(str(error), hint=error.hint) from None


def decrypted(data: bytes, environ: Mapping[str, str] = os.environ) -> bytes:
    """Decrypt a file.

    Raises:
        PlanLocked: No identity here opens it.
        PlanDamaged: It was changed after it was encrypted.
    """
    try:
        return age.decrypted(data, environ)
    except age.Locked as error:
        raise PlanLocked(f"this plan is encrypted{error}", hint=error.hint) from None
    except age.Changed:
        raise PlanDamaged(
            "this plan was changed after it was encrypted",
            hint="Make a new plan: `reconciler plan --out FILE`.",
        ) from None
