"""`reconciler webhook …`: checks and receives the webhook calls of providers."""

from reconciler.cli.commands.webhook import check, receive
from reconciler.cli.commands.webhook.group import command

__all__ = ["check", "command", "receive"]
