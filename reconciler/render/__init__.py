"""Turns model objects into text for people and documents for programs; writes nothing itself.

| module | does |
|---|---|
| `layout/` | colour, width and columns of text; makes untrusted text harmless |
| `plans/` | plans, their progress and their results, as text |
| `commands/` | the output of other commands, as text and JSON |
| `reports/` | the formats of `--report FORMAT=FILE` |
| `errors`, `faults` | errors; faults of manifests and lint findings |
| `json` | plans, results of an apply, and drift as JSON documents |
| `views` | the documents that policies judge |
| `envelope` | what all JSON documents have in common |
| `documents` | the JSON Schemas of these documents |
"""
