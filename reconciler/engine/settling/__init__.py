"""What a crash or a lost answer left open.

| module | does |
|---|---|
| `decisions` | what an unsettled intent means, given what is live: a pure table |
| `decision` | what is decided of one address, and the ways in which that ends |
| `follow_ups` | what follows once more is known: a person chose, a secret was looked for |
| `watches` | what later plans look for once a create was in doubt |
| `recovery` | does what was decided, first thing of every apply |
| `unsettled` | open intents and watches as planning sees them: read-only |
| `adoption` | takes over the live object that a person names, once it was seen |
| `by_hand` | changes of state by hand, each journaled |
"""
