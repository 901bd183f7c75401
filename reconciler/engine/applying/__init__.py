"""Carries out a plan.

| module | does |
|---|---|
| `gate` | refuses plans that do what nobody agreed to |
| `applier` | in dependency order, in parallel |
| `performer` | one change: provider, secrets, state row |
| `events` | what is told to whoever listens |
"""
