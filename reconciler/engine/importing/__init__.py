"""Writes manifests of unmanaged live objects, and proves that applying them changes nothing.

| module | does |
|---|---|
| `importer` | runs an import: `prepare` in memory and in a trial folder, `land` under the lock |
| `options` | what the command line says about an import |
| `scope` | which collections an import reads: its own, and those its objects refer to |
| `reading` | reads the collections, and refuses incomplete ones |
| `selecting` | which live objects are imported, and why the others are skipped |
| `naming` | gives each object a name that only depends on the object and its namesakes |
| `references` | writes references to other objects: by name if one has a manifest, else by id |
| `drafts` | `Draft`: a manifest to be written, as a value |
| `drafting` | makes all drafts, after giving all names |
| `composing` | makes one draft: the fields of a manifest, and what is left out of it |
| `forms` | what the schema of a kind says about its manifests |
| `filing` | which files the manifests go into, and the text of each file |
| `proof` | compares the plan with the new manifests with the plan before |
| `secrets` | delivers the secrets of imported objects that the provider still shows |
| `rows` | the rows of state of imported objects |
| `prepared` | `Prepared`: a proved import of which nothing is in place yet |
| `reporting` | the report of what an import did or would do |
"""
