"""Asks git whether a file is tracked. What cannot be found out is not taken for a no."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.on_disk import followed

if TYPE_CHECKING:
    import subprocess

_SECONDS = 10.0
_TRACKED = 0
"""What `git ls-files --error-unmatch` ends with; 1 where it is not."""
_DIFFERS = 1
"""What `git diff --quiet` ends with; 0 where it does not."""


class Unanswered(Exception):
    """Git is not there or gave no answer; the text says why."""


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks a file; where no repository is, nothing is tracked.

    Git is run without a shell, without the repository's own hooks and file monitor, and without
    the variables that a hook or `git -C` of a caller may have set. The repository may belong to
    somebody else, as in a container: nothing of it is run.

    Raises:
        Unanswered: The file lies in a repository and git does not say.
    """
    answer = _asked(path, "ls-files", "--error-unmatch", "--", str(path.absolute()))
    return answer == _TRACKED


def is_changed(path: Path) -> bool:
    """Tell whether a file that git tracks differs from the last commit, where git says so."""
    try:
        asked = ("diff", "--quiet", "--no-ext-diff", "--no-textconv", "HEAD", "--")
        return _asked(path, *asked, str(path.absolute())) == _DIFFERS
    except Unanswered:
        return False


def _asked(path: Path, *words: str) -> int | None:
    """Return what git ends with, 0 or 1; `None` where there is no repository."""
    folder = _nearest_folder(path)
    root = next((top for top in (folder, *folder.parents) if (top / ".git").exists()), None)
    if root is None:
        return None
    settings = (f"safe.directory={root}", "core.fsmonitor=false", "core.hooksPath=/dev/null")
    options = [word for setting in settings for word in ("-c", setting)]
    answer = _git("-C", str(folder), *options, *words)
    if answer.returncode not in {0, 1}:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unanswered(said[0] if said else f"git ended with {answer.returncode}")
    return answer.returncode


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    import shutil  # with its archives, several milliseconds that hardly any run needs
    import subprocess

    git = shutil.which("git")
    if git is None:
        raise Unanswered("git is not installed, or not in PATH")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(  # noqa: S603 -- no shell, a fixed command, the path after `--`
            [git, *words],
            env={**environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unanswered(f"git gave no answer in {_SECONDS:.0f} s") from None
    except OSError as error:
        raise Unanswered(f"git cannot be run: {error.strerror}") from None


def _nearest_folder(path: Path) -> Path:
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return followed(folder)
