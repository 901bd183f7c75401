"""Reads an account's credentials from where its manifest says they are."""

from __future__ import annotations

import codecs
import logging
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.on_disk import followed, on_disk
from reconciler.model.secret import Secret
from reconciler.model.secret_source import SecretSource

_LARGEST = 64 * 1024

_log = logging.getLogger("reconciler")


class CredentialFault(Exception):
    """Why a credential cannot be read; the text names its source, and nothing of its value."""


def read_credential(source: SecretSource, *, environ: Mapping[str, str], root: Path) -> Secret:
    """Return the credential that a source names.

    Raises:
        CredentialFault: It is missing, empty or unusable.
    """
    if source.from_env is not None:
        where = f"environment variable {source.from_env}"
        text = environ.get(source.from_env)
        if text is None:
            raise CredentialFault(f"{where} is not set")
    elif source.from_file is not None:
        where = f"file {source.from_file}"
        text = _from_file(source.from_file, where, root)
    else:
        raise CredentialFault("it needs `fromEnv` or `fromFile`")
    if not text.strip():
        raise CredentialFault(f"{where} is empty")
    if problem := _unusable(text):
        raise CredentialFault(f"{where} {problem}")
    return Secret(text)


def _unusable(text: str) -> str:
    """Return why a text fits in no header or URL, without quoting it; "" if it fits."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        return "holds a line break or another control character"
    if not text.isascii():
        return _foreign(text)
    return "begins or ends with a blank" if text != text.strip() else ""


def _foreign(text: str) -> str:
    if re.search(r"[\ud800-\udfff]", text):
        return "holds a byte that is not UTF-8 text"
    # Invisible characters may be named: a byte order mark, a no-break space.
    odd = next(character for character in text if not character.isascii())
    name = "" if odd.isprintable() else f" (U+{ord(odd):04X})"
    return f"holds a character that no header can carry{name}: keys are plain ASCII"


def _from_file(name: str, where: str, root: Path) -> str:
    """Return a file's text without byte order mark and the line break at its end.

    Relative names stay in the root.
    """
    path = root / on_disk(name)
    if not Path(name).is_absolute() and not followed(path).is_relative_to(followed(root)):
        raise CredentialFault(f"{where} lies outside the project")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise CredentialFault(f"{where} is not a regular file")
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise CredentialFault(f"{where} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise CredentialFault(f"{where} is larger than {_LARGEST} bytes")
    if stat.S_IMODE(found.st_mode) & 0o077:
        _log.warning("%s can be read by others than its owner: chmod 600 %s", where, name)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CredentialFault(f"{where} is UTF-16 text; save it as UTF-8")
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        raise CredentialFault(f"{where} is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")
