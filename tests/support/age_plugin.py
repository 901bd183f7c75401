"""A plugin of age that keeps a key as badly as can be: what a KMS does, in a few lines.

`python -m tests.support.age_plugin` is what the program `age-plugin-fakekms` runs. It speaks
https://c2sp.org/age-plugin; its key is a byte.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

RECIPIENT = "age1fakekms1ddjhjd25w5c"
IDENTITY = "AGE-PLUGIN-FAKEKMS-1DDJHJ0SRCXY"
_COLUMNS = 64


def install(folder: Path) -> Path:
    """Put the program into a folder that is to be on the path, and return it."""
    program = folder / "age-plugin-fakekms"
    root = Path(__file__).parents[2]
    program.write_text(
        f'#!/bin/sh\ncd {root} && exec {sys.executable} -m tests.support.age_plugin "$@"\n'
    )
    program.chmod(0o755)
    return program


def _told() -> Iterator[tuple[list[str], bytes]]:
    """Yield what age says: words and a body."""
    while line := sys.stdin.readline():
        body, part = "", "x" * _COLUMNS
        while len(part) == _COLUMNS:
            part = sys.stdin.readline().rstrip("\n")
            body += part
        yield line.split()[1:], base64.b64decode(body + "=" * (-len(body) % 4))


def _say(*words: str, body: bytes = b"") -> None:
    text = base64.b64encode(body).decode().rstrip("=")
    sys.stdout.write(f"-> {' '.join(words)}\n{text}\n")
    sys.stdout.flush()


def _turned(key: bytes) -> bytes:
    return bytes(each ^ 0x5A for each in key)


def _main() -> None:
    told = _told()
    given = []
    for words, body in told:
        if words[0] == "done":
            break
        given.append((words, body))
    files = 0
    for words, body in given:
        if words[0] == "wrap-file-key":
            _say("recipient-stanza", str(files), "fakekms", body=_turned(body))
            files += 1
        elif words[0] == "recipient-stanza" and words[2] == "fakekms":
            _say("file-key", words[1], body=_turned(body))
        else:
            continue
        next(told)
    _say("done")


if __name__ == "__main__":
    _main()
