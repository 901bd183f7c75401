"""What a saved plan is bound to, and whether that still holds.

| module | does |
|---|---|
| `manifests` | digests of what manifest files say |
| `binding` | binds a plan to manifests, state, accounts and live objects |
| `holding` | says what does not hold any more |
"""
