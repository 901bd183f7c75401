"""The files around a state in a file: key, lock, marker, backups, emergencies.

| module | does |
|---|---|
| `layout` | names the paths of these files, checks their owner, and writes them |
| `home` | implements `database.home.Home` with these files |
| `lock` | locks the state, so that one run at a time writes to it |
| `seal` | `Keyring`: encrypts secrets, and digests values that are only compared |
| `backups` | chooses which copies from before each run are kept, and which to restore |
| `emergency` | keeps answers that could not be stored in the database |
| `belonging` | checks which environment a state belongs to |
| `shared` | moves files out of the folder that states shared in older versions |
"""
