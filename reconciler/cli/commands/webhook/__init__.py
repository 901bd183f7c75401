"""`reconciler webhook …`: trying out the URLs that providers call."""

from reconciler.cli.commands.webhook import check, receive
from reconciler.cli.commands.webhook.group import command

__all__ = ["check", "command", "receive"]
