"""What CI systems tell about the run, in environment variables."""

from __future__ import annotations

from collections.abc import Mapping


def run_url(environ: Mapping[str, str]) -> str:
    """Return the URL of this run at GitHub Actions or GitLab CI; "" outside of both."""
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    run = environ.get("GITHUB_RUN_ID")
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return environ.get("CI_JOB_URL", "")


def in_ci(environ: Mapping[str, str]) -> bool:
    """Tell whether `CI` says that no person watches; `false` and `0` do not, as elsewhere."""
    return environ.get("CI", "").strip().lower() not in {"", "0", "false"}


def privileged_trigger(environ: Mapping[str, str]) -> str:
    """Return the trigger of this GitHub workflow, if it gives secrets to a stranger's code; or "".

    From GitHub's "Secure use": workflows of both triggers run with the base repository's secrets.
    """
    trigger = environ.get("GITHUB_EVENT_NAME", "")
    return trigger if trigger in {"pull_request_target", "workflow_run"} else ""
