"""What a crash or a lost answer left open.

| module | does |
|---|---|
| `decisions` | what an unsettled intent means, given what is live: a pure table |
| `recovery` | does what was decided, first thing of every apply |
| `unsettled` | open intents and watches as planning sees them: read-only |
| `adoption` | takes over the live object that a person names, once it was seen |
| `by_hand` | changes of state by hand, each journaled |
"""
