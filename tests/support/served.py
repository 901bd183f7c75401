"""A project whose providers are emulated on a real port, and real processes of the command line.

    with Port() as port:
        site = Site(tmp_path, port)
        assert site.run("apply", "--auto-approve").code == 0

The manifests are those of the example with all three providers. `CHANGES` turn them into a second
version, which updates, replaces, rotates and deletes; `Scenario` prepares either.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Self

from dotenv import dotenv_values

from reconciler.emulator.app import build_app
from reconciler.emulator.faults import ConnectionDropped, Faults, Injection, Rule
from reconciler.emulator.pipeline import RequestLog
from reconciler.emulator.server import EmulatorServer
from tests.support.results import Result

EXAMPLE = Path(__file__).parents[2] / "examples" / "06-all-providers"
COMMAND = (sys.executable, "-m", "reconciler")
KEYS = {
    "NHN_APP_KEY": "Canary4NhnAppKey",
    "SURENOTIFY_API_KEY": "canary/surenotify+api=key",
    "OCTETH_API_KEY": "canary-octeth-api-key-4711",
}
"""Credentials by environment variable; the emulators take any."""
READINGS = {"nhncloud-sms": {"senders": "any"}, "octeth": {"smtp-secret": "inline"}}
LIMITS = {"requestsPerSecond": 2000, "settleSeconds": 0.1, "timeoutSeconds": 20}
_PRELOADED = """
import gc, importlib, json, os, pkgutil, sys
import httpx
import reconciler, stamina
for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
    if not module.name.startswith(("reconciler.emulator", "reconciler.__main__")):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
from reconciler.cli import main
gc.collect()
gc.freeze()
for line in sys.stdin:
    words, folder, environ, files = json.loads(line)
    child = os.fork()
    if not child:
        for number, file in enumerate(files):
            os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        code = 70
        try:
            code = main(words)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status, used = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, flush=True)
"""
"""Python that has everything imported and forks a process for each command line it reads."""
ALLOW = ("--auto-approve", "--allow-deletes", "9")
ANONYMOUS = "gateway/SmtpConfig/legacy-app"
"""A secret is shown once, and nothing on the object tells whose it is: a person may have to say."""

CHANGES = (
    ("manifests/mail/gateway.yaml", "rotation: 2026-01", "rotation: 2026-02"),
    ("manifests/mail/gateway.yaml", "variable: SMTP}", "variable: SMTP}\n  rotation: second"),
    ("manifests/mail/gateway.yaml", "openTracking: false", "openTracking: true"),
    ("manifests/mail/gateway.yaml", "[delivery, bounce,", "[delivery, open,"),
    ("manifests/mail/surenotify.yaml", "surenotify/trouble", "surenotify/worries"),
    ("manifests/mail/surenotify.yaml", "[delivery, bounce]", "[bounce]"),
    ("manifests/sms/templates.yaml", "Receipts, codes", "Receipts, offers"),
    ("manifests/sms/templates.yaml", "left our warehouse today", "is on its way"),
    ("manifests/sms/audience.yaml", "phoneNumbers: [010-1234-5678]", "phoneNumbers: [01087654321]"),
    ("lists/complaints.csv", "010-9999-1002,2026-01-30\n", "010-9999-1077,2026-02-05\n"),
)
"""`(file, before, after)`; moreover the category `codes` and its template lose their manifests."""

_VOLATILE = frozenset(
    [
        "id",
        "due",
        "sign_id",
        "updated",
        "createDate",
        "updateDate",
        "createdDate",
        "updatedDate",
        "created",
        "createUser",
        "updateUser",
        "key",
        "password",
        "username",
        "signing_key",
        "dkim",
        "checks",
        "sort",
        "tagId",
        "templateDesc",
        "domain_id",
        "verified",
    ]
)
_MARKER = re.compile(r" ?\[mp:[A-Z2-7]{10}\]")
_SECRETS = {
    "secrets/shop-key": ("keys", "key", ""),
    "secrets/legacy-app.env": ("smtps", "password", "SMTP_PASSWORD"),
    "secrets/hooks.env": ("domains", "signing_key", "OCTETH_SIGNING_KEY"),
}
"""By file: the emulator's table and field, and the variable."""


