"""Opens what a command works with: manifests, state and providers.

| module | does |
|---|---|
| `reading` | reads the manifests and collects their faults |
| `places` | where the files of a run are: of a real one, and of a rehearsal |
| `stores` | opens the state |
| `session` | opens state and providers together, as one workspace |
| `trust` | refuses to read credentials that could reach a stranger |
| `neighbours` | refuses accounts that another environment of the project uses |
| `emulated` | providers on the built-in emulator, for `--emulate` |
| `locking` | takes the state's lock, and waits while another run holds it (`--lock-timeout`) |
| `copies` | reads and writes copies of a state; asks before one replaces the state |
"""
