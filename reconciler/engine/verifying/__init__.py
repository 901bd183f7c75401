"""Verifying: does what was applied work?

| module | does |
|---|---|
| `verifier` | the one way in: checks objects, then says which canaries nothing stands against |
| `objects` | the checks that cost nothing |
| `dispatch` | lets a canary go when it is its turn |
| `due` | decides whether a canary is to be sent now, as a pure function |
| `turns` | counts what was sent, by canary and account |
| `drafts` | writes messages, and what is remembered of each |
| `canaries` | sends one, or looks for an earlier one, and waits for its receipt |
| `canary_checks` | what is told of a canary |
| `options` | what a verification is asked for, and where it remembers what it sent |
| `recipients` | reads where canaries go, from a file that Git does not track |
"""

from reconciler.engine.verifying.canaries import Timing
from reconciler.engine.verifying.due import SendOptions
from reconciler.engine.verifying.options import CanaryBook, VerifyOptions
from reconciler.engine.verifying.verifier import Verifier

__all__ = ["CanaryBook", "SendOptions", "Timing", "Verifier", "VerifyOptions"]
