"""Asks git whether a file is tracked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 10.0


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks a file; where git or a repository is missing, nothing is tracked.

    Git is run without a shell, without the repository's own hooks and file monitor, and without
    the variables that a hook or `git -C` of a caller may have set.
    """
    folder = _nearest_folder(path)
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return False
    git = shutil.which("git")
    if git is None:
        return False
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    options = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    try:
        answer = subprocess.run(  # noqa: S603 -- no shell, a fixed command, the path after `--`
            [git, "-C", str(folder), *options, "ls-files", "--error-unmatch", "--", str(path)],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _nearest_folder(path: Path) -> Path:
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder.resolve()