class Port:
    """A port whose emulator can be exchanged between runs."""

    def __init__(self) -> None:
        self.app: Any = build_app(readings=READINGS)
        self.around: Callable[[Any, Any, Any, Any], Any] | None = None
        """Called with the emulator, scope, receive and send in place of the emulator alone."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if self.around is None:
                await self.app(scope, receive, send)
            else:
                await self.around(self.app, scope, receive, send)

        self._server = EmulatorServer(app)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)
        self.app.state.close()

    def serve(self, **options: Any) -> Any:
        """Serve a new emulator; the options are those of `build_app`."""
        self.app.state.close()
        self.app = build_app(**({"readings": READINGS} | options))
        self.around = None
        return self.app


class Preloaded:
    """Runs the command line in processes that need not import everything anew."""

    def __init__(self, folder: Path) -> None:
        self._files = [os.devnull, str(folder / "stdout"), str(folder / "stderr")]
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, words: Iterable[str], folder: Path, environ: Mapping[str, str]) -> Result:
        """Run it in a folder."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PRELOADED],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
            )
        wanted = [list(words), str(folder), dict(environ), self._files]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        code, seconds = self._process.stdout.readline().split()
        out, err = (Path(file).read_text(encoding="utf-8") for file in self._files[1:])
        return Result(code=int(code), out=out, err=err, seconds=float(seconds))

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()


class Site:
    """A folder with manifests that aim at a port."""

    def __init__(self, root: Path, port: Port, *, preloaded: Preloaded | None = None) -> None:
        """Copy the example to `root`, unless there is a project already.

        With `preloaded`, `run` saves most of a process's start.
        """
        self.root = root
        self.port = port
        self.preloaded = preloaded
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(root.parent),
            **KEYS,
        }
        if not (root / "reconciler.yaml").exists():
            shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
            self._aim()

    def _aim(self) -> None:
        for kind in ("nhncloud-sms", "surenotify"):
            self.edit("manifests/providers.yaml", f"type: {kind}", self._typed(kind))
        self.edit("manifests/providers.yaml", "https://mail.example.com", f"{self.port.url}/octeth")
        self.edit("manifests/providers.yaml", "limits: {requestsPerSecond: 30}", "labels: {}")
        text = (self.root / "manifests/providers.yaml").read_text().replace("  labels: {}\n", "")
        (self.root / "manifests/providers.yaml").write_text(text)
        self.limit()

    def _typed(self, kind: str) -> str:
        return f"type: {kind}\n  baseUrl: {self.port.url}/{kind}"

    def limit(self, **limits: Any) -> None:
        """Set limits for all providers."""
        path = self.root / "reconciler.yaml"
        text = path.read_text().partition("  limits:")[0]
        lines = {"concurrency": 4, **LIMITS, **limits}
        path.write_text(text + "  limits:\n" + "".join(f"    {k}: {v}\n" for k, v in lines.items()))

    def edit(self, file: str, before: str, after: str) -> None:
        """Replace text in a file of the project."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert before in text, f"{file} has no {before!r}"
        (self.root / file).write_text(text.replace(before, after), encoding="utf-8")

    def change(self) -> None:
        """Turn the manifests into their second version."""
        for edit in CHANGES:
            self.edit(*edit)
        path = self.root / "manifests/sms/templates.yaml"
        documents = path.read_text(encoding="utf-8").split("---\n")
        kept = [each for each in documents if "name: codes" not in each and "login" not in each]
        path.write_text("---\n".join(kept), encoding="utf-8")

    # processes

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start the command line; the streams are pipes."""
        return subprocess.Popen(
            [*COMMAND, "-C", str(self.root), *words],
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "env": self.environ,
                "cwd": self.root.parent,
                **options,
            },
        )

    def run(self, *words: str, **options: Any) -> Result:
        """Run the command line."""
        if self.preloaded is not None and not options:
            return self.preloaded(["-C", str(self.root), *words], self.root.parent, self.environ)
        with self.start(*words, **options) as process:
            return finished(process)

    def apply(self, *words: str) -> Result:
        return self.run("apply", *ALLOW, *words)

    def converged(self) -> bool:
        """Tell whether a plan has nothing to do."""
        return self.run("plan", "--detailed-exitcode").code == 0

    # what the emulator has

    def stored(self) -> dict[str, Any]:
        """All tables of the emulator: rows by id, or numbers."""
        store = self.port.app.state.store
        if store.durable:
            names = [name for (name,) in store.execute("SELECT name FROM collections")]
        else:
            names = [*store._tables, *store._numbers]
        opened = {
            name: store.numbers(name) if "/blocked/" in name else store.table(name)
            for name in names
        }
        return {
            name: sorted(rows) if "/blocked/" in name else dict(rows)
            for name, rows in opened.items()
        }

    def objects(self) -> dict[str, list[Any]]:
        """What is live, without what differs from run to run; twins show as equal rows."""
        tables = self.stored()
        names = {
            str(identifier): row.get("categoryName") or row.get("tagName")
            for name, rows in tables.items()
            if name.endswith(("/categories", "/tags"))
            for identifier, row in rows.items()
        }
        found = {}
        for name, rows in tables.items():
            if "/" in name and not name.endswith("/settings"):
                plain = (
                    [_plain(row, names) for row in rows.values()]
                    if isinstance(rows, dict)
                    else rows
                )
                found[name] = sorted((each for each in plain if each), key=str)
        return {name: rows for name, rows in found.items() if rows}

    def undelivered(self) -> list[str]:
        """What is wrong in sinks: each must hold what the emulator's one row has."""
        tables = self.stored()
        wrong = []
        for file, (table, column, variable) in _SECRETS.items():
            rows = tables.get(f"octeth/{self.environ['OCTETH_API_KEY']}/{table}", {}).values()
            live = [row[column] for row in rows]
            path = self.root / file
            text = path.read_text() if path.exists() else None
            if text is not None and variable:
                text = dotenv_values(stream=StringIO(text)).get(variable)
            if live != [text]:
                wrong.append(f"{file} has {text!r}, the provider {live}")
        return wrong

    def writes(self) -> list[str]:
        """What was written so far, by identity, in order."""
        return [identity(log) for log in self.port.app.state.requests if is_write(log)]


