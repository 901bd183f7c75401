"""Compares what is wanted with what is, and carries out the difference. Prints nothing.

| module | does |
|---|---|
| `workspace` | holds what a run works with: configuration, providers, state |
| `observer` | reads live state of all accounts, in bulk and in parallel |
| `desired` | turns manifests' fields into canonical wanted fields, references resolved |
| `differ` | three-way difference of one object's fields |
| `options` | holds what the command line says about a plan |
| `planner` | matches wanted, live and owned objects and makes the `Plan` |
| `handover` | parts of live objects that one resource gives up and another takes |
| `comparison`, `removal` | plan one wanted resource; plan what nobody wants any more |
| `strangers` | refuses to delete what holds objects of others |
| `planned` | collects changes, and what cannot be planned |
| `safety` | refuses plans that do what nobody agreed to |
| `matching`, `members`, `rows` | find the live object of an address; sets; state rows |
| `estimate` | how many requests and seconds |
| `graph` | the order of work |
| `writer` | sends one write crash-safely: intent, request, response |
| `delivery` | brings generated secrets to their sinks |
| `applier` | carries out a plan, in order and in parallel |
| `performer` | carries out one change: provider, secrets, state row |
| `events` | what the applier tells whoever listens |
| `decisions` | what an unsettled operation means, given what is live |
| `recovery` | settles what an earlier run, or a lost answer, left unknown |
| `unsettled` | open operations and watches, as planning sees them |
| `state_edits` | changes of state by hand |
| `drift` | compares live with what was last applied |
| `checks` | offline checks that need to know kinds: clashes of identities and slots |
"""
