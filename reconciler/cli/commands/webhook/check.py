"""`webhook check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.webhook.group import command
from reconciler.cli.settings import Settings
from reconciler.cli.webhooks.callbacks import LARGEST_CALL, key_options, signer_of
from reconciler.errors import UsageError
from reconciler.model.resource import STDIN
from reconciler.providers.callbacks import Call, CallFault
from reconciler.render.commands.callbacks import Verified, verified_document, verified_text


@subcommand(
    command,
    "check",
    examples=(
        (
            "reconciler webhook check mail call.json --header 'x-surenotify-signature: 5d41…'",
            "With the key that the manifest of provider `mail` names.",
        ),
        (
            'reconciler webhook check surenotify - --secret-env KEY --header "$HEADER" < call.json',
            "Without a project.",
        ),
    ),
)
@click.argument("provider", metavar="PROVIDER|TYPE")
@click.argument("file", required=False, default=STDIN, metavar="[FILE]")
@click.option(
    "--header",
    "headers",
    multiple=True,
    required=True,
    metavar="'NAME: VALUE'",
    help="The call's header with the signature; may be repeated.",
)
@key_options
def check(
    settings: Settings,
    provider: str,
    file: str,
    headers: tuple[str, ...],
    secret_env: str | None,
    secret_file: str | None,
) -> int:
    """Verify the signature of one call, whose body is in a file or comes from stdin.

    The body must be what came, byte for byte. Exit code 0: the provider signed it; 1: it did not.
    """
    signer = signer_of(settings, provider, secret_env, secret_file)
    call = Call(headers=_headers(headers), body=_body(file))
    try:
        signer.callbacks.verify(call, signer.key)
        seen = Verified(provider=provider, events=signer.callbacks.events(call))
    except CallFault as fault:
        seen = Verified(provider=provider, fault=str(fault))
    if settings.json:
        settings.out.document(verified_document(seen))
    else:
        settings.out.result(verified_text(seen, settings.out.style))
    return 1 if seen.fault else 0


def _headers(lines: Sequence[str]) -> dict[str, str]:
    made = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise UsageError(
                f"{line!r} is not a header", hint="A header is 'NAME: VALUE', in quotes."
            )
        made[name.strip().lower()] = value.strip()
    return made


def _body(file: str) -> bytes:
    try:
        with sys.stdin.buffer if file == STDIN else Path(file).open("rb") as stream:
            body = stream.read(LARGEST_CALL + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    if len(body) > LARGEST_CALL:
        raise UsageError(f"{file} is larger than {LARGEST_CALL} bytes: no webhook call")
    return body
