"""What the GitHub action does: installs reconciler, runs one command, writes one comment.

Python's own library alone, since this runs before anything is installed. Inputs come as `INPUT_…`
variables, and reach the command line word by word: no shell, no workflow expression ever sees them.
A comment that cannot be written is a warning, and never changes the exit code.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACTION = Path(__file__).resolve().parents[2]
COMMANDS = ("validate", "plan", "apply", "drift")
TRIES = 3
PAUSE = float(os.environ.get("RECONCILER_ACTION_PAUSE", "2"))
"""Seconds before a request is tried again."""
WORKFLOW_BOT = "github-actions[bot]"
"""Who writes with a workflow's own token."""


class Wrong(Exception):
    """An input cannot be used."""


def given(name: str) -> str:
    """Return an input, without blanks around it."""
    return os.environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def warn(words: str) -> None:
    """Tell something in the run's annotations."""
    escaped = words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::warning title=reconciler::{escaped}", flush=True)


# --- installing -------------------------------------------------------------------------------


def scripts() -> Path:
    """Return where the programs of the action's own environment lie."""
    return (
        Path(os.environ.get("RUNNER_TEMP") or tempfile.gettempdir()) / "reconciler-action" / "bin"
    )


def install() -> int:
    """Install the action's own version from its lock of hashes; raises `Wrong`."""
    own = tomllib.loads((ACTION / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if given("version") not in {"", own}:
        raise Wrong(
            f"version {given('version')} is not the one of this action, which is {own}: pin the "
            "action to the commit of the version you want"
        )
    folder = scripts().parent
    pip = [str(scripts() / "python"), "-m", "pip", "install", "--quiet"]
    lock = str(ACTION / "requirements-team.lock")
    for words in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "--require-hashes", "--requirement", lock],
        [*pip, "--no-deps", "--no-build-isolation", str(ACTION)],
    ):
        subprocess.run(words, check=True)
    return 0


# --- running ----------------------------------------------------------------------------------


def command_line(comment: Path) -> list[str]:
    """Return the words to run; raises `Wrong`."""
    command = given("command")
    if command not in COMMANDS:
        raise Wrong(f"command is {command!r}, and none of {', '.join(COMMANDS)}")
    if given("comment") not in {"", "true", "false"}:
        raise Wrong(f"comment is {given('comment')!r}, and neither true nor false")
    return [
        os.environ.get("RECONCILER_ACTION_COMMAND") or str(scripts() / "reconciler"),
        *(["-C", given("working-directory")] if given("working-directory") else []),
        command,
        *(["--auto-approve"] if command == "apply" else []),
        *(["--env", given("environment")] if given("environment") else []),
        *plan_words(command),
        *("--report=github", f"--report=markdown={comment}"),
        *report_words(),
        *argument_words(),
    ]


def argument_words() -> Iterator[str]:
    """Yield the further words of the command line; raises `Wrong`."""
    for line in filter(None, map(str.strip, given("arguments").splitlines())):
        option, *more = line.split("=", 1)[0].split(None, 1)
        if option.startswith("--") and more:
            raise Wrong(
                f"arguments has {line!r} in one line: give one word a line, or {option}=VALUE"
            )
        yield line


def plan_words(command: str) -> Iterator[str]:
    """Yield how a saved or approved plan is named; raises `Wrong`."""
    if given("plan-file"):
        option = {"plan": "--out", "apply": "--plan"}.get(command)
        if option is None:
            raise Wrong(f"{command} has no plan-file: it is of plan and apply")
        yield f"{option}={whole(given('plan-file'))}"
    if given("expect"):
        if command != "apply":
            raise Wrong(f"{command} has no expect: it is of apply")
        yield f"--expect={given('expect')}"


def report_words() -> Iterator[str]:
    """Yield the reports that are asked for; raises `Wrong`."""
    if given("sarif-file"):
        yield f"--report=sarif={whole(given('sarif-file'))}"
    for line in filter(None, map(str.strip, given("reports").splitlines())):
        name, equals, path = line.partition("=")
        if not equals:
            raise Wrong(f"reports has a line {line!r}, which is not FORMAT=FILE")
        yield f"--report={name}={whole(path)}"


