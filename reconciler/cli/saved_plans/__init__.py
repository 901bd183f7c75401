"""Saved plans: `plan --out`, `show`, `apply --plan`.

| module | does |
|---|---|
| `files` | reads and writes their files |
| `encryption` | for whom a file is encrypted, and what opens it |
| `placing` | says where, and loads nothing else where nothing is saved |
| `saving` | saves a plan that was just made |
| `ordering` | what `apply --plan` orders |
| `standing` | whose manifests a plan may name |
| `checking` | says why a saved plan may not be applied, before any account is asked |
| `holding` | holds a new plan against the saved one |
"""
