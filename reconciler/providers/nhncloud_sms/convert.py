"""Between NHN Cloud's JSON and the words of manifests. Pure: no request, no state."""

from __future__ import annotations

from reconciler.model import phone
from reconciler.model.values import JsonValue
from reconciler.providers.wire import Codec, text

MAX_FILE_NAME = 45
"""Characters of an attachment's `fileName`."""

TYPES = {"0": "sms", "1": "mms", "2": "auth"}
"""`sendType` to `spec.type`; `auth` only ever comes from the server."""


def phone_digits(number: str) -> str:
    """Return a phone number of the server's as digits, Korea's country code as a leading zero.

    Digits alone stay as they are, even without a leading 0: that is the server's number.

    `010-1234-5678` and `+82 10-1234-5678` are both `01012345678`; a text with no digit is "".
    """
    if number.isascii() and number.isdecimal():
        return number
    digits = "".join(character for character in number if character in "0123456789")
    if number.lstrip().startswith("+82"):
        return "0" + digits[2:].lstrip("0")
    return digits


def canonical_phone(value: JsonValue) -> JsonValue:
    """Return a manifest's number as digits; one without any stays, for validation to refuse."""
    return phone.phone_digits(str(value)) or value


PHONE = Codec(read=lambda value: phone_digits(text(value)), write=text)


def path_part(name: str) -> str:
    """Return a category's name as one part of a path of names."""
    return name.replace("%", "%25").replace("/", "%2F")


def file_name(path: str) -> str:
    """Return the name an attachment is uploaded under: the file's own, shortened where too long."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    if len(name) <= MAX_FILE_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    return stem[: MAX_FILE_NAME - len(dot + extension)] + dot + extension
