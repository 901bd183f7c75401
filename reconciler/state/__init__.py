"""What is remembered between runs, and the journal that makes writes crash-safe.

| module or folder | holds |
|---|---|
| `base` | `StateStore` and `Run`: what the engine needs, whatever state is kept in |
| `open` | `open_store`: from a URL to a store |
| `content` | all that a state holds, apart from where it lies |
| `moving` | a copy over a state, and a state to another store |
| `empty` | the view of a state not made yet |
| `keys` | the key of a state without a folder of its own |
| `chest` | the keys that lie in a shared store for recipients alone |
| `lease` | how a run in a store that others reach says that it lives |
| `database/` | the store in a database: tables, statements, transactions |
| `postgres/` | the same tables on a server |
| `objects/` | the same tables on a log in an object store |
| `files/` | what lies around it: key, lock, marker, backups, answers it would not take |
"""
