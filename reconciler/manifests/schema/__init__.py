"""What a kind's `spec` may hold, and whether a document fits.

| module | holds |
|---|---|
| `files` | the files of JSON Schemas |
| `schemas` | the JSON Schemas that ship with the package |
| `rules` | what the loader needs of them, compiled once |
| `validator` | whether a document fits: yes or no, and that quickly |
| `explain` | why it does not, in words |
| `variables` | schemas for editors that also take `${var.name}` |
"""
