"""`webhook receive`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TextIO

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.webhook.group import command
from reconciler.cli.own_files import check_place, manifest_folders
from reconciler.cli.settings import Settings
from reconciler.cli.webhooks.callbacks import key_options, signer_of
from reconciler.cli.webhooks.receiving import Receiver
from reconciler.emulator.server import EmulatorServer
from reconciler.errors import Stopped, UsageError
from reconciler.providers.callbacks import Call
from reconciler.render.commands.callbacks import Verified, verified_document, verified_text


@subcommand(
    command,
    "receive",
    examples=(
        ("reconciler webhook receive mail --port 8080", "Then let the provider call this port."),
        (
            "reconciler webhook receive sms --port 8080 --save receipts.ndjson",
            "Keep the calls, for `reconciler verify --receipts`.",
        ),
        ("reconciler webhook receive mail --output json | jq .events", "A line of JSON a call."),
    ),
)
@click.argument("provider", metavar="PROVIDER|TYPE")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="0: any free one."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
)
@click.option(
    "--save",
    metavar="FILE",
    help="Append the body of each genuine call to FILE, a line each. It names recipients.",
)
@key_options
def receive(
    settings: Settings,
    provider: str,
    port: int,
    host: str,
    save: str | None,
    secret_env: str | None,
    secret_file: str | None,
) -> int:
    """Listen for webhook calls, verify each, and print what it reports.

    Answers 200 to the provider's calls and 401 to all others. Providers call public HTTPS URLs
    alone: put a tunnel or a proxy in front. Stops on SIGINT or SIGTERM.
    """
    signer = signer_of(settings, provider, secret_env, secret_file)
    saved = None if save is None else _opened(save)

    def show(call: Call, seen: Verified) -> None:
        if saved is not None and seen.events:
            saved.write(json.dumps(call.json(), ensure_ascii=False) + "\n")
            saved.flush()
        if settings.json:
            settings.out.raw(json.dumps(verified_document(seen)) + "\n")
        else:
            settings.out.result(verified_text(seen, settings.out.style))

    def ready(url: str) -> None:
        settings.out.note(f"listening on {url} for calls that {signer.callbacks.key} signs")
        settings.out.documented = True

    try:
        server = EmulatorServer(Receiver(signer, show), port=port, host=host)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    try:
        server.run(ready)
    except Stopped as error:  # the usual end of a server
        return error.exit_code
    finally:
        if saved is not None:
            saved.close()
    return 0


def _opened(name: str) -> TextIO:
    """Open a file of calls for its owner alone, to append to; raises `UsageError`."""
    check_place(Path(name), _holds_calls, manifest_folders(), cannot="calls cannot be saved to")
    try:
        descriptor = os.open(
            Path(name), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from None
    return os.fdopen(descriptor, "a", encoding="utf-8")


def _holds_calls(text: str) -> bool:
    """Tell by its first line whether a file holds calls, one a line, and no document of ours."""
    try:
        first = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and not {"apiVersion", "formatVersion"} & first.keys()
