"""Keeps answers that could not be stored in the database, in files that the next run takes over."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from msgspec import Struct
from msgspec.structs import asdict

from reconciler.errors import StateError, reason
from reconciler.model.journal import IntentStatus
from reconciler.state.database.rows import row_of
from reconciler.state.database.tables import PENDING
from reconciler.state.database.writes import respond
from reconciler.state.files.layout import EMERGENCIES, TEMPORARY, replace_private

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction


class Emergency(Struct, frozen=True, kw_only=True):
    """One answer that is kept outside the database."""

    lineage: str
    op_id: str
    response: str
    """JSON, as in the `pending` table; so is `sealed`, its secrets."""
    sealed: str | None

    path: Path | None = None
    """The file that it was read from."""

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"emergency-{quote(self.op_id, safe='')}.json"

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        return orjson.dumps(kept, option=orjson.OPT_INDENT_2)

    @classmethod
    def from_file(cls, path: Path) -> Emergency:
        """Read a file; raises `StateError` when it is not one of ours."""
        try:
            return cls(**orjson.loads(path.read_bytes()), path=path)
        except (OSError, TypeError, ValueError) as error:
            raise StateError(
                f"{path}, an answer that was kept beside the state, cannot be read: "
                f"{reason(error)}",
                hint="Move it away to go on without it; then its operation counts as unanswered.",
            ) from error

    def forget(self) -> None:
        """Remove its file, and its temporary folder if that is empty then."""
        if self.path is None:
            return
        self.path.unlink(missing_ok=True)
        if self.path.parent.name.startswith(TEMPORARY):
            with suppress(OSError):  # another answer is still in it
                self.path.parent.rmdir()


def keep_elsewhere(emergency: Emergency) -> Path:
    """Write an answer to a temporary folder, where `elsewhere` finds it; raises `OSError`."""
    import tempfile  # with its archives, several milliseconds that hardly any run needs

    path = Path(tempfile.mkdtemp(prefix=TEMPORARY)) / emergency.name
    replace_private(path, emergency.to_bytes())
    return path


def elsewhere(lineage: str) -> list[Emergency]:
    """Return the answers of a state that are kept in temporary folders.

    Only files and folders of this user count that nobody else can write: anybody may write to the
    folder above.
    """
    found = []
    for path in chain.from_iterable(map(_kept_in, _tmp())):
        if _ours(path.parent, stat.S_ISDIR) and _ours(path, stat.S_ISREG):
            try:
                emergency = Emergency.from_file(path)
            except StateError:  # perhaps of another version, or another program's
                continue
            if emergency.lineage == lineage:
                found.append(emergency)
    return found


class KeptElsewhere:
    """The part of `Home` about emergencies, for states without a folder: temporary folders."""

    def emergencies(self, lineage: str) -> list[Emergency]:
        """Return the answers of a state."""
        return elsewhere(lineage)

    def save_emergency(self, emergency: Emergency) -> str:
        """Keep an answer; return its path."""
        return str(keep_elsewhere(emergency))

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        """Remove answers that are in the state by now."""
        for emergency in emergencies:
            emergency.forget()


def _tmp() -> list[Path]:
    names = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    return list(dict.fromkeys(Path(name) for name in (*names, "/tmp", "/var/tmp") if name))  # noqa: S108


def _kept_in(folder: Path) -> list[Path]:
    """Return the answers below a folder in which others may be removing folders."""
    found: list[Path] = []
    for each in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):
            found += each.glob(EMERGENCIES)
    return found


def _ours(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    closed = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind(found.st_mode) and found.st_uid == os.geteuid() and closed


def by_operation(emergencies: Iterable[Emergency], lineage: str) -> dict[str, Emergency]:
    """Return the answers that belong to a state, by operation."""
    return {each.op_id: each for each in emergencies if each.lineage == lineage}


def fold_in(transaction: Transaction, emergencies: Iterable[Emergency]) -> None:
    """Store the answers of operations that are still open; other operations need none."""
    ours = by_operation(emergencies, transaction.tally.lineage)
    for op_id, emergency in ours.items():
        row = row_of(transaction.db, PENDING, op_id)
        if row is not None and row.status == IntentStatus.OPEN:
            respond(transaction, op_id, emergency.response, emergency.sealed)