def whole(path: str) -> str:
    """Return a path of the workspace, also for a command that works in another folder."""
    return str(Path(os.environ.get("GITHUB_WORKSPACE", ".")).resolve() / path)


def run() -> int:
    """Run the command, then write the comment or the issue; return the command's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        comment = Path(folder) / "comment.md"
        code = wait_for(command_line(comment))
        body = comment.read_text("utf-8") if comment.exists() else ""
    if given("comment") == "true" and body:
        try:
            publish(body, code)
        except (OSError, ValueError, KeyError, TypeError) as error:
            warn(f"the comment could not be written: {error}")
    return code


def wait_for(words: list[str]) -> int:
    """Run a program to its end. Signals are its own to answer: it stops in seconds, cleanly."""
    environ = {name: value for name, value in os.environ.items() if name != "INPUT_TOKEN"}
    with subprocess.Popen(words, env=environ) as process:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda which, _: process.send_signal(which))
        code = process.wait()
    return code if code >= 0 else 128 - code


# --- GitHub -----------------------------------------------------------------------------------


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to GitHub's API alone."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


class Hub:
    """GitHub's REST API, as the token's owner."""

    def __init__(self) -> None:
        self._base = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        self._opener = urllib.request.build_opener(NoRedirects)
        self.repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}"

    def login(self) -> str:
        """Return who the token is; a workflow's own may not ask, and is known."""
        try:
            return str(self.call("GET", "/user")["login"])
        except urllib.error.HTTPError:
            return WORKFLOW_BOT

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield all items of a list."""
        joint = "&" if "?" in path else "?"
        for page in range(1, 101):
            found = self.call("GET", f"{path}{joint}per_page=100&page={page}")
            yield from found
            if len(found) < 100:
                return

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one request, again where the server has trouble; a POST only if it was refused."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._send(method, path, body)
            except urllib.error.HTTPError as error:
                again = error.code in {409, 429} or (error.code >= 500 and method != "POST")
                if not again or attempt == TRIES:
                    raise
                time.sleep(PAUSE * attempt)
        return None

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {given('token')}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with self._opener.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def publish(body: str, code: int) -> None:
    """Write the comment of a pull request, or for drift an issue; ours is changed, not repeated."""
    hub = Hub()
    if given("command") == "drift":
        publish_issue(hub, body, code)
        return
    number = pull_request()
    if number is None:
        warn("comment: this run belongs to no pull request")
        return
    ours = own(hub, hub.pages(f"{hub.repository}/issues/{number}/comments"), body)
    if ours is None:
        hub.call("POST", f"{hub.repository}/issues/{number}/comments", {"body": body})
    else:
        hub.call("PATCH", f"{hub.repository}/issues/comments/{ours['id']}", {"body": body})


def publish_issue(hub: Hub, body: str, code: int) -> None:
    """Keep one issue while there is drift, and close it when there is none."""
    ours = own(hub, hub.pages(f"{hub.repository}/issues?state=open"), body)
    if code == 2 and ours is None:
        title = " ".join(filter(None, ("Messaging accounts have drifted:", given("environment"))))
        hub.call("POST", f"{hub.repository}/issues", {"title": title.rstrip(":"), "body": body})
    elif code == 2 and ours is not None:
        hub.call("PATCH", f"{hub.repository}/issues/{ours['number']}", {"body": body})
    elif code == 0 and ours is not None:
        hub.call("PATCH", f"{hub.repository}/issues/{ours['number']}", {"state": "closed"})


def own(hub: Hub, items: Iterator[dict[str, Any]], body: str) -> dict[str, Any] | None:
    """Return what this token's owner wrote under the same marker: anybody can write the marker."""
    marker, login = body.partition("\n")[0], hub.login()
    for each in items:
        author = (each.get("user") or {}).get("login")
        if author == login and (each.get("body") or "").startswith(marker):
            return each
    return None


def pull_request() -> int | None:
    """Return the number of the pull request that started this run."""
    path = os.environ.get("GITHUB_EVENT_PATH")
    event = json.loads(Path(path).read_text("utf-8")) if path else {}
    number = (event.get("pull_request") or {}).get("number")
    return number if isinstance(number, int) else None


def main(words: list[str]) -> int:
    """Install or run."""
    try:
        return install() if words == ["install"] else run()
    except (Wrong, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 64 if isinstance(error, Wrong) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
