"""`reconciler emulator`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import click

from reconciler.cli.app import declare
from reconciler.cli.settings import Settings
from reconciler.emulator import outcomes
from reconciler.emulator.app import build_app, emulator_types
from reconciler.emulator.faults import FaultRuleError, Faults
from reconciler.emulator.request_log import request_line
from reconciler.emulator.server import EmulatorServer
from reconciler.emulator.smtp import SmtpServer
from reconciler.errors import Stopped, UsageError

Server = TypeVar("Server", EmulatorServer, SmtpServer)


@declare(
    "emulator",
    examples=(
        ("reconciler emulator --port 8025", "Then baseUrl: http://127.0.0.1:8025/nhncloud-sms"),
        (
            "reconciler emulator --data demo.db --latency 0.05",
            "Kept between runs, and as slow as the real thing.",
        ),
        (
            "reconciler emulator --output json",
            '{"url": …, "providers": {type: base URL}} on one line, for scripts.',
        ),
        (
            "reconciler emulator --reading octeth.generation=5.7",
            "Another reading of the documentation.",
        ),
    ),
    terms={"What becomes of a message, by its recipient": outcomes.table()},
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="0: any free one."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
)
@click.option(
    "--smtp-port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Take mail by SMTP as well; 0: any free port.",
)
@click.option("--data", metavar="FILE", help="Keep what clients make in FILE.  [default: memory]")
@click.option(
    "--latency",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="S",
    help="Seconds before each answer.",
)
@click.option("--faults", metavar="FILE", help="JSON list of rules that make it misbehave.")
@click.option(
    "--log-requests",
    is_flag=True,
    help="Write each request to stderr: method, path and status.",
)
@click.option(
    "--callbacks",
    is_flag=True,
    help="Call webhooks whose URL is http on this computer.",
)
@click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="TYPE.NAME=VALUE",
    help="Where the documentation can be read in two ways; may be repeated.",
)
def command(
    settings: Settings,
    port: int,
    host: str,
    smtp_port: int | None,
    data: str | None,
    latency: float,
    faults: str | None,
    log_requests: bool,
    callbacks: bool,
    readings: tuple[str, ...],
) -> int:
    """Serve emulated providers on a port.

    Once it accepts requests it prints one line to stdout: the URL, and each provider type's base
    URL. Stops on SIGINT or SIGTERM. GET /__emulator__ tells more.

    GET /__emulator__/sent lists the messages that providers accepted,
    GET /__emulator__/callbacks the webhook calls that follow from them, and
    PUT /__emulator__/clock {"forward": 3600} lets an hour pass.

    With --smtp-port the line also has the SMTP server and the file of its certificate authority:
    SSL_CERT_FILE has to name that where mail is sent, since certificates are always verified.
    """
    chosen = _readings(readings)
    try:
        app = build_app(
            data=None if data is None else Path(data),
            readings=chosen,
            latency=latency,
            faults=_faults(faults),
            callbacks=callbacks,
            on_answer=(lambda log, status: settings.out.note(request_line(log, status)))
            if log_requests
            else None,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    with ExitStack() as opened:
        opened.callback(app.state.close)
        server = _listening(lambda: EmulatorServer(app, port=port, host=host), host, port)
        smtp = None
        if smtp_port is not None:
            hosts = (getattr(each, "mail_host", None) for each in app.state.emulators.values())
            mail_host = next(each for each in hosts if each is not None)
            made = _listening(
                lambda: SmtpServer(mail_host, port=smtp_port, host=host), host, smtp_port
            )
            smtp = opened.enter_context(made)
        try:
            server.run(lambda url: _announce(settings, url, smtp))
        except Stopped as error:  # the usual end of a server
            return error.exit_code
    return 0


def _listening(make: Callable[[], Server], host: str, port: int) -> Server:
    try:
        return make()
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None


def _announce(settings: Settings, url: str, smtp: SmtpServer | None) -> None:
    """Write the one line with all addresses of the emulator."""
    bases = {name: f"{url}/{name}" for name in emulator_types()}
    document: dict[str, object] = {"url": url, "providers": bases}
    named = [f"{name}={base}" for name, base in bases.items()]
    if smtp is not None:
        authority = str(smtp.authority)
        document["smtp"] = {"host": smtp.host, "port": smtp.port, "authority": authority}
        named += [f"smtp={smtp.host}:{smtp.port}", f"SSL_CERT_FILE={authority}"]
    line = json.dumps(document) if settings.json else f"{url}  {'  '.join(named)}"
    settings.out.raw(f"{line}\n")
    settings.out.documented = True


def _readings(words: Sequence[str]) -> dict[str, dict[str, str]]:
    chosen: dict[str, dict[str, str]] = {}
    for word in words:
        place, sign, value = word.partition("=")
        provider_type, dot, name = place.partition(".")
        if not sign or not dot or not value:
            raise UsageError(
                f"{word!r} is not a reading",
                hint="A reading is TYPE.NAME=VALUE, such as octeth.generation=5.7.",
            )
        chosen.setdefault(provider_type, {})[name] = value
    return chosen


def _faults(file: str | None) -> Faults:
    if file is None:
        return Faults()
    try:
        return Faults.load(Path(file))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (FaultRuleError, ValueError) as error:
        raise UsageError(f"{file}: {error}") from None
