"""The command line: parses, opens what a command needs, shows what came of it.

| module | does |
|---|---|
| `app` | the commands, each loaded when it is used; help |
| `boundary` | the one place where errors become messages and exit codes |
| `settings` | what the global options said |
| `output` | the only writer to stdout and stderr: masks, colours, broken pipes |
| `streams` | stdin, stdout and stderr, where they are closed |
| `interrupts` | SIGINT and SIGTERM |
| `old_spellings` | reads what is deprecated as it is spelled today, and tells it |
| `reports` | writes what `--report` asks for when a command is over |
| `own_files`, `listed_files` | files that we write; lists of files that another program made |
| `parameters/` | options and arguments |
| `opening/` | manifests, state, providers: what a command works with |
| `saved_plans/` | saves plans, and holds what is to be applied against them |
| `runs/` | planning, asking, carrying out, verifying |
| `dns/`, `webhooks/` | what `dns`, and what `webhook` and `verify`, do |
| `commands/` | one module a command |

`commands/` has one module a command, loaded when it is used, which imports all it needs at its top.
What every command loads (`app`, `boundary`, `settings`, `output`, `parameters/options`) is light,
so that `reconciler --help` answers at once, and `--version` before click is loaded.
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

    Without `arguments` those of the process are taken, and the process ends here.
    """
    if arguments is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until `interrupts` takes over, nothing is under way: end at once, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    fill_gaps()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if argv == ["--version"]:
        # Before click is imported, which takes several times as long as Python itself.
        return say(f"reconciler {VERSION}")
    # What a command makes lives to its end, and the collector would go over it again and again.
    gc.set_threshold(100_000, 50, 100)
    from reconciler.cli.boundary import run

    code = run(argv)
    if arguments is None:
        # All is closed and flushed; to take apart what was loaded would take longer than it helps.
        os._exit(code)
    return code
