"""One module a command, each loaded when it is used.

| module or folder | commands that |
|---|---|
| `validate`, `plan`, `apply`, `drift`, `import_`, `destroy` | change something, or say what |
| `state/` | look at state, and put it right by hand |
| `show` | looks at a saved plan |
| `compare`, `graph`, `schema`, `explain`, `providers` | look something up |
| `help`, `version`, `completion`, `deprecations` | tell about the command itself |
| `dns`, `verify`, `webhook/` | try out what was applied |
| `emulator` | serves the emulated providers |
"""
