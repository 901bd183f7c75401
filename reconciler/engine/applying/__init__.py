"""Carries out a plan.

| module | does |
|---|---|
| `gate` | refuses plans that do what nobody agreed to |
| `applier` | in dependency order, in parallel |
| `catching_up` | brings state up to date with the plan, before anything is sent |
| `freshness` | leaves alone what changed since the plan was made |
| `performer` | what is made: `creating` and `updating` one change, on the ground of `making` |
| `remover` | what goes |
| `ledger` | the rows and ids of what exists by now, and the writers |
| `handling` | the secrets of one change |
| `events` | what is told to whoever listens |
"""
