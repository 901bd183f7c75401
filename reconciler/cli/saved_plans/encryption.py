"""For whom a saved plan is encrypted, and what opens it: `reconciler.age` in words about plans."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import age
from reconciler.errors import PlanDamaged, PlanLocked, UsageError


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read recipients; raises `UsageError` for what is none, and where the extra is missing."""
    try:
        return age.recipients_of(texts)
    except age.ExtraMissing:
        raise UsageError("a plan cannot be encrypted here", hint=age.INSTALL) from None
    except age.NoRecipient as error:
        raise UsageError(str(error), hint=error.hint) from None


def encrypted(data: bytes, recipients: Sequence[Any]) -> bytes:
    """Return the data as a file for recipients; raises `UsageError` where a plugin cannot."""
    try:
        return age.encrypted(data, recipients)
    except age.NoRecipient as error:
        raise UsageError(str(error), hint=error.hint) from None


def decrypted(data: bytes, environ: Mapping[str, str] = os.environ) -> bytes:
    """Open a file.

    Raises:
        PlanLocked: What opens it is not at hand.
        PlanDamaged: It is not as it was encrypted.
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
