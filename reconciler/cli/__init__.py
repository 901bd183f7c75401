"""The command line: parses it, opens what a command needs, and shows the result.

| module | does |
|---|---|
| `app` | the list of commands, each loaded when it is used; the layout of help |
| `boundary` | the one place where errors become messages and exit codes |
| `settings` | values of the global options |
| `output` | the only writer to stdout and stderr: masks, colours, broken pipes |
| `streams` | copes with stdin, stdout and stderr that are closed, full, or no longer read |
| `interrupts` | SIGINT and SIGTERM: the first stops cleanly, the second at once |
| `old_spellings` | replaces deprecated spellings by today's, and warns |
| `reports` | writes the reports that `--report` asks for, when a command is over |
| `own_files` | writes files for the user: never over a foreign file, in one step |
| `listed_files` | reads lists of files that another program made |
| `parameters/` | options and arguments, and what a shell completes |
| `opening/` | opens what a command works with: manifests, state, providers |
| `saved_plans/` | `plan --out` and `apply --plan` |
| `runs/` | the steps of a run: planning, asking, carrying out, verifying |
| `dns/`, `webhooks/` | the work of `dns`, and of `webhook` and `verify` |
| `commands/` | one module a command |

A module of `commands/` is loaded when its command is used, and imports all it needs at its top.
The modules that every command loads (`app`, `boundary`, `settings`, `output`, `parameters/options`)
are light, so that `reconciler --help` answers at once, and `--version` before click is loaded.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence

from reconciler import VERSION
from reconciler.cli.streams import fill_gaps, say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Without `arguments`, it takes those of the process, and ends the process.
    """
    if arguments is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until `interrupts` takes over, nothing is under way: end at once, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    fill_gaps()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if argv == ["--version"]:
        # Before click is imported, which takes several times as long as Python itself.
        return say(f"reconciler {VERSION}")
    # Most objects live until the command ends: to look for garbage among them often is a waste.
    gc.set_threshold(100_000, 50, 100)
    from reconciler.cli.boundary import run

    code = run(argv)
    if arguments is None:
        # All is closed and flushed: freeing every object first would only cost time.
        os._exit(code)
    return code
