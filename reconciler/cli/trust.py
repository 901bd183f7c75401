"""What must hold before a command reads credentials: who started it, and where they would go."""

from __future__ import annotations

import os

from reconciler.ci import privileged_trigger
from reconciler.errors import UnsafeTrigger
from reconciler.model.resource import Configuration
from reconciler.providers.trusted import require_trusted_hosts

ALLOWED = "RECONCILER_ALLOW_PRIVILEGED_TRIGGER"


def require_safe_trigger() -> None:
    """Refuse to read credentials in a workflow that a stranger's pull request can start with them.

    Raises:
        UnsafeTrigger: `pull_request_target` or `workflow_run` started it, and nobody allowed that.
    """
    trigger = privileged_trigger(os.environ)
    if trigger and os.environ.get(ALLOWED) != "1":
        raise UnsafeTrigger(
            f"this workflow was started by {trigger}, which gives secrets to runs of anybody's "
            "pull request; no credentials were read",
            hint="Use pull_request, and --emulate for what comes from forks. Where no manifest of "
            f"theirs is checked out, {ALLOWED}=1 says so.",
        )


def require_trust(configuration: Configuration) -> None:
    """Refuse to read credentials that a stranger's manifest may be after.

    Raises:
        UnsafeTrigger: As `require_safe_trigger`.
        UntrustedHost: They would be sent to a host that is not trusted.
        UsageError: The variable with trusted hosts holds what is none.
    """
    require_safe_trigger()
    require_trusted_hosts(
        configuration.accounts.values(),
        listed=configuration.project.trusted_hosts,
        environ=os.environ,
    )
