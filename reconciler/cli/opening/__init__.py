"""What a command works with: manifests, state, providers.

| module | does |
|---|---|
| `reading` | reads manifests |
| `stores`, `places` | opens state; where a run's files lie |
| `session` | opens manifests, state and providers, for one command |
| `trust` | what must hold before credentials are read |
| `neighbours` | what other environments have |
| `emulated` | providers on the built-in emulator, for `--emulate` |
| `locking` | begins a run, and waits for another one |
| `copies` | reads and writes copies of a state; asks before one goes over it |
"""
