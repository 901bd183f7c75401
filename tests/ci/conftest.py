"""Doubles of CI: a loopback GitHub, and runners that do with our files what the real ones do."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.fixtures import port

__all__ = ["port"]
ROOT = Path(__file__).parents[2]
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip}
spec: {}
"""


def tool(name, *arguments):
    """Run a linter of the development environment, offline."""
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def shown(page, first_line):
    """The YAML that a page shows under its first line, a comment with a file's name."""
    text = (ROOT / page).read_text("utf-8")
    return re.search(rf"```yaml\n(# {re.escape(first_line)}\n.*?)```", text, re.DOTALL)[1]


class GitHub:
    """Comments and issues of one repository; `failing` answers writes with its status."""

    def __init__(self):
        self.comments, self.issues, self.seen, self.failing = [], [], [], []
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                double.answer(self)

            do_POST = do_PATCH = do_GET  # noqa: N815 -- as http.server calls them

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        length = int(request.headers.get("Content-Length") or 0)
        body = json.loads(request.rfile.read(length) or b"null")
        self.seen.append((request.command, request.path, request.headers["Authorization"]))
        status, answer = self._answer(request.command, request.path.partition("?")[0], body)
        if request.command != "GET" and self.failing:
            status, answer = self.failing.pop(0), {"message": "no"}
        elif request.command != "GET" and status < 300:
            self._keep(request.command, request.path, body)
        content = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _answer(self, method, path, body):
        if path == "/user":
            return 403, {"message": "Resource not accessible by integration"}
        if method != "GET":
            return 200, body
        return 200, self.comments if path.endswith("/comments") else self._open()

    def _open(self):
        return [each for each in self.issues if each["state"] == "open"]

    def _keep(self, method, path, body):
        items = self.comments if "comments" in path else self.issues
        if method == "POST":
            made = {"id": len(items) + 1, "number": len(items) + 1, "state": "open"}
            items.append({**made, "user": {"login": "github-actions[bot]"}, **body})
            return
        number = int(path.rpartition("/")[2])
        next(each for each in items if each["id"] == number).update(body)

    def writes(self):
        return [method for method, _, _ in self.seen if method != "GET"]


@pytest.fixture
def github():
    double = GitHub()
    yield double
    double.close()


@pytest.fixture
def workspace(tmp_path):
    """A repository as a runner has checked it out."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / ".git").mkdir()
    (folder / "nhn.yaml").write_text(MANIFESTS)
    return folder


@pytest.fixture
def action(tmp_path, github, workspace):
    """Run a step of the action as a runner does: inputs go through `action.yml`'s `env`."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))

    def run(environ=(), step="run", **inputs):
        files = {name: tmp_path / name for name in ("summary", "output")}
        for file in files.values():
            file.write_text("")
        variables = {
            **_inherited(),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_REPOSITORY": "shop/messaging",
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_WORKSPACE": str(workspace),
            "INPUT_TOKEN": "ghs_canary4711",
            "RECONCILER_ACTION_COMMAND": str(Path(sys.executable).parent / "reconciler"),
            "RECONCILER_ACTION_PAUSE": "0",
            **dict(environ),
        }
        done = subprocess.run(
            [sys.executable, str(ROOT / "ci" / "github" / "main.py"), step],
            cwd=workspace,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=800,
        )
        done.outputs = _outputs(files["output"].read_text())
        done.summary = files["summary"].read_text()
        return done

    return run


def _inherited():
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def _outputs(text):
    return dict(re.findall(r"^([\w-]+)<<(?:\S+)\n(.*)\n\S+$", text, re.MULTILINE))
