"""What is remembered between runs, and the journal that makes writes crash-safe.

| module | holds |
|---|---|
| `base` | `StateStore` and `Run`: what the engine needs, whatever state is kept in |
| `registry` | `open_store`: from a URL to a store |
| `sqlite`, `run` | the store in SQLite, and the run that writes to it |
| `journal`, `commit` | what each write does; fenced transactions, several writes in one |
| `tally`, `database` | how damage is noticed; connections and what their errors mean |
| `schema`, `statements`, `sql` | tables and statements in SQLAlchemy Core, and compiled |
| `home`, `layout`, `lock`, `seal`, `emergency` | the files around the database |
| `opening`, `template`, `migrations` | how a database is made and follows the schema |
| `memory`, `empty` | a store in memory, for models of crashes; the view of a state not made yet |
"""
