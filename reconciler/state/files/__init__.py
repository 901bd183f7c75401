"""A state in a file, and the files around it: key, lock, marker, backups, emergencies.

| module | does |
|---|---|
| `opening`, `making` | open a state file; make a new one |
| `migrating` | brings an old state file, and its backups, to this version's schema |
| `layout` | names the paths of these files, checks their owner, and writes them |
| `home` | implements `database.home.Home` with these files |
| `lock` | locks the state, so that one run at a time writes to it |
| `backups` | chooses which copies from before each run are kept, and which to restore |
| `elsewhere` | keeps emergency files in temporary folders, where the state has no room for them |
| `belonging` | checks which environment a state belongs to |
| `shared` | moves files out of the folder that states shared in older versions |
"""
