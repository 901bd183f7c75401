"""The state store in a database: SQLite, with statements that PostgreSQL runs, too.

| module | does |
|---|---|
| `store`, `run` | implement `StateStore` and `Run` |
| `run_opening` | checks the state before a run, and opens its epoch |
| `writes` | changes the tables, one function for each kind of write |
| `commit` | runs transactions, fenced by the epoch; groups several writes into one commit |
| `tables`, `statements` | the tables and all SQL statements, for both databases |
| `rows`, `codec` | read and check rows; turn the model's values into JSON texts and back |
| `tally` | notices damage: digests of rows, sums of tables, the chain of events |
| `protocol`, `dialect` | the interface of a connection; words the two databases spell differently |
| `header` | tells from the header of a file whether it is a state |
| `connection` | opens connections to an SQLite file, and explains its errors |
| `home` | the interface of what surrounds a database: key, lock, backups |
| `holder` | names who holds the lock, and says when one on another machine counts as dead |
| `emergency` | answers that could not be stored in the database, for the next run to take over |
| `unlocking` | takes the lock away from a run |
| `personal` | seals values about people |
| `drifting` | stores which objects differ from what was applied, and since when |
| `plan_use` | stores which saved plans were applied, so that each is applied once |
| `template`, `seeding` | return the tables of a new state in memory: empty, or with a content |
| `migrations` | change the tables of older versions to this version's |
| `copying` | copies a state out of a database, and over the one in another |
| `memory` | a store in memory, for tests and models of crashes |
"""
