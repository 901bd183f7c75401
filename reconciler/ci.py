"""What CI systems tell of the run that a process belongs to."""

from __future__ import annotations

from collections.abc import Mapping


def run_url(environ: Mapping[str, str]) -> str:
    """Return where GitHub Actions or GitLab CI shows this run, empty where neither runs it."""
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    run = environ.get("GITHUB_RUN_ID")
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return environ.get("CI_JOB_URL", "")
