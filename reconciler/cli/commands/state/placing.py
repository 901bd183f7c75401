"""`state migrate`, `verify` and `environments`: moves, checks and lists states."""

from __future__ import annotations

import time
from pathlib import Path

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, locked, say
from reconciler.cli.opening.places import encryption_of, rehearsal_of
from reconciler.cli.opening.stores import open_state, opened_project_store, project_and_environment
from reconciler.cli.parameters.options import lock_timeout_option, one_key_option
from reconciler.cli.settings import Settings
from reconciler.errors import StateError, UntrustedHost, UsageError
from reconciler.manifests.fault import Fault, raise_faults
from reconciler.manifests.project import find_root, read_project
from reconciler.model.environment import Environment
from reconciler.model.resource import Project
from reconciler.render.commands.stores import (
    Whereabouts,
    environments_document,
    environments_text,
    moved_document,
    moved_text,
)
from reconciler.state import moving
from reconciler.state.base import Run, StateStore
from reconciler.state.content import Content, Seed
from reconciler.state.open import state_of


@subcommand(
    command,
    "migrate",
    examples=(
        (
            "reconciler state migrate --to postgresql://db.internal/messaging",
            "From a file to a database that CI reaches, too.",
        ),
    ),
)
@click.option("--to", "target", metavar="URL", required=True, help="Where the state goes.")
@one_key_option
@lock_timeout_option
def migrate(settings: Settings, target: str) -> int:
    """Move the whole state to another store.

    Rows, journal, history and the key are copied and read again; then a note at the old place
    refuses every run there and names the new one. A crash leaves the state at the old place, and
    the command can be repeated.
    """
    if settings.emulate:
        raise UsageError("the state of rehearsals stays where it is", hint="Leave out --emulate.")
    project, environment = project_and_environment(settings)
    encryption = encryption_of(settings, project)

    def open_target(seed: Seed | None) -> StateStore:
        create = seed is not None
        return open_state(
            target,
            project,
            environment,
            named_by_user=True,
            create=create,
            seed=seed,
            encryption=encryption,
        )

    def move(store: StateStore, run: Run) -> Content:
        return moving.migrate(store, run, target=target, open_target=open_target, now=time.time())

    with opened_project_store(settings) as store:
        if not store.lineage:
            raise StateError(
                "there is no state to move yet",
                hint=f"Set `{_setting(environment)}: {target}`: the first apply makes it there.",
            )
    content = locked(settings, moving.MIGRATE, move)
    if settings.json:
        settings.out.document(moved_document(content, target))
    else:
        text = moved_text(content, target, settings.out.style, environment=environment.name)
        settings.out.result(text)
    return 0


def _setting(environment: Environment) -> str:
    """Return the setting of `reconciler.yaml` that names the state of an environment alone."""
    return f"spec.environments.{environment.name}.state" if environment.name else "spec.state"


@subcommand(command, "verify", examples=(("reconciler state verify", "Is all of it whole?"),))
def verify(settings: Settings) -> int:
    """Check every row, sum and event of the state.

    Every run checks what it reads; this reads all of it.
    """
    with opened_project_store(settings) as store:
        if not store.lineage:
            say(settings, "There is no state yet.")
            return 0
        store.verify()
        owned, serial = len(store.objects()), store.serial
    say(settings, f"The state is whole: serial {serial}, {owned} objects.")
    return 0


@subcommand(
    command,
    "environments",
    examples=(("reconciler state environments", "Which environment has which state?"),),
)
def environments(settings: Settings) -> int:
    """List where the state of each environment lies, and how far it is.

    Needs no --env; with --emulate, the states of rehearsals. A state that cannot be reached from
    here is told with its problem.
    """
    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    declared = [each for name, each in project.environments.items() if name]
    if declared and settings.state is not None:
        raise UsageError(
            "--state names one state, and each environment has its own",
            hint="Leave --state out.",
        )
    chosen = declared or [Environment(state=settings.state)]
    found = [_whereabouts(project, each, emulate=settings.emulate) for each in chosen]
    if settings.json:
        settings.out.document(environments_document(found))
    else:
        settings.out.result(environments_text(found, settings.out.style))
    return 0


def _whereabouts(project: Project, environment: Environment, *, emulate: bool) -> Whereabouts:
    url = state_of(project, environment)
    if emulate:
        url = rehearsal_of(environment)
    name, place = environment.name or "default", url or ".reconciler/state.db"
    try:
        store = open_state(url, project, environment, create=False)
    except (StateError, UntrustedHost) as error:
        return Whereabouts(name=name, place=place, problem=error.message)
    try:
        if not store.lineage:
            return Whereabouts(name=name, place=place)
        return Whereabouts(
            name=name,
            place=place,
            lineage=store.lineage,
            serial=store.serial,
            objects=len(store.objects()),
            last=next(iter(store.history(1)), None),
        )
    except StateError as error:
        return Whereabouts(name=name, place=place, problem=error.message)
    finally:
        store.close()
