"""`reconciler state …`: shows the state, and corrects it by hand.

| module | commands |
|---|---|
| `group` | `state` itself; helpers that change state under the lock and show the outcome |
| `looking` | `list`, `show`, `history` |
| `moving` | `mv`, `rm` |
| `copying` | `pull`, `push`, `backup`, `restore` |
| `placing` | `migrate`, `verify`, `environments` |
| `settling` | `resolve`, `unlock`, `trust` |
| `encrypting` | `init`, `rekey` |
| `sweeping` | `gc` |
"""

from reconciler.cli.commands.state import (
    copying,
    encrypting,
    looking,
    moving,
    placing,
    settling,
    sweeping,
)
from reconciler.cli.commands.state.group import command
from reconciler.cli.parameters.options import rehearsal_option

for _each in (command, *command.commands.values()):
    _each.params.append(rehearsal_option())

__all__ = [
    "command",
    "copying",
    "encrypting",
    "looking",
    "moving",
    "placing",
    "settling",
    "sweeping",
]
