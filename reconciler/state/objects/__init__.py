"""State in an object store: an append-only log of objects that nobody ever changes.

`log/000000000042.json` is one commit. It is put with the condition that nothing of that name exists
yet, which is the only condition that all stores keep: S3, Google Cloud Storage, Azure and what
imitates them. Whoever loses a name has lost the right to write, so the names themselves are the
fence. The state is what all entries together make; `snapshot/…` spares a reader the old ones.

| module | holds |
|---|---|
| `url` | what an `s3://`, `gs://` or `az://` URL says |
| `bucket`, `stores` | the five things that are asked of a store; over obstore |
| `timing` | how long a store takes, by what is asked of it anyway |
| `probe` | refuses a store that ignores the condition |
| `entry` | one object of the log: its records, and the hash that chains it to the one before |
| `keys` | where the keys lie: the state's own, and those that seal the log |
| `sealing` | objects of the log with their records sealed, or in clear |
| `rekeying` | seals all of it anew |
| `log` | finds the end of the log, reads on, and appends |
| `loading` | reads a log to its end |
| `snapshots` | earlier states that one can go back to |
| `replay` | makes the tables of `reconciler.state.database` out of records, and back |
| `connection` | a connection to these tables whose commits are in the log first |
| `home` | all of these as what surrounds a database |
| `opening` | opens and makes such a state |
"""
