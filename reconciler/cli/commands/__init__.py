"""One module a command, each loaded when it is used.

| module or folder | commands that |
|---|---|
| `apply`, `destroy`, `import_` | change objects at providers, or manifests and state |
| `validate`, `plan`, `drift` | show faults, planned changes, and what was changed by hand |
| `show` | shows a saved plan |
| `state/` | show the state, and correct it by hand |
| `compare`, `graph`, `schema`, `explain`, `providers` | look something up offline |
| `help`, `version`, `completion`, `deprecations` | are about the command line itself |
| `dns`, `verify`, `webhook/` | try out whether the applied configuration works |
| `emulator` | serves the emulated providers on a port |
"""
