"""State in an SQLite database.

| module | holds |
|---|---|
| `store`, `run` | the store, and the run that writes to it |
| `writes`, `commit` | what each write does; fenced transactions, several writes in one |
| `connection`, `tally` | connections and what their errors mean; how damage is noticed |
| `tables`, `statements`, `sql` | tables and statements in SQLAlchemy Core, and compiled |
| `personal` | what is sealed because it is about people |
| `codec` | the model's values as JSON texts and back |
| `opening`, `template`, `migrations` | how a database is made and follows the schema |
| `memory` | a store in memory, for models of crashes |
"""
