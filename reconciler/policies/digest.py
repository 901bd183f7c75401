"""One digest for policies that say the same, wherever their files lie and in whatever order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reconciler.model.policy import Policy


def policies_digest(policies: Iterable[Policy]) -> str:
    """Return `sha256:` and the digest over what all policies say, their tests left out.

    A saved plan is bound to it: what judged the plan is what judges its apply. Without policies it
    is the digest of an empty list.
    """
    said = sorted({_text(policy) for policy in policies})
    digest = hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest}"


def _text(policy: Policy) -> str:
    spec = {name: value for name, value in policy.spec.items() if name != "tests"}
    said = {"name": policy.name, "spec": spec}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
