"""State in an object store: an append-only log of objects that are never changed.

`log/000000000042.json` is one commit. It is put on condition that no object of that name exists
yet: the only condition that all stores support, S3, Google Cloud Storage, Azure and their
imitations. A run that finds the next name taken has lost the right to write, so the names
themselves are the fence. The state is the result of all entries; thanks to `snapshot/…`, a reader
needs only the newest ones.

| module | does |
|---|---|
| `opening` | opens a state, and makes it if it is missing |
| `home` | implements `database.home.Home`: lock, heartbeat, keys, snapshots |
| `connection` | a connection to tables in memory; each commit is put into the log first |
| `log` | finds the end of the log, reads on from the head, appends |
| `entry` | one object of the log: its records, and the hash of the object before |
| `loading`, `replay` | read a log to its end; make the tables from its records, and vice versa |
| `snapshots` | lists and reads earlier states that can be restored |
| `keys` | reads and writes the keys in the store: the state's own, and those that seal the log |
| `sealing` | encrypts and decrypts the records of an object |
| `rekeying` | encrypts all objects anew, with a new key |
| `bucket`, `stores` | the interface of an object store; implements it with obstore |
| `probe` | refuses a store that ignores the condition |
| `timing` | measures how long a store takes to answer |
| `url` | parses an `s3://`, `gs://` or `az://` URL |
"""
