"""A digest of what policies say, whatever their files and order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reconciler.model.policy import Policy


def policies_digest(policies: Iterable[Policy]) -> str:
    """Return `sha256:` and a digest of all policies, without their tests.

    A saved plan has it, so that the same policies judge the plan and its apply. Without policies
    it is the digest of an empty text.
    """
    texts = sorted({_text(policy) for policy in policies})
    digest = hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest}"


def _text(policy: Policy) -> str:
    spec = {name: value for name, value in policy.spec.items() if name != "tests"}
    content = {"name": policy.name, "spec": spec}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
