"""`reconciler compare`."""

from __future__ import annotations

from collections.abc import Callable

import click

from reconciler.cli.app import declare
from reconciler.cli.opening.reading import Reader
from reconciler.cli.parameters.completing import complete_environment, complete_kind
from reconciler.cli.parameters.kinds import find_kind
from reconciler.cli.parameters.labels import labels
from reconciler.cli.parameters.options import selector_option
from reconciler.cli.settings import Settings
from reconciler.engine.planning.frame import matches
from reconciler.errors import UsageError
from reconciler.exit_codes import ExitCode
from reconciler.manifests.comparing import Entry, differences, entries
from reconciler.manifests.fault import raise_faults
from reconciler.manifests.schema.schemas import CANARY
from reconciler.render.commands.comparison import Comparison, comparison_document, comparison_text

Chooses = Callable[[Entry], bool]


@declare(
    "compare",
    examples=(
        ("reconciler compare staging production", "What would production get, or lose?"),
        ("reconciler compare staging production --kind Template", "Templates alone."),
    ),
)
@click.argument("one", metavar="ENV", shell_complete=complete_environment)
@click.argument("other", metavar="ENV", shell_complete=complete_environment)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    shell_complete=complete_kind,
    help="Only of this kind; may be repeated.",
)
@selector_option("Only resources with this label; repeated: with all of them.")
def command(
    settings: Settings,
    one: str,
    other: str,
    kinds: tuple[str, ...],
    selectors: tuple[str, ...],
) -> int:
    """Show what differs between the manifests of two environments.

    With the values of variables in them, field by field: accounts, resources and canaries. Offline;
    what state and providers have makes no difference.

    Exit codes: 0 nothing differs, 1 error, 2 something differs.
    """
    if settings.env is not None:
        raise UsageError(
            "compare is about two environments, so --env has no meaning",
            hint="Name both: reconciler compare staging production",
        )
    chooses = _chooser(kinds, selectors)
    before, after = (_entries(name, chooses) for name in (one, other))
    if selectors and not before and not after:
        raise UsageError(
            f"nothing to compare: neither {one} nor {other} has such a manifest",
            hint="Choose by another --selector, or compare all.",
        )
    found = differences(before, after)
    alike = len({*before, *after}) - len(found)
    comparison = Comparison(before=one, after=other, differences=found, alike=alike)
    out = settings.out
    if settings.json:
        out.document(comparison_document(comparison))
    else:
        out.result(comparison_text(comparison, out.style))
    return ExitCode.CHANGES if found else ExitCode.DONE


def _entries(environment: str, chooses: Chooses) -> dict[str, Entry]:
    """Return an environment's chosen entries; raises `ManifestError`, and as `Reader.read`."""
    reading = Reader().read(environment)
    raise_faults(reading.faults)
    found = entries(reading.configuration)
    return {address: entry for address, entry in found.items() if chooses(entry)}


def _chooser(kinds: tuple[str, ...], selectors: tuple[str, ...]) -> Chooses:
    """Return a function that tells whether an entry is chosen; raises `UsageError`."""
    chosen = {found for kind in kinds for found in _kinds_of(kind)}
    selector = labels(selectors)

    def chooses(entry: Entry) -> bool:
        return (not chosen or entry.kind in chosen) and matches(selector, entry.labels)

    return chooses


def _kinds_of(kind: str) -> set[str]:
    if kind.casefold() == CANARY.casefold():
        return {CANARY}
    return {name for _, name in find_kind(kind)}
