"""The JSON Schemas of manifests, and checks whether a document fits its schema.

| module | does |
|---|---|
| `files` | reads schema files, with every `$ref` replaced by what it refers to |
| `schemas` | returns the schema of a kind's `spec`, of a whole document, of all manifests |
| `rules` | compiles what the loader needs of a schema: types, validity, references, paths |
| `validator` | tells quickly whether a value fits a schema |
| `explain` | says in words why a document does not fit |
| `variables` | lets schemas for editors accept `${var.name}`, too |
"""
