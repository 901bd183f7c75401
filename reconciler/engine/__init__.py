"""Compares what is desired with what is, and carries out the difference. Prints nothing.

| folder or module | does |
|---|---|
| `workspace` | holds what a run works with: configuration, providers, state |
| `graph` | decides the order of work |
| `blocked` | why something cannot be planned |
| `tasks` | what a provider is asked to do for a change |
| `live/` | reads live state, finds objects in it, and says when one is gone |
| `diff/` | what differs: fields three ways, members of sets, rows of state |
| `writing/` | sends one write crash-safely, and delivers the secret that came back |
| `settling/` | settles what a crash or a lost answer left open, by rule or by hand |
| `planning/` | makes the `Plan` |
| `applying/` | carries it out |
| `drift/` | compares live with what was last applied |
| `importing/` | makes manifests of live objects that nobody manages |
| `saving/` | binds a saved plan to what it follows from, and says what does not hold any more |
| `verifying/` | finds out whether what was applied works |
| `domains/` | which DNS records sender domains need, as providers tell |

In this order they may import each other: planning knows nothing of applying.
"""
