"""Attached files: uploaded once, then used by templates (the page's "binaryUpload" part)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    reply,
    required_text,
    shown_user,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)

_NAME, _USER = 45, 100
_LARGEST = 300 * 1024
_EXTENSIONS = (".jpg", ".jpeg")
_MOST_PER_TEMPLATE = 3
_BYTE = range(-128, 256)


def upload(call: Call) -> Reply:
    """POST /attachfile/binaryUpload: the content in Base64 or as an array of bytes."""
    name = required_text(
        call.payload,
        "fileName",
        limit=_NAME,
        missing=Refusal(-2002, "Name of attached file is invalid"),
    )
    if not name.lower().endswith(_EXTENSIONS):
        raise Refusal(-2003, "Extension of attached file is not jpg or jpeg")
    user = required_text(call.payload, "createUser", limit=_USER)
    size = _size(call.payload.get("fileBody"))
    if size > _LARGEST:
        raise Refusal(-2005, "Attached file is sized 300KB or more")
    file_id = call.account.next_file_id()
    moment = call.moment
    path = f"toast-mt-{moment[:10]}/{moment[11:13]}{moment[14:16]}/{file_id}"
    call.account.attachments[str(file_id)] = {
        "fileId": file_id,
        "fileName": name,
        "path": path,
        "size": size,
        "createDate": f"{moment}.0",
        "createUser": user,
        "templateId": None,
    }
    return reply({"data": {"fileId": file_id, "fileName": name, "filePath": f"0/{path}"}})


def named(call: Call, template_id: str) -> list[int] | None:
    """The fileIds that a request gives a template, checked; None when it has no list."""
    files = call.payload.get("attachFileIdList")
    if files is None:
        return None
    if not isinstance(files, list) or not all(type(file) is int for file in files):
        raise invalid("attachFileIdList must be a list of integers")
    if len(files) > _MOST_PER_TEMPLATE:
        raise invalid(f"attachFileIdList exceeds {_MOST_PER_TEMPLATE} files")
    for file in files:
        row = call.account.attachments.get(str(file))
        if row is None:
            raise Refusal(-2004, "The attachment has expired or does not exist")
        user = row["templateId"]
        if user not in {None, template_id} and call.reads("attachment-reuse", "refused"):
            raise Refusal(-2043, "Attached file is already registered at another template")
    return list(dict.fromkeys(files))


def bind(call: Call, template_id: str, files: list[int]) -> None:
    """Note that these files belong to the template; a file never becomes free again."""
    for file in files:
        row = call.account.attachments[str(file)]
        if row["templateId"] is None:
            call.account.attachments[str(file)] = row | {"templateId": template_id}


def shown(call: Call, template_id: str, file: int) -> Row:
    """A file as a template's `attachFileList` shows it."""
    row = call.account.attachments[str(file)]
    saved = f"{row['createDate'][:10].replace('-', '')}{file:x}.jpg"
    return {
        "fileId": file,
        "serviceId": call.account.service_id,
        "attachType": 2,
        "templateId": template_id,
        "filePath": f"/permanent/{call.account.service_id}/{row['path']}",
        "fileName": row["fileName"],
        "saveFileName": saved,
        "fileSize": None,
        "createDate": row["createDate"],
        "createUser": shown_user(call, row["createUser"]),
        "updateDate": None,
        "updateUser": None,
        "uploadType": "TEMPORARY",
        "existFileName": saved,
    }


def _size(body: Any) -> int:
    """Bytes of a fileBody. Raises `Refusal` when it is empty or in neither form."""
    size = 0
    if isinstance(body, str):
        try:
            size = len(base64.b64decode(body, validate=True))
        except (binascii.Error, ValueError):
            raise invalid("fileBody is not Base64") from None
    elif isinstance(body, list) and all(type(byte) is int and byte in _BYTE for byte in body):
        size = len(body)
    if not size:
        raise invalid("fileBody is required")
    return size
