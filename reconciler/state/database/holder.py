"""Who holds the lock of a state, in words, and when a holder on another machine counts as dead."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.ci import run_url
from reconciler.errors import StateLocked
from reconciler.model.moment import moment_text
from reconciler.state.base import RunRecord
from reconciler.state.database.writes import run_of

if TYPE_CHECKING:
    from reconciler.state.database.tables import RunRow

FOREIGN_SECONDS = 95.0
"""For how many seconds without a write a run of another machine still counts as alive.

Its lock cannot be seen from here if the file system does not share locks. These are 60 s without a
write, and 35 s for a request that may have been under way.
"""

UNLOCK = "`reconciler state unlock` takes the lock away from a run that hangs or is gone."


def actor(environ: Mapping[str, str]) -> str:
    """Return who runs this: `user@host pid 123`, followed by the CI run's URL if there is one."""
    text = f"{user()}@{host()} pid {os.getpid()}"
    url = run_url(environ)
    return f"{text} {url}" if url else text


def user() -> str:
    """Return the name of the user who runs this."""
    try:
        import getpass

        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return f"uid{os.geteuid()}"


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


def check_foreign(run: RunRow, seen_at: float, now: float) -> None:
    """Raise `StateLocked` for a run on another machine that may still live.

    Its lock cannot be seen here, so it counts as dead after `FOREIGN_SECONDS` without a write.
    """
    quiet = abs(now - seen_at)
    if run.host == host() or quiet >= FOREIGN_SECONDS:
        return
    error = locked_by(run_of(run), now)
    wait = round(FOREIGN_SECONDS - quiet)
    last_write = f"It ran on another machine and wrote {quiet:.0f} s ago"
    error.details = (f"{last_write}; after another {wait} s without it counts as dead.",)
    raise error


def locked_by(record: RunRecord | None, now: float) -> StateLocked:
    """Return the error that names the holder of the lock, and what to do."""
    if record is None:
        return StateLocked("another run is just starting", hint="Try again in a moment.")
    since = moment_text(record.started_at)
    age = max(0, round(now - record.started_at))
    ago = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return StateLocked(
        f"the state is locked by {record.actor}: `{record.command}`, since {since} ({ago})",
        hint=f"Wait for it to end. {UNLOCK}",
    )
