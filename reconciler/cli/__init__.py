"""The command line: parses, opens what a command needs, shows what came of it.

| module | does |
|---|---|
| `app` | the commands, each loaded when it is used; help |
| `boundary` | the one place where errors become messages and exit codes |
| `options` | options that several commands share |
| `streams` | stdin, stdout and stderr, where they are closed |
| `settings` | what the options said |
| `output` | the only writer to stdout and stderr: masks, colours, broken pipes |
| `session` | opens manifests, state and providers for one command |
| `emulated` | providers on the built-in emulator, for `--emulate` |
| `interrupts` | SIGINT and SIGTERM |
| `watching` | shows what the engine tells about its progress |
| `planning`, `applying` | what plan, apply and destroy have in common |
| `confirm` | asks before anything is changed |
| `kinds` | finds kinds by the name that somebody typed |

`commands/` has one module a command. Nothing heavy is imported at the top of any module, so that
`reconciler --version` and `reconciler --help` answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from reconciler import VERSION
from reconciler.cli.streams import fill_gaps, say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Without `arguments` those of the process are taken, and the process ends here.
    """
    fill_gaps()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if argv == ["--version"]:
        # Before click is imported, which takes several times as long as Python itself.
        return say(f"reconciler {VERSION}")
    import gc

    # What a command makes lives to its end, and the collector would go over it again and again.
    gc.set_threshold(100_000, 50, 100)
    from reconciler.cli.boundary import run

    code = run(argv)
    if arguments is None:
        # All is closed and flushed; to take apart what was loaded would take longer than it helps.
        os._exit(code)
    return code
