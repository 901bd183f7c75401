"""State in PostgreSQL, which a team and its CI share.

Each state lies in a schema of its own: `reconciler` without environments, `reconciler_production`
of the environment `production`. Environments so share a database, follow new versions of this tool
one by one, and each can be granted to other roles.

| module | holds |
|---|---|
| `url` | what a `postgresql://` URL says |
| `connection` | a connection that finds its way back, and commits whose outcome is looked up |
| `changes` | what a transaction changes, sent in one trip |
| `names` | statements as PostgreSQL reads them |
| `trouble` | what the server's errors mean |
| `about` | the row that says which version, key and holder a state has |
| `schema` | makes the tables and follows new versions |
| `keys` | where the keys lie |
| `sealing` | seals what rows say of the user's things |
| `home` | what surrounds these tables: lock, lease, key |
| `opening` | opens and makes such a state |
"""
