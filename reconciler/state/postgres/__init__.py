"""State on a PostgreSQL server, which a team and its CI share.

Each state has a schema of its own: `reconciler` without environments, `reconciler_production` for
the environment `production`. So environments share a database, are migrated to new versions of
this tool one by one, and can each be granted to other roles.

| module | does |
|---|---|
| `opening` | opens a state, and makes it if it is missing |
| `home` | implements `database.home.Home`: lock, heartbeat, keys |
| `connection` | runs statements; reconnects, and finds out whether a commit is durable |
| `changes` | collects the changes of a transaction, to be sent in one round trip |
| `about` | the row with version, key and holder of a state |
| `schema` | makes the tables, and migrates them to new versions |
| `keys` | reads and writes the keys that are stored in the `about` row |
| `sealing` | encrypts the columns of rows that show the user's data |
| `url` | parses a `postgresql://` URL |
| `names` | spells names and statements for PostgreSQL |
| `trouble` | explains the server's errors |
"""
