"""Where the files of a run are, state and secrets among them: of a real one, and of a rehearsal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from shlex import quote

from msgspec import Struct

from reconciler.cli.settings import Settings
from reconciler.errors import StateOfAnother, UsageError
from reconciler.manifests.files import PROJECT_FILE
from reconciler.model.environment import Environment
from reconciler.model.on_disk import followed, is_there
from reconciler.model.resource import Configuration, Project
from reconciler.state.chest import NOT_ENCRYPTED, Encryption
from reconciler.state.files.layout import DEFAULT, FOLDER, Layout
from reconciler.state.open import is_remote, state_of, state_path

REHEARSALS = f"{FOLDER}/emulated"
"""Below the project's root: everything but manifests that `--emulate` reads and writes."""

REHEARSING = f"a rehearsal: its state and the secrets it makes lie in {REHEARSALS}/"


class Places(Struct, frozen=True, kw_only=True):
    """Where one run keeps its files, manifests apart."""

    state: str | None
    """The state store's URL; `None` is the project's default."""
    named_by_user: bool = False
    """Whether the user named `state` on the command line, rather than a file of the project."""
    encryption: Encryption = NOT_ENCRYPTED
    """How a state in a shared store is encrypted, and for whom."""
    folder: Path
    """The folder of the files that belong to the state, such as the emulator's data."""
    sinks: Path
    """The folder that relative paths of sinks start from."""


def places_of(
    settings: Settings, project: Project, environment: Environment, *, emulate: bool
) -> Places:
    """Return where the files of a run are; each environment has its own.

    A rehearsal never uses the state that `--state` or the project file names, and says so: its
    accounts would be taken for real ones, and its secrets would replace real ones.

    Raises:
        UsageError: `--state` names the state of a rehearsal for a real run.
        StateOfAnother: As `_refuse_to_begin_anew`.
    """
    rehearsals = project.root / REHEARSALS
    if emulate:
        if settings.state is not None:
            note = f"--state has no part in a rehearsal, whose own is in {REHEARSALS}/"
            settings.out.note_once(note)
        state = project.root / rehearsal_of(environment)
        return Places(state=str(state), folder=state.parent, sinks=state.parent / "sinks")
    url = state_of(project, environment) if settings.state is None else settings.state
    if url is not None and is_remote(url):
        return Places(
            state=url,
            named_by_user=settings.state is not None,
            encryption=encryption_of(settings, project),
            folder=project.root / FOLDER,
            sinks=project.root,
        )
    path = state_path(url, project.root)
    if settings.state is None:
        _refuse_to_begin_anew(project, environment, path)
    if followed(path).is_relative_to(followed(rehearsals)):
        raise UsageError(
            f"the state {url} is that of rehearsals, which knows made-up accounts only",
            hint="Name another --state, or rehearse with --emulate.",
        )
    return Places(state=url, folder=Layout(path).home, sinks=project.root)


def rehearsal_of(environment: Environment) -> str:
    """Return the state file of an environment's rehearsals, relative to the project's root."""
    return "/".join(part for part in (REHEARSALS, environment.name, DEFAULT) if part)


def encryption_of(settings: Settings, project: Project) -> Encryption:
    """Return how a project's state in a shared store is encrypted, and for whom."""
    return Encryption(
        recipients=project.state_recipients, alone=settings.one_key, ends=settings.decrypt
    )


def _refuse_to_begin_anew(project: Project, environment: Environment, path: Path) -> None:
    """Refuse to start a new state while no environment has claimed the one from before them.

    The run would create everything once more that the old state owns. Raises `StateOfAnother`.
    """
    if not environment.name or is_there(path):
        return
    if project.state is not None and is_remote(project.state):
        return
    former = state_path(project.state, project.root)
    claimed = (state_of(project, each) for each in project.environments.values())
    files = [state_path(url, project.root) for url in claimed if url is None or not is_remote(url)]
    if is_there(former) and former not in files:
        raise StateOfAnother(
            f"{environment.name} has no state yet, but {former} is from before there were "
            "environments",
            hint=f"Say whose it is, in reconciler.yaml: spec.environments.NAME.state: "
            f"{os.path.relpath(former, project.root)}. Or move it away.",
        )


def check_whereabouts(settings: Settings, configuration: Configuration, *, emulate: bool) -> None:
    """Warn when the state may be in another folder than the user expects.

    Without a project file, the state is in the folder where the command was started.

    Raises:
        UsageError: The folder of a manifest, or one above it, has a state of its own.
    """
    root = configuration.project.root
    named = settings.state is not None and not emulate
    if named or is_there(root / PROJECT_FILE):
        return
    state = f"{REHEARSALS if emulate else FOLDER}/{DEFAULT}"
    files = {each.origin.file for each in configuration.resources.values()}
    folders = {Path(os.path.normpath(root / file)).parent for file in files}
    _refuse_another_state(root, folders, state)
    doubt = "" if is_there(root / state) else _doubt(root, folders, state)
    if doubt:
        settings.out.note(settings.out.note_style.clean(doubt))


def _refuse_another_state(root: Path, folders: Iterable[Path], state: str) -> None:
    for folder in sorted({above for each in folders for above in (each, *each.parents)}):
        if not root.is_relative_to(folder) and is_there(folder / state):
            raise UsageError(
                f"{folder} has a state of its own: what it owns would be made and owned twice",
                hint=f"Run it there: -C {quote(str(folder))}. Or name this project's --state.",
            )


def _doubt(root: Path, folders: Iterable[Path], state: str) -> str:
    """Return why a new state here may be a mistake; "" where nothing hints at one."""
    outside = next((each for each in sorted(folders) if not each.is_relative_to(root)), None)
    if outside is not None:
        return f"state lies here, in {root}, not with the manifests: -C {outside} keeps it there"
    above = next((each for each in _within_repository(root) if is_there(each / state)), None)
    if above is not None:
        return f"there is a state in {above}, and none here: -C {above} is what made it"
    return ""


def _within_repository(root: Path) -> Iterator[Path]:
    """Yield the parents of a folder, up to the root of the Git repository."""
    for folder, parent in pairwise((root, *root.parents)):
        if is_there(folder / ".git"):
            return
        yield parent


def mention_rehearsals(settings: Settings, root: Path) -> None:
    """Point out the state of rehearsals, if there is one, to a user whose state is missing."""
    if not settings.emulate and (root / REHEARSALS / settings.environment / DEFAULT).exists():
        settings.out.note(f"what was rehearsed has a state of its own: --emulate ({REHEARSALS}/)")
