"""Carries out a plan: checks that it may, makes and removes what it says, keeps state in step.

| module | does |
|---|---|
| `gate` | refuses plans that do what nobody agreed to |
| `applier` | runs the plan's changes, and reports what became of each |
| `course` | keeps how one change is going, and says so in the end |
| `crew` | hands work out in dependency order, in parallel |
| `bundles`, `gathering` | which creates go out in one request; each with an end of its own |
| `catching_up` | brings state up to date with the plan, before anything is sent |
| `freshness` | leaves alone what changed since the plan was made |
| `performer` | picks the right way to make something |
| `creating`, `updating`, `making` | create; update or adopt; the beginning and end of both |
| `remover` | deletes, or forgets |
| `approvals` | looks at reviews where they count, and waits for them where asked |
| `succession` | lets an approved object take the place of the one it stood beside |
| `ledger` | keeps the rows and ids of what exists by now, and makes the writers |
| `secret_delivery` | delivers the secrets of one change |
| `events` | names what listeners are told |
"""
