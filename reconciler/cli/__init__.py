"""The command line: parses, opens what a command needs, shows what came of it.

| module | does |
|---|---|
| `app` | the commands, each loaded when it is used; help |
| `boundary` | the one place where errors become messages and exit codes |
| `options`, `choice` | options that several commands share, and the values made of them |
| `completing`, `offers` | what a shell offers at TAB |
| `old_spellings` | reads what is deprecated as it is spelled today, and tells it |
| `guesses` | what somebody meant who typed something else |
| `streams` | stdin, stdout and stderr, where they are closed |
| `settings` | what the global options said |
| `output` | the only writer to stdout and stderr: masks, colours, broken pipes |
| `reading`, `stores`, `session` | opens manifests; state; state and providers, for one command |
| `trust` | what must hold before credentials are read |
| `places`, `neighbours` | where a run's files lie; what other environments have |
| `emulated` | providers on the built-in emulator, for `--emulate` |
| `interrupts` | SIGINT and SIGTERM |
| `watching` | shows what the engine tells about its progress |
| `planning`, `choosing`, `applying` | what plan, apply and destroy have in common |
| `importing` | reads what is asked of an import, and carries it out |
| `verifying`, `collected` | verifies what is chosen; reads receipts that somebody collected |
| `callbacks`, `receiving` | whose webhook calls are checked, with what key; a port for them |
| `dns_steps`, `domains`, `dns_checks` | DNS records of sender domains: known, verified; in DNS |
| `zone_files`, `own_files` | writes zones, and any file of ours, where nothing of others lies |
| `reports` | writes what `--report` asks for when a command is over |
| `listed_files` | reads a list of files that another program made |
| `endings` | what `state history` says of a run that changed nothing |
| `policing`, `judging` | which policies judge, if any; what they judge, and when |
| `copies` | reads and writes copies of a state; asks before one goes over it |
| `locking` | begins a run, and waits for another one |
| `confirm` | asks before anything is changed |
| `accepting` | writes drift into manifests |
| `kinds` | finds kinds by the name that somebody typed |
| `saved_plans/` | saves plans, and holds what is to be applied against them |
| `commands/` | one module a command |
| `addresses`, `listing`, `topics` | read addresses, `state list` filters, what to explain |
| `durations` | reads spans of time |

`commands/` has one module a command, loaded when it is used, which imports all it needs at its top.
What every command loads (`app`, `boundary`, `options`, `settings`, `output`) is light, so that
`reconciler --help` answers at once, and `--version` before click is loaded.
"""

from __future__ import annotations

import gc
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
    # What a command makes lives to its end, and the collector would go over it again and again.
    gc.set_threshold(100_000, 50, 100)
    from reconciler.cli.boundary import run

    code = run(argv)
    if arguments is None:
        # All is closed and flushed; to take apart what was loaded would take longer than it helps.
        os._exit(code)
    return code
