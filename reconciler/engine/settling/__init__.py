"""Settles what a crash or a lost answer left open.

| module | does |
|---|---|
| `decision` | the possible decisions about one address: settled, wait, ask, secret lost |
| `decisions` | makes the decision from open intents and live objects: a pure table |
| `follow_ups` | the decision after a person chose an object, or a lost secret was looked for |
| `recovery` | carries the decisions out, first thing of every apply |
| `unsettled` | what open intents mean for a plan, which may look but not settle |
| `taken` | ids of other addresses, which no open intent can mean |
| `watches` | which objects later plans look for after a create in doubt or a lost object |
| `leftovers` | findings about what earlier runs left: duplicates, waiting secrets, exposed keys |
| `adoption` | `state resolve --adopt`: takes over the live object that a person names |
| `by_hand` | the other changes of state by hand: forget, rename, remove, trust |
"""
