"""Makes manifests of live objects that nobody manages, and proves that they change nothing.

| module | does |
|---|---|
| `importer` | the one way in: prepares, in memory and beside the manifests; lands, under the lock |
| `options` | what the command line says about an import |
| `scope` | which collections are read, and for what |
| `reading` | reads them, and refuses what is incomplete |
| `selecting` | which live objects are nobody's, and why the others are left alone |
| `naming` | gives each a name that depends on nothing but itself and its namesakes |
| `references` | names what an object points at, or its id |
| `drafting` | makes the drafts of all, names first |
| `forms` | what the manifests of a kind look like |
| `composing` | the fields of a manifest, and what is left out of it |
| `drafts` | what stands between a live object and its manifest |
| `filing` | which files the manifests go into, and their text |
| `proof` | plans with the new manifests, and compares with the plan before |
| `secrets` | where the secrets go of what is taken over |
| `prepared`, `reporting` | an import that is proved; what one did, as a value |
| `rows` | the rows of state of what is taken over |
"""
