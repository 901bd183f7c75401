"""Shows model objects to people and to programs. Writes nowhere: every function returns text.

| module | does |
|---|---|
| `layout/` | how text looks: colour, width, columns, what a terminal must not obey |
| `plans/` | plans and what became of them, for people |
| `commands/` | what other commands show |
| `reports/` | what `--report FORMAT=FILE` writes |
| `errors`, `faults` | what went wrong, and what is wrong with manifests |
| `json` | plans, reports, drift and errors as JSON documents |
| `views` | what policies see |
| `envelope`, `documents` | what all JSON documents have in common; their JSON Schemas |
"""
