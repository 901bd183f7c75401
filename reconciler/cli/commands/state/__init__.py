"""`reconciler state …`: looking at state, and putting it right by hand."""

from reconciler.cli.commands.state import looking, moving, settling
from reconciler.cli.commands.state.group import command
from reconciler.cli.options import rehearsal_option

for _taking in (command, *command.commands.values()):
    _taking.params.append(rehearsal_option())

__all__ = ["command", "looking", "moving", "settling"]