def finished(process: subprocess.Popen[str], timeout: float = 50) -> Result:
    """Wait for a process."""
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        process.kill()
        raise
    return Result(code=process.returncode, out=out or "", err=err or "")


def _plain(row: Any, names: Mapping[str, str]) -> Any:
    """A row without ids, times and secrets; nothing for one that is marked as deleted."""
    if row.get("delYn") == "Y":
        return None
    kept = {name: value for name, value in row.items() if name not in _VOLATILE}
    if "contacts" in kept:
        kept["contacts"] = sorted(kept["contacts"])
    for name in ("categoryId", "categoryParentId"):
        if name in kept:
            kept[name] = names.get(str(kept[name]))
    if "tagIds" in kept:
        kept["tagIds"] = sorted(names[each] for each in kept["tagIds"])
    return _MARKER.sub("", json.dumps(kept, sort_keys=True))


# --- writes ---------------------------------------------------------------------------------------


def is_write(log: RequestLog) -> bool:
    """Tell whether a request changes something; Octeth reads with POST, Surenotify with PUT."""
    if log.method == "GET" or (log.method == "PUT" and "/v1/domains/" in log.path):
        return False
    command = str(log.body.get("Command", "")) if isinstance(log.body, dict) else ""
    return not command.startswith("EmailGateway.Get")


def identity(log: RequestLog) -> str:
    """Name a request so that it has the same name in every run."""
    body = log.body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "APIKey"}
    path = log.path.partition("/appKeys/")
    path = f"{path[0]}/{path[2].partition('/')[2]}" if path[1] else log.path
    return _MARKER.sub("", f"{log.method} {path} {json.dumps(body, sort_keys=True)}")


