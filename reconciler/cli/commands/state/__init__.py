"""`reconciler state …`: looking at state, and putting it right by hand.

| module | commands |
|---|---|
| `group` | `state` itself, and how the others change state and say so |
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

for _taking in (command, *command.commands.values()):
    _taking.params.append(rehearsal_option())

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
