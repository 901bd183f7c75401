"""Reads a list of files that another program made: a path a line, as `git diff --name-only`."""

from __future__ import annotations

import stat
from pathlib import Path

from reconciler.errors import UsageError

_LARGEST = 16 * 1024 * 1024
"""Bytes; the paths of a hundred thousand files."""
_OPTION = "--report-files-from"


def listed_files(place: str) -> frozenset[str]:
    """Read a list of paths, without a leading `./`; raises `UsageError` where that fails."""
    data = _read(place)
    if len(data) > _LARGEST:
        raise _error(place, f"it is larger than {_LARGEST // 1024**2} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _error(place, "it is not UTF-8") from None
    if "\0" in text:
        raise _error(place, "it holds NUL: list one path a line, without `-z`")
    lines = (_unquoted(line.strip()) for line in text.splitlines())
    return frozenset(line.removeprefix("./") for line in lines if line)


def _unquoted(line: str) -> str:
    """Undo the quotes that Git puts around a path with letters beyond ASCII (bytes in octal)."""
    if len(line) < len('""') or not (line.startswith('"') and line.endswith('"')):
        return line
    inner = line[1:-1].encode("utf-8").decode("unicode_escape", "replace")
    return inner.encode("latin-1", "replace").decode("utf-8", "replace")


def _read(place: str) -> bytes:
    path = Path(place)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _error(place, "it is no regular file")
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise _error(place, error.strerror or "it cannot be read") from None


def _error(place: str, why: str) -> UsageError:
    return UsageError(
        f"{_OPTION} {place}: {why}",
        hint="Make the list with `git diff --name-only BASE...HEAD > FILE`.",
    )
