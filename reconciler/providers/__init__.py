"""What speaks to a provider. A provider type is a folder here, or a package found by its name.

| module | holds |
|---|---|
| `provider` | one account, which hands all that concerns an object to its kind's handler |
| `kind` | how a provider declares its kinds, as data |
| `handler` | the contract of one kind: what it must, must not and may do |
| `rest`, `wire`, `listing` | plain REST kinds as data; how values are spelled; lists in pages |
| `task` | what the engine hands to a provider and gets back |
| `hand_overs`, `left` | parts that change owners; what an object made anew is to have |
| `callbacks`, `messenger` | webhook calls of a provider; messages sent to prove it |
| `registry` | finds provider types and builds a `Provider` for an `Account` |
| `credentials` | where credentials come from |
| `<type>/` | `provider`, `client` (requests, answers), `kinds`, `convert`, a module a kind |

All HTTP goes through `reconciler.http`.
"""
