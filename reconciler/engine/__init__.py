"""Compares what is wanted with what is, and carries out the difference. Prints nothing.

| module | does |
|---|---|
| `workspace` | holds what a run works with: configuration, providers, state |
| `observer` | reads live state of all accounts, in bulk and in parallel |
| `desired` | turns manifests' fields into canonical wanted fields, references resolved |
| `differ` | three-way difference of one object's fields |
| `planner` | matches wanted, live and owned objects and makes the `Plan` |
| `safety` | refuses plans that do what nobody agreed to |
| `graph` | the order of work |
| `writer` | sends one write crash-safely: intent, request, response |
| `delivery` | brings generated secrets to their sinks |
| `applier` | carries out a plan |
| `recovery` | settles what an earlier run, or a lost answer, left unknown |
| `drift` | compares live with what was last applied |
| `checks` | offline checks that need to know kinds: clashes of identities and slots |
"""
