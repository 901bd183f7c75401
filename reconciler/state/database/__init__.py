"""State in a database: SQLite, and the statements of PostgreSQL too.

| module | holds |
|---|---|
| `store`, `run` | the store, and the run that writes to it |
| `writes`, `commit` | what each write does; fenced transactions, several writes in one |
| `tables`, `statements` | the tables and every statement, for both databases |
| `protocol`, `dialect` | what a connection is; what the two databases spell differently |
| `home` | what surrounds a database, whatever it is |
| `unlocking` | takes the lock away from a run |
| `rows`, `tally` | rows by name, each checked; how damage is noticed |
| `connection` | connections to an SQLite file, and what their errors mean |
| `personal` | what is sealed because it is about people |
| `run_opening` | what is looked at before a run, and the transaction that opens it |
| `drifting` | what differs from what was applied, and since when |
| `plan_use` | saved plans that were applied, each once |
| `codec` | the model's values as JSON texts and back |
| `opening`, `making`, `template` | how a file is opened, and made |
| `migrating`, `migrations` | how it follows the schema |
| `copying`, `seeding` | out of a database, over another one, and into a new one |
| `memory` | a store in memory, for models of crashes |
"""
