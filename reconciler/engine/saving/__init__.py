"""What a saved plan is bound to, and whether that still holds.

| module | does |
|---|---|
| `manifests` | makes digests of the content of manifest files |
| `binding` | binds a plan to manifests, state, accounts and live objects |
| `holding` | says which part of a binding no longer holds |
"""
