"""Finds out whether what was applied works: free checks of objects, and canaries.

| module | does |
|---|---|
| `verifier` | runs a verification: checks the objects, then sends the canaries they allow |
| `objects` | the checks of objects, which send nothing and cost nothing |
| `dispatch` | decides for each canary, one at a time for each account, and sends it |
| `due` | decides whether a canary is to be sent now: a pure function |
| `turns` | knows what was sent, by canary and account |
| `drafts` | composes messages, and the record that is kept of each |
| `canaries` | sends one canary, or looks for an earlier one, and waits for its receipt |
| `canary_checks` | turns the outcome of a canary into a check of the report |
| `options` | what the command line asks for; where sent canaries are remembered |
| `recipients` | reads where canaries go, from a file that Git does not track |
"""

from reconciler.engine.verifying.canaries import Timing
from reconciler.engine.verifying.due import SendOptions
from reconciler.engine.verifying.options import CanaryBook, VerifyOptions
from reconciler.engine.verifying.verifier import Verifier

__all__ = ["CanaryBook", "SendOptions", "Timing", "Verifier", "VerifyOptions"]
