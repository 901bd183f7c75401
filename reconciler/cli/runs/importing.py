"""Reads the options of `import`, and carries it out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.reading import Reader, kinds_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.own_files import manifest_folders
from reconciler.cli.parameters.kinds import find_kind
from reconciler.cli.runs.endings import ending_in_words
from reconciler.cli.runs.watching import watching
from reconciler.cli.settings import Settings
from reconciler.engine.importing.importer import Importer
from reconciler.engine.importing.options import Delivery, ImportOptions
from reconciler.engine.importing.prepared import Prepared
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.manifests.fault import no_provider, raise_faults
from reconciler.manifests.files import inside, is_manifest
from reconciler.manifests.paths import NamedFile, check_path
from reconciler.manifests.schema.rules import PathField, is_name
from reconciler.manifests.writing.layout import folder_of
from reconciler.model.composed import composed_text
from reconciler.model.imported import ImportReport
from reconciler.model.resource import Configuration, Project

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from reconciler.providers.kind import Kind

_VARIABLE = re.compile("[A-Za-z_][0-9A-Za-z_]*")
_IDLE = {
    "--with-recipients": "what was chosen has no lists of numbers",
    "--with-contacts": "what was chosen has no contacts",
    "--deliver-to": "what was chosen has no secrets",
    "--allow-probe": "it is about one object, --object KEY",
    "--keep": "a preview leaves no files",
}
"""Why an option has no effect."""
_FORMS = "'file:secrets/{name}' or 'envFile:.env:{NAME}'"


class ImportRequest(Struct, frozen=True, kw_only=True):
    """The options of one import."""

    out: str
    providers: tuple[str, ...]
    kinds: tuple[str, ...]
    object: str | None
    name: str | None
    layout: str
    recipients: bool
    contacts: bool
    no_state: bool
    preview: bool
    probe: bool
    deliver_to: str | None
    keep: bool
    emulate: bool


def carry_out(settings: Settings, request: ImportRequest) -> ImportReport:
    """Import, or preview an import, and return the report; raises `ReconcilerError`."""
    reader = Reader(emulate=request.emulate)
    configuration = _read(reader, settings, {})
    options = options_of(request, configuration)
    folder = folder_of(request.out, configuration.project, Path.cwd())
    writes = not (request.preview or request.no_state)

    def reload(instead: Mapping[str, str]) -> Configuration:
        return _read(reader, settings, instead)

    async def work(_stop: asyncio.Event) -> ImportReport:
        async with opened_workspace(
            settings, configuration, emulate=request.emulate, writes=writes
        ) as workspace:
            with watching(settings.out) as progress:
                importer = Importer(
                    workspace,
                    options,
                    folder,
                    reload,
                    keep=request.keep,
                    progress=progress.reading,
                )
                try:
                    return await _imported(settings, workspace, importer, request)
                finally:
                    importer.close()

    return settings.interrupts.run(work)


def _read(reader: Reader, settings: Settings, instead: Mapping[str, str]) -> Configuration:
    reading = reader.read(settings.environment, instead)
    raise_faults(reading.faults)
    return reading.configuration


async def _imported(
    settings: Settings, workspace: Workspace, importer: Importer, request: ImportRequest
) -> ImportReport:
    prepared = await settings.interrupts.unless_stopped(importer.prepare())
    if request.preview or not prepared.has_work:
        return importer.preview(prepared)
    settings.interrupts.check()
    if request.no_state:
        return await importer.land(prepared, None)
    return await _locked(settings, workspace, importer, prepared)


async def _locked(
    settings: Settings, workspace: Workspace, importer: Importer, prepared: Prepared
) -> ImportReport:
    begin = begun(settings, workspace.store, "import")
    with await begin as run, ending_in_words(run, workspace.store):
        report = await importer.land(prepared, run)
        run.finish("done", {"adopt done": len(prepared.rows)})
        return report


def options_of(request: ImportRequest, configuration: Configuration) -> ImportOptions:
    """Return the engine's options; raises `UsageError` for unknown or contradictory ones."""
    providers = frozenset(request.providers)
    for name in sorted(providers - configuration.accounts.keys()):
        message, hint = no_provider(name, configuration.accounts)
        raise UsageError(message, hint=hint)
    kinds = frozenset(map(_kind, request.kinds))
    _check_use(request, _chosen(configuration, providers, kinds), kinds)
    if request.object is not None:
        providers = _only_provider(request, configuration, kinds)
    if request.name is not None:
        _check_name(request)
    return ImportOptions(
        providers=providers,
        kinds=kinds,
        object=request.object or "",
        name=composed_text(request.name or ""),
        own_files=request.layout == "object",
        recipients=request.recipients,
        people=request.contacts,
        probe=request.probe,
        delivery=_delivery(request, configuration.project),
        state=not request.no_state,
    )


