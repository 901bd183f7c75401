"""Verifying: does what was applied work?

| module | does |
|---|---|
| `verifier` | the one way in: checks objects, then sends canaries |
| `objects` | the checks that cost nothing |
| `due` | decides whether a canary is to be sent now, as a pure function |
| `turns` | counts what was sent, by canary and account |
| `canaries` | sends one, or looks for an earlier one, and waits for its receipt |
| `recipients` | reads where canaries go, from a file that Git does not track |
"""

from reconciler.engine.verifying.canaries import Timing
from reconciler.engine.verifying.due import Wish
from reconciler.engine.verifying.verifier import CanaryBook, Verifier, VerifyOptions

__all__ = ["CanaryBook", "Timing", "Verifier", "VerifyOptions", "Wish"]
