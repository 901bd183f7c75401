"""Keeps what is remembered between runs, and the journal that makes writes crash-safe.

| module or folder | holds |
|---|---|
| `base` | `StateStore` and `Run`: the interface that the engine uses, for every kind of store |
| `open` | `open_store`: opens the store that a URL names |
| `database/` | the store itself, on SQLite tables: rows, statements, transactions |
| `files/` | for a state in a file: opens and migrates it; key, lock, marker, backups, emergencies |
| `postgres/` | for a state on a PostgreSQL server, with the same tables |
| `objects/` | for a state in an object store: the same tables, rebuilt from a log |
| `lease` | for the last two: the heartbeat of the run that holds the lock |
| `seal` | `Keyring`: encrypts secrets, and digests values that are only compared |
| `keys`, `chest` | for the last two: the state's key; keys encrypted to recipients |
| `failpoints` | where a test lets a durable effect fail, or the process die |
| `content`, `moving` | a whole state as a value; puts it over a state, or into another store |
| `empty` | the view of a state that does not exist yet |
"""