def _kind(typed: str) -> str:
    return find_kind(typed)[0][1]


def _chosen(
    configuration: Configuration, providers: frozenset[str], kinds: frozenset[str]
) -> list[Kind]:
    """Return the kinds of the chosen accounts that are to be imported."""
    return [
        kind
        for name, account in configuration.accounts.items()
        for kind in kinds_of(account.type).values()
        if (not providers or name in providers) and (not kinds or kind.name in kinds)
    ]


def _check_use(request: ImportRequest, chosen: Sequence[Kind], kinds: frozenset[str]) -> None:
    """Raise `UsageError` for a kind that no chosen account has, or an option without an effect."""
    for name in sorted(kinds - {kind.name for kind in chosen}):
        who = " and ".join(request.providers) or "This project"
        raise UsageError(f"{who} has no {name}", hint="`reconciler providers` shows who has which.")
    narrowed = bool(request.providers or kinds)
    idle = {
        "--with-recipients": request.recipients and narrowed and not any(k.members for k in chosen),
        "--with-contacts": request.contacts and narrowed and not any(k.is_personal for k in chosen),
        "--deliver-to": request.deliver_to and narrowed and not any(k.sinks for k in chosen),
        "--allow-probe": request.probe and request.object is None,
        "--keep": request.keep and request.preview,
    }
    for option in (option for option, is_idle in idle.items() if is_idle):
        raise UsageError(f"{option} would do nothing: {_IDLE[option]}", hint="Leave it out.")


def _only_provider(
    request: ImportRequest, configuration: Configuration, kinds: frozenset[str]
) -> frozenset[str]:
    """Return the provider of `--object`; raises `UsageError` where it is not the only one."""
    if len(kinds) != 1:
        raise UsageError("--object needs its kind", hint="Name it: --kind Template.")
    [kind] = kinds
    named = request.providers or tuple(
        name for name, each in configuration.accounts.items() if kind in kinds_of(each.type)
    )
    if len(named) == 1:
        return frozenset(named)
    what = "no provider has a" if not named else "several providers have a"
    raise UsageError(
        f"--object: {what} {kind}", hint="Name the provider: --provider NAME." if named else ""
    )


def _check_name(request: ImportRequest) -> None:
    if request.object is None:
        raise UsageError("--as names one object", hint="Say which: --object KEY.")
    if not is_name(composed_text(request.name or "")):
        raise UsageError(
            f"--as {request.name}: no resource can have this name",
            hint="Letters, digits and . _ - @ +, beginning with a letter or a digit.",
        )


def _delivery(request: ImportRequest, project: Project) -> Delivery | None:
    """Return where `--deliver-to` puts secrets; raises `UsageError` for a place not allowed."""
    if request.deliver_to is None:
        return None
    delivery = delivery_of(request.deliver_to)
    root = project.root.resolve()
    path = delivery.path("name")
    wrong = check_path(root, PathField(path=(), mode="write"), path)
    if isinstance(wrong, NamedFile):
        folder = str(Path(wrong.real).parent)
        found = is_manifest(path) and any(inside(folder, each) for each in manifest_folders())
        wrong = "would be read as a manifest" if found else ""
    if not wrong and delivery.variable and not _VARIABLE.fullmatch(delivery.variable_of("name")):
        wrong = "needs the name of a variable: letters, digits and _"
    if wrong:
        raise UsageError(
            f"--deliver-to {request.deliver_to!r} {wrong}", hint=f"Write {_FORMS}, for example."
        )
    return delivery


def delivery_of(text: str) -> Delivery:
    """Read `--deliver-to`; raises `UsageError`."""
    form, _, rest = text.partition(":")
    if form == "file" and "{name}" in rest:
        return Delivery(file=rest)
    path, _, variable = rest.rpartition(":")
    if form == "envFile" and path and "{NAME}" in variable:
        return Delivery(file=path, variable=variable)
    raise UsageError(
        f"--deliver-to {text!r} does not say where the secret of each object goes",
        hint=f"Write {_FORMS}: every object needs a place of its own.",
    )
