"""A project whose provider is a served emulator, for `reconciler verify`."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager

from reconciler.emulator.app import build_app
from reconciler.emulator.server import EmulatorServer


class World:
    """A served emulator, and the one manifest of a project that it stands for."""

    def __init__(self, server, manifest):
        self.server = server
        self.manifest = manifest
        self.folder = manifest.parent
        self.emulators = server.app.state

    def ask(self, path, body=None, method="GET"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.server.url}{path}",
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def sent(self):
        answer = self.ask("/__emulator__/sent")
        return answer["sent"] if isinstance(answer, dict) else answer

    def forward(self, seconds):
        self.ask("/__emulator__/clock", {"forward": seconds}, "PUT")

    def edit(self, before, after):
        text = self.manifest.read_text()
        assert before in text
        self.manifest.write_text(text.replace(before, after))


@contextmanager
def served(manifest, text, readings=None):
    """Serve emulators; `{url}` in `text`, which becomes the manifest, is where."""
    app = build_app(readings=readings or {})
    with EmulatorServer(app) as server:
        manifest.write_text(text.format(url=server.url))
        yield World(server, manifest)
    app.state.close()


def send(result):
    """Return the one check of a canary."""
    [check] = [each for each in result.json["checks"] if each["check"] == "send"]
    return check


def verify(run, *words, code=None):
    result = run("verify", "--output", "json", *words)
    assert result.code in ({0, 5, 6} if code is None else {code}), result.err + result.out
    return result
