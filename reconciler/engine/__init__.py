"""Compares desired with live, and carries out the difference. Prints nothing.

| folder or module | does |
|---|---|
| `workspace` | holds what a run works with: configuration, providers, state |
| `graph` | decides the order of work |
| `blocked` | the errors that say why a resource cannot be planned |
| `tasks` | turns changes into the tasks of providers |
| `live/` | reads live state, finds objects in it, and decides when one counts as gone |
| `diff/` | compares fields three ways and members of sets, and makes rows of state |
| `writing/` | sends one write crash-safely, and delivers the secret that came back |
| `settling/` | settles what a crash or a lost answer left open, by rule or by hand |
| `planning/` | makes the `Plan` |
| `applying/` | carries a plan out |
| `drift/` | compares live with what was last applied |
| `importing/` | writes manifests of unmanaged live objects |
| `saving/` | binds a saved plan to what it was made from, and says what no longer holds |
| `verifying/` | finds out whether what was applied works |
| `domains/` | the DNS records that sender domains need, and what providers find of them |

Each may import those above it: planning knows nothing of applying.
"""
