"""What speaks to a provider. A provider type is a folder, found by scanning.

| module | holds |
|---|---|
| `provider` | the interface: `Provider`, and what it must, must not and may do |
| `kind` | how a provider declares its kinds, as data |
| `task` | what the engine hands to a provider and gets back |
| `registry` | finds provider folders and builds a `Provider` for an `Account` |
| `credentials` | where credentials come from |
| `left` | what nobody manages of an object that is made anew |
| `<type>/` | one provider: `client` (requests, envelopes), `kinds` (declarations), `convert` |

All HTTP goes through `reconciler.http`.
"""
