"""Where a run keeps what it remembers and delivers what it made: for real, or of a rehearsal."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.model.resource import Project
from reconciler.state.files.layout import FOLDER, Layout
from reconciler.state.open import state_path

REHEARSALS = f"{FOLDER}/emulated"
"""Below the project's root: all that `--emulate` reads and writes, but for the manifests."""

REHEARSING = f"a rehearsal: its state and the secrets it makes lie in {REHEARSALS}/"


class Places(Struct, frozen=True, kw_only=True):
    """The files of one run outside of the manifests."""

    state: str | None
    """The state store's URL; `None` is the project's default."""
    folder: Path
    """Where what belongs to that state lies, such as the emulator's data."""
    sinks: Path
    """What a sink's relative path starts from."""


def places_of(settings: Settings, project: Project, *, emulate: bool) -> Places:
    """Return where a run's files lie; raises `UsageError` for a rehearsal's state in a real run.

    A rehearsal has a state of its own, whatever `--state` and the project file say: made-up
    accounts would be taken for the real ones, and made-up secrets would replace real ones.
    """
    rehearsals = project.root / REHEARSALS
    if emulate:
        state = rehearsals / "state.db"
        return Places(state=str(state), folder=rehearsals, sinks=rehearsals / "sinks")
    url = settings.state or project.state
    path = state_path(url, project.root)
    if path.resolve().is_relative_to(rehearsals.resolve()):
        raise UsageError(
            f"the state {url} is that of rehearsals, which knows made-up accounts only",
            hint="Name another --state, or rehearse with --emulate.",
        )
    return Places(state=url, folder=Layout(path).home, sinks=project.root)


def mention_rehearsals(settings: Settings, root: Path) -> None:
    """Tell who finds no state that what they look for may have been rehearsed."""
    if not settings.emulate and (root / REHEARSALS / "state.db").exists():
        settings.out.note(f"what was rehearsed has a state of its own: --emulate ({REHEARSALS}/)")
