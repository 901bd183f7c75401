"""Saves changed manifests: each file as a whole, and never over another program's change."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import ManifestError
from reconciler.manifests.files import read_bytes
from reconciler.manifests.writing.rewriting import Rewriting


@contextmanager
def saved(rewritings: Sequence[Rewriting]) -> Iterator[None]:
    """Write the files; if the block below fails, they get their old content back.

    Raises:
        ManifestError: A file was changed in the meantime, or cannot be written.
    """
    done: list[Rewriting] = []
    try:
        for each in rewritings:
            _exchange(each.source.path, each.before, each.after, each.source.name)
            done.append(each)
        yield
    except BaseException:
        for each in done:
            _exchange(each.source.path, each.after, each.before, each.source.name)
        raise


def _exchange(name: str, before: bytes, after: bytes, shown: str) -> None:
    """Replace a file's content, which must still be `before`; its mode stays."""
    path = Path(name)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("xb") as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if read_bytes(name) != before:
            raise ManifestError(
                f"{shown} was changed meanwhile, and is left as it is",
                hint="Run the command again: it goes on from what is there now.",
            )
        new.replace(path)
    except OSError as error:
        raise ManifestError(
            f"{shown} cannot be written: {error.strerror or error}",
            hint="Check its mode, and that of its folder.",
        ) from error
    finally:
        new.unlink(missing_ok=True)