@dataclass(kw_only=True)
class Killer:
    """An emulator's hook that kills a process at the instant before or after one write."""

    wanted: str
    moment: str
    """"before": the write is never carried out; "after": it is, and nobody hears of it."""
    pid: int = 0
    struck: bool = False

    def __call__(self, moment: str, log: RequestLog) -> None:
        if self.struck or moment != self.moment or identity(log) != self.wanted:
            return
        self.struck = True
        os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # the test has seen it end first
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        raise ConnectionDropped


class Strike(Faults):
    """Does to chosen writes, the first time each comes, what a fault rule says."""

    def __init__(self, rule: Mapping[str, Any], wanted: Iterable[str]) -> None:
        super().__init__()
        self._rule = Rule.parse(rule)
        self._wanted = set(wanted)

    @property
    def missed(self) -> set[str]:
        """The writes that did not come."""
        return self._wanted

    def pick(self, request: Any) -> Injection:
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            body = None
        log = RequestLog(request.method, f"/{request.provider}{request.path}", body)
        if identity(log) not in self._wanted:
            return super().pick(request)
        self._wanted.remove(identity(log))
        return Injection(rule=self._rule)


# --- scenarios ------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Scenario:
    """Where an apply starts from, what it writes, and what is live in the end."""

    folder: Path
    port: Port
    preloaded: Preloaded
    changed: bool
    """From the example as applied to its second version; otherwise from nothing to the example."""
    writes: list[str] = field(default_factory=list)
    objects: dict[str, list[Any]] = field(default_factory=dict)
    _copies: int = 0

    def prepare(self) -> Scenario:
        """Apply undisturbed, to learn what is written and what comes out."""
        start = self.folder / "start"
        site = Site(start / "project", self.port)
        self.port.serve(data=start / "emulator.db")
        if self.changed:
            done = site.apply()
            assert done.code == 0, done.both
            site.change()
        self.port.app.state.close()
        site = self.copy()
        done = site.apply()
        assert done.code == 0, done.both
        assert site.converged()
        self.writes = site.writes()
        self.objects = site.objects()
        assert not site.undelivered()
        assert len(set(self.writes)) == len(self.writes), "two writes have one identity"
        return self

    def copy(self, **options: Any) -> Site:
        """A fresh copy of the start, served; the options are those of `build_app`."""
        self._copies += 1
        folder = self.folder / f"copy-{self._copies}"
        shutil.copytree(self.folder / "start", folder)
        self.port.serve(data=folder / "emulator.db", **options)
        return Site(folder / "project", self.port, preloaded=self.preloaded)

    def finish(self, site: Site, *, runs: int) -> list[str]:
        """Apply up to so many times, doing what is printed; return what is wrong then."""
        said = ""
        for _ in range(runs):
            result = site.apply()
            said = result.both[-1500:]
            if result.code == 4 and result.adoptions:
                self.adopt(site, result)
                result = site.apply()
                said += result.both[-1500:]
            if result.code == 0:
                break
        else:
            return [f"exit code {result.code} after {runs} runs\n{said}"]
        return self.leftovers(site)

    def adopt(self, site: Site, result: Result) -> None:
        """Follow the printed commands, which there may be for an anonymous secret only."""
        for words in result.adoptions:
            assert words[2] == ANONYMOUS, f"{words[2]} should need nobody\n{result.both}"
            resolved = site.run(*words)
            assert resolved.code == 0, resolved.both

    def leftovers(self, site: Site) -> list[str]:
        """Return what is not as after an undisturbed apply."""
        wrong = site.undelivered()
        found = site.objects()
        wrong += [
            f"{name}: {found.get(name)} instead of {self.objects.get(name)}"
            for name in sorted({*found, *self.objects})
            if found.get(name) != self.objects.get(name)
        ]
        planned = site.run("plan", "--detailed-exitcode")
        if planned.code != 0:
            wrong.append(f"a plan exits {planned.code}:\n{planned.both[-1500:]}")
        return wrong


Check = Callable[[str], list[str]]


def check_all(writes: Iterable[str], check: Check) -> None:
    """Check many writes, then fail with everything that is wrong."""
    wrong = {write: problems for write in writes if (problems := check(write))}
    assert not wrong, "\n\n".join(f"{w}\n  " + "\n  ".join(p) for w, p in wrong.items())
