"""The files around the database.

| module | holds |
|---|---|
| `layout` | where they lie, and who may read them |
| `home` | all of them together, as what surrounds a database |
| `backups` | copies from before each run |
| `shared` | parts a state from what older versions kept together |
| `lock` | one run at a time |
| `seal` | seals secrets that are on their way, digests what is only compared |
| `emergency` | answers that the database would not take |
| `belonging` | which environment a state belongs to |
"""
