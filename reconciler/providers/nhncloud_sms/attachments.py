"""Attachments of templates: files that can be uploaded, but neither listed nor read back.

A template shows only the ids and names of its files. So state remembers, in `extra`, which files it
had after our last write; as long as it has the same ones, their content is taken as unchanged.

`extra["files"]` is `[{"fileId", "fileName"}]`; `extra["confirmed"]` says that the ids were read
from the template. Until then they are the ids that the upload returned; the server may change them
when it attaches the files to the template, so names are compared instead.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from reconciler.errors import NotSent
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue
from reconciler.providers.nhncloud_sms.convert import file_name
from reconciler.providers.task import Task
from reconciler.providers.wire import Row, rows, strings, text

_AGAIN = "Plan again."


class File(Struct, frozen=True, kw_only=True):
    """One file of a template."""

    id: str
    name: str

    @property
    def wire_id(self) -> JsonValue:
        """Return the id as the API wants it."""
        return int(self.id) if self.id.isdecimal() else self.id


def listed_files(row: Row) -> tuple[File, ...]:
    """Return the files that a template's row shows."""
    return tuple(_file(item) for item in rows(row.get("attachFileList")))


def _file(item: Row) -> File:
    return File(id=text(item.get("fileId")), name=text(item.get("fileName")))


def extra_of(files: Sequence[File], *, confirmed: bool) -> dict[str, JsonValue]:
    """Return what state should remember of a template's files."""
    listed: list[JsonValue] = [{"fileId": file.id, "fileName": file.name} for file in files]
    return {"files": listed, "confirmed": confirmed}


def live_field(
    files: Sequence[File], owned: OwnedObject | None, desired: JsonValue = None
) -> JsonValue:
    """Return the live value of `attachments`; `None` for files that no manifest has mentioned.

    While the template has the files that we attached, it is the value that was applied; otherwise
    it is their names. Where we never attached any, only number and names can be compared: a null
    `sha256` counts as the content that is desired.
    """
    applied = None if owned is None else owned.applied.get("attachments")
    if owned is not None and applied is not None and "files" in owned.extra:
        return applied if _intact(files, owned.extra) else [{"path": file.name} for file in files]
    if not files or (applied is None and desired is None):
        return None if files else []
    asked = strings(desired) if applied is None else [text(i.get("path")) for i in rows(applied)]
    paths = {file_name(path): path for path in asked}
    return [{"path": paths.get(file.name, file.name), "sha256": None} for file in files]


def remembered_files(extra: Mapping[str, JsonValue]) -> tuple[File, ...]:
    """Return the files that `extra` remembers."""
    return tuple(_file(item) for item in rows(extra.get("files")))


def _intact(files: Sequence[File], extra: Mapping[str, JsonValue]) -> bool:
    known = remembered_files(extra)
    if extra.get("confirmed") is True:
        return sorted(file.id for file in files) == sorted(file.id for file in known)
    return same_names(files, known)


def names_of(files: Sequence[File]) -> str:
    """Return the names of files, for people."""
    return ", ".join(sorted(file.name for file in files))


def same_names(files: Sequence[File], others: Sequence[File]) -> bool:
    """Tell whether two sets of files have the same names."""
    return sorted(file.name for file in files) == sorted(file.name for file in others)


class Upload(Struct, frozen=True, kw_only=True):
    """One file to upload."""

    path: str
    name: str
    body: str
    """Base64."""


def uploads(task: Task) -> list[Upload]:
    """Read the files of the desired attachments.

    Raises:
        NotSent: A file cannot be read, or has changed since it was planned.
    """
    desired = rows(task.desired.get("attachments"))
    return [_upload(task, text(item.get("path")), text(item.get("sha256"))) for item in desired]


def _upload(task: Task, path: str, digest: str) -> Upload:
    try:
        content = task.read_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotSent(f"attachment {path} cannot be read: {reason}", hint=_AGAIN) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise NotSent(f"attachment {path} has changed since it was planned", hint=_AGAIN)
    return Upload(path=path, name=file_name(path), body=base64.b64encode(content).decode())
