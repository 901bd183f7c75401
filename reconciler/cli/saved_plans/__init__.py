"""Saved plans: `plan --out`, `show`, `apply --plan`.

| module | does |
|---|---|
| `files` | reads, writes and removes the files of saved plans |
| `encryption` | encrypts such a file with age, and decrypts it |
| `placing` | where `plan --out` saves; loads `saving` only if something is saved |
| `saving` | saves a plan that was just made |
| `ordering` | what `apply --plan FILE` is to do, from the file's options |
| `allowed_paths` | a saved plan may name manifests of its own project only |
| `checking` | why a saved plan may not be applied, before any account is asked |
| `holding` | compares the new plan of `apply --plan` with the saved one |
"""
