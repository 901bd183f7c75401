"""`reconciler import`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.parameters.completing import complete_folder
from reconciler.cli.parameters.options import emulate_option, lock_timeout_option, not_empty
from reconciler.cli.runs.importing import ImportRequest, carry_out
from reconciler.cli.settings import Settings
from reconciler.exit_codes import ExitCode
from reconciler.render.commands.imports import import_document, import_text


@declare(
    "import",
    examples=(
        ("reconciler import --out manifests", "Everything of every account."),
        ("reconciler import --out manifests --preview", "See what that would be."),
        (
            "reconciler import --provider nhn --kind Template --object welcome --out manifests",
            "One object, by its natural key or its id.",
        ),
        (
            "reconciler import --kind BlockList --object 0801234567 --with-recipients --out .",
            "A block list, which nothing lists, with its numbers.",
        ),
    ),
)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    callback=not_empty,
    shell_complete=complete_folder,
    help="The folder of manifests to write to.",
)
@click.option(
    "--provider",
    "providers",
    multiple=True,
    metavar="NAME",
    help="Only of this account; may be repeated.",
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be repeated."
)
@click.option(
    "--object", "object_", metavar="KEY", help="Only the object with this natural key or id."
)
@click.option("--as", "name", metavar="NAME", help="What that object is called in manifests.")
@click.option(
    "--layout",
    type=click.Choice(["kind", "object"]),
    default="kind",
    show_default=True,
    help="A file for each kind, or for each object. More than 200 of a kind have one each.",
)
@click.option("--with-recipients", is_flag=True, help="Also the numbers of block lists.")
@click.option("--with-contacts", is_flag=True, help="Also contacts, which are people.")
@click.option("--no-state", is_flag=True, help="Write manifests alone: the next apply takes over.")
@click.option("--preview", is_flag=True, help="Show what would be imported; write nothing.")
@click.option(
    "--allow-probe",
    is_flag=True,
    help="Find an object by a request that makes the provider do something.",
)
@click.option(
    "--deliver-to",
    metavar="TEMPLATE",
    help="Import what has a secret, too, and say where that is: 'file:secrets/{name}' or "
    "'envFile:.env:{NAME}'.",
)
@click.option("--keep", is_flag=True, help="Leave the files of an import that failed.")
@lock_timeout_option
@emulate_option
def command(
    settings: Settings,
    out: str,
    providers: tuple[str, ...],
    kinds: tuple[str, ...],
    object_: str | None,
    name: str | None,
    layout: str,
    with_recipients: bool,
    with_contacts: bool,
    no_state: bool,
    preview: bool,
    allow_probe: bool,
    deliver_to: str | None,
    keep: bool,
    emulate: bool,
) -> int:
    """Write manifests of live objects that nobody manages, and take them over.

    Nothing at a provider changes. Everything is written beside first, and planned: only what such
    a plan leaves exactly as it is comes into place, with its rows in state, all of it or nothing.
    Files that are there are only added to. No secret is ever written.

    Killing the process loses nothing: the next import or apply takes over what is left.

    Exit codes: 0 done or nothing to do, 1 error, 4 an unknown outcome of an earlier run.
    """
    request = ImportRequest(
        out=out,
        providers=providers,
        kinds=kinds,
        object=object_,
        name=name,
        layout=layout,
        recipients=with_recipients,
        contacts=with_contacts,
        no_state=no_state,
        preview=preview,
        probe=allow_probe,
        deliver_to=deliver_to,
        keep=keep,
        emulate=emulate,
    )
    report = carry_out(settings, request)
    style = settings.out.style

    def text() -> None:
        heading = f"Import into {out}" + (
            f" for {settings.environment}" * bool(settings.environment)
        )
        settings.out.result(import_text(report, style, heading=heading, preview=preview))

    settings.tell(lambda: import_document(report, preview=preview), text)
    return ExitCode.DONE
