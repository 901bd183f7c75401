"""Asks git whether a file is tracked or changed. No answer is an error, not a no."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.on_disk import followed, is_folder, is_there

if TYPE_CHECKING:
    import subprocess

_SECONDS = 10.0
_TRACKED = 0
"""The exit code of `git ls-files --error-unmatch` for a tracked file; 1 for others."""
_DIFFERS = 1
"""The exit code of `git diff --quiet` for a changed file; 0 for others."""


class Unanswered(Exception):
    """Git is not installed or gave no answer; the text says why."""


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks a file; outside of a repository it does not.

    Git is run without a shell, without the repository's hooks and file monitor, and without the
    variables that a calling hook or `git -C` may have set. The repository may belong to another
    user, as in a container, since nothing of it is run.

    Raises:
        Unanswered: The file is in a repository, and git gives no answer.
    """
    answer = _exit_code(path, "ls-files", "--error-unmatch", "--", str(path.absolute()))
    return answer == _TRACKED


def is_changed(path: Path) -> bool:
    """Tell whether a tracked file differs from the last commit; false if git gives no answer."""
    try:
        asked = ("diff", "--quiet", "--no-ext-diff", "--no-textconv", "HEAD", "--")
        return _exit_code(path, *asked, str(path.absolute())) == _DIFFERS
    except Unanswered:
        return False


def _exit_code(path: Path, *words: str) -> int | None:
    """Return the exit code of git, 0 or 1; `None` outside of a repository."""
    folder = _nearest_folder(path)
    root = next((top for top in (folder, *folder.parents) if is_there(top / ".git")), None)
    if root is None:
        return None
    settings = (f"safe.directory={root}", "core.fsmonitor=false", "core.hooksPath=/dev/null")
    options = [word for setting in settings for word in ("-c", setting)]
    answer = _git("-C", str(folder), *options, *words)
    if answer.returncode not in {0, 1}:
        lines = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unanswered(lines[0] if lines else f"git ended with {answer.returncode}")
    return answer.returncode


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    import shutil  # takes several milliseconds that hardly any run needs
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
    while not is_folder(folder) and folder != folder.parent:
        folder = folder.parent
    return followed(folder)
