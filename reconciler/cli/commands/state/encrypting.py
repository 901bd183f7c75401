"""`state init` makes an empty state; `state rekey` encrypts the state to other recipients."""

from __future__ import annotations

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, edit, say
from reconciler.cli.opening.stores import opened_project_store, project_and_environment
from reconciler.cli.parameters.options import lock_timeout_option, one_key_option, setting_option
from reconciler.cli.settings import Settings
from reconciler.errors import StateError, UsageError
from reconciler.state.base import Run, StateStore


@subcommand(
    command,
    "init",
    examples=(
        ("reconciler state init", "Before the first apply, where that is another's to run."),
        ("reconciler state init --i-have-one-key", "Encrypted to one recipient alone."),
    ),
)
@one_key_option
def init(settings: Settings) -> int:
    """Make the state, with nothing in it.

    The first apply makes it, too. A state in a shared store is encrypted where spec.stateEncryption
    names recipients: two at least, since who loses all identities loses the state.
    """
    with opened_project_store(settings) as store:
        if store.lineage:
            say(settings, f"There is a state already: serial {store.serial}.")
            return 0
    with opened_project_store(settings, create=True) as store:
        message = f"The state is made: lineage {store.lineage[:12]}."
    say(settings, message)
    return 0


@subcommand(
    command,
    "rekey",
    examples=(
        ("reconciler state rekey", "After spec.stateEncryption was changed."),
        ("reconciler state rekey --decrypt", "After it was taken out."),
    ),
)
@setting_option("--decrypt", help="Put the state in clear, and its key beside it.")
@one_key_option
@lock_timeout_option
def rekey(settings: Settings) -> int:
    """Encrypt the state anew, to today's recipients.

    Those are whom spec.stateEncryption in reconciler.yaml names now. There is a new key, so that
    whoever is no recipient any more can read nothing of it from now on. What they could read
    before, they may have copied. A crash leaves a state that can be used; repeat the command.
    """
    project, _ = project_and_environment(settings)
    recipients = len(project.state_recipients)
    if settings.decrypt and recipients:
        raise UsageError(
            "reconciler.yaml names recipients of the state",
            hint="Take spec.stateEncryption out of it, then run it again.",
        )
    if not settings.decrypt and not recipients:
        raise UsageError(
            "reconciler.yaml names nobody to encrypt the state to",
            hint="Set spec.stateEncryption.recipients, or put the state in clear: --decrypt.",
        )
    with opened_project_store(settings) as store:
        if not store.lineage:
            raise StateError(
                "there is no state yet", hint="The first apply makes it, or `state init`."
            )
    number = "one recipient" if recipients == 1 else f"{recipients} recipients"
    message = f"The state is encrypted anew, to {number}."
    if settings.decrypt:
        message = "The state lies in clear now."
    return edit(settings, "state rekey", _rekey, message)


async def _rekey(_store: StateStore, run: Run) -> None:
    run.rekey()
