"""Refuses to read credentials that could reach a stranger: by the trigger, or by the server."""

from __future__ import annotations

import os

from reconciler.ci import privileged_trigger
from reconciler.errors import UnsafeTrigger, UntrustedHost
from reconciler.model.resource import Configuration, Project
from reconciler.providers.trusted import (
    is_trusted,
    require_trusted_hosts,
    trusted_hosts,
    way_out,
)
from reconciler.state.open import servers_of

ALLOWED = "RECONCILER_ALLOW_PRIVILEGED_TRIGGER"


def require_safe_trigger() -> None:
    """Refuse to read credentials in a workflow that a stranger's pull request can start.

    Raises:
        UnsafeTrigger: `pull_request_target` or `workflow_run` started it, and `ALLOWED` is not 1.
    """
    trigger = privileged_trigger(os.environ)
    if trigger and os.environ.get(ALLOWED) != "1":
        raise UnsafeTrigger(
            f"this workflow was started by {trigger}, which gives secrets to runs of anybody's "
            "pull request; no credentials were read",
            hint="Use pull_request, and --emulate for what comes from forks. Where no manifest of "
            f"theirs is checked out, {ALLOWED}=1 says so.",
        )


def require_trusted_state(url: str, project: Project) -> None:
    """Refuse a state that a project file puts on a server that is not trusted.

    The server would get credentials, as a provider does. Raises as `require_trust`.
    """
    require_safe_trigger()
    trusted = trusted_hosts(project.trusted_hosts, os.environ)
    if trusted is None:
        return
    astray = [str(host) for host in servers_of(url) if not is_trusted(host, trusted)]
    if astray:
        raise UntrustedHost(
            f"credentials of the state would be sent to {', '.join(astray)}, which is not trusted; "
            "none was read",
            hint=way_out(os.environ),
        )


def require_trust(configuration: Configuration) -> None:
    """Refuse to read credentials that a stranger's manifest could send elsewhere.

    Raises:
        UnsafeTrigger: As `require_safe_trigger`.
        UntrustedHost: They would be sent to a host that is not trusted.
        UsageError: The variable with trusted hosts names something that is no host.
    """
    require_safe_trigger()
    require_trusted_hosts(
        configuration.accounts.values(),
        listed=configuration.project.trusted_hosts,
        environ=os.environ,
    )
