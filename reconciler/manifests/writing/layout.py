"""Names the file an imported manifest goes into, and checks the folder of an import."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from reconciler.errors import ImportOutsideManifests, UsageError
from reconciler.exit_codes import ExitCode
from reconciler.manifests.files import PROJECT_FILE, inside
from reconciler.model.on_disk import is_folder, is_there
from reconciler.model.resource import Project

MOST_IN_A_FILE = 200
"""If there are more manifests of a kind, each goes into a file of its own."""
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def plural(kind: str) -> str:
    """Return the plural of a kind, as files are named: `block-lists`, `categories`."""
    name = singular(kind)
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2] not in "aeiou" else f"{name}s"


def singular(kind: str) -> str:
    """Return a kind's name in small letters with hyphens: `block-list`."""
    return _CAPITAL.sub("-", kind).lower()


def file_of(provider: str, kind: str, name: str, *, alone: bool) -> str:
    """Return the file of a manifest, relative to the import's folder.

    With `alone` the file is the manifest's own; without, all of the kind share it.
    """
    folder = folder_of_kind(provider, kind)
    return f"{folder}/{name}.yaml" if alone else f"{folder}.yaml"


def folder_of_kind(provider: str, kind: str) -> str:
    """Return the folder for a kind's manifests if each has a file of its own."""
    return f"{provider}/{plural(kind)}"


def numbered(name: str) -> Iterator[str]:
    """Yield a file's name, then `name-2`, `name-3` and so on, all with its ending."""
    yield name
    head, slash, last = name.rpartition("/")
    stem, dot, ending = last.partition(".")
    for number in count(2):
        yield f"{head}{slash}{stem}-{number}{dot}{ending}"


def folder_of(out: str, project: Project, cwd: Path) -> Path:
    """Return the absolute path of the folder that an import writes to; it need not exist.

    Raises:
        UsageError: It is not a folder, or its parent folder is missing.
        ImportOutsideManifests: The project reads no manifests from there.
    """
    typed = Path(os.path.normpath(cwd / out))
    try:
        typed.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}", hint="Name another folder.") from None
    if typed.is_symlink() or (is_there(typed) and not is_folder(typed)):
        raise UsageError(f"--out {out} is not a folder", hint="Name a folder of manifests.")
    if not is_there(typed) and not is_folder(typed.parent):
        raise UsageError(
            f"--out {out}: there is no folder {typed.parent}",
            hint="Make it first, or name another.",
        )
    real = Path(os.path.realpath(typed))
    _within(out, real, project)
    return real


def _within(out: str, real: Path, project: Project) -> None:
    """Raise `ImportOutsideManifests` unless the project reads manifests from the folder."""
    root = project.root
    if not inside(str(real), str(root)):
        error = ImportOutsideManifests(
            f"--out {out} is not in the project, whose root is {root}",
            hint="Name a folder below it, or go to the other project with -C.",
        )
        error.exit_code = ExitCode.USAGE  # whatever the project says, no import can go there
        raise error
    steps = real.relative_to(root).parts
    if any(step.startswith(".") for step in steps):
        raise ImportOutsideManifests(
            f"--out {out} is hidden: manifests are not looked for there",
            hint="Name a folder whose name does not begin with a dot.",
        )
    folders = [root.joinpath(*steps[: n + 1]) for n in range(len(steps))]
    other = next((each for each in folders if is_there(each / PROJECT_FILE)), None)
    if other is not None:
        raise ImportOutsideManifests(
            f"--out {out} is in another project, whose root is {other}",
            hint=f"Import there: reconciler -C {other} import",
        )
    places = [os.path.realpath(root / each) for each in project.manifests or (".",)]
    if not any(inside(str(real), place) for place in places):
        named = ", ".join(project.manifests)
        raise ImportOutsideManifests(
            f"--out {out} is not among the manifests of this project: {named}",
            hint=f"Name a folder there, or add this one to spec.manifests in {PROJECT_FILE}.",
        )
