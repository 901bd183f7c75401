"""Carries out a plan.

| module | does |
|---|---|
| `gate` | refuses plans that do what nobody agreed to |
| `applier` | what becomes of each change |
| `crew` | hands work out in dependency order, in parallel |
| `catching_up` | brings state up to date with the plan, before anything is sent |
| `freshness` | leaves alone what changed since the plan was made |
| `performer` | what is made: `creating` and `updating` one change, on the ground of `making` |
| `remover` | what goes |
| `approvals` | looks at reviews where they count, and waits for them where asked |
| `succession` | lets an approved object take the place of the one it stood beside |
| `ledger` | the rows and ids of what exists by now, and the writers |
| `handling` | the secrets of one change |
| `events` | what is told to whoever listens |
"""
