"""Masks secrets in text by value, in every form in which they are likely to turn up."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus
from weakref import WeakSet

from reconciler.model.secret import MASK, Secret

_SHORTEST = 4
"""A shorter value cannot be told from ordinary text."""
_SHORTEST_ENCODED = 6
_SHORTEST_LINE = 8

_NOISY = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.proxy",
    "aiohttp",
    "aiohttp.client",
    "aiohttp.internal",
    "asyncio",
)
"""Loggers that may name URLs. A filter on a logger does not cover the loggers below it."""
_OURS = ("reconciler", "reconciler.http")


class Redactor:
    """Knows secrets and masks them."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Know these secrets; `add` makes known more."""
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)
        _LOG_FILTER.redactors.add(self)

    def add(self, secret: Secret) -> None:
        """Make a secret known."""
        text = secret.reveal()
        if text in self._forms:
            return
        fresh = set(forms(text)) - self._forms
        if fresh:
            self._forms |= fresh
            self._pattern = None

    def redact(self, text: str) -> str:
        """Return the text with every known secret masked."""
        if not self._forms:
            return text
        if self._pattern is None:
            longest_first = sorted(self._forms, key=len, reverse=True)
            # YAML folds long texts at spaces.
            folded = (re.escape(form).replace("\\ ", r"\s+") for form in longest_first)
            self._pattern = re.compile("|".join(folded))
        return self._pattern.sub(MASK, text)


class RedactingFilter(logging.Filter):
    """Masks the secrets of all redactors in what a logger or handler passes on."""

    def __init__(self) -> None:
        """Start with no redactor; each adds itself."""
        super().__init__()
        self.redactors: WeakSet[Redactor] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message; a traceback is rendered and masked as well."""
        redactors = list(self.redactors)
        if not redactors:
            return True
        record.msg, record.args = self._masked(record.getMessage(), redactors), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._masked(record.exc_text, redactors)
            record.exc_info = None
        return True

    @staticmethod
    def _masked(text: str, redactors: list[Redactor]) -> str:
        for redactor in redactors:
            text = redactor.redact(text)
        return text


_LOG_FILTER = RedactingFilter()


def log_filter() -> RedactingFilter:
    """Return the filter that knows every redactor of this process, for a handler to use."""
    return _LOG_FILTER


def quiet_loggers() -> None:
    """Keep the HTTP libraries' loggers from naming URLs, whatever level the program logs at."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.addFilter(_LOG_FILTER)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)
    # stamina announces each retry, without saying of what; the client says it better.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    for name in _OURS:
        logging.getLogger(name).addFilter(_LOG_FILTER)


def forms(text: str) -> Iterator[str]:
    """Yield the forms of a secret: as it is, URL-encoded, base64, hex, JSON, YAML, Python."""
    if len(text) < _SHORTEST:
        return
    yield text
    data = text.encode()
    for encoded in (
        quote(text, safe=""),
        quote(text),
        quote_plus(text),
        "".join(f"%{byte:02X}" for byte in data),
        data.hex(),
        *_base64_forms(data),
        *_escaped_forms(text),
    ):
        if len(encoded) >= _SHORTEST_ENCODED or encoded == text:
            yield encoded
    yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=""))
    yield "".join(f"%{byte:02x}" for byte in data)
    yield data.hex().upper()
    lines = text.splitlines()
    if len(lines) > 1:
        for line in lines:
            if len(line.strip()) >= _SHORTEST_LINE:
                yield from forms(line.strip())


def _base64_forms(data: bytes) -> Iterator[str]:
    """Yield the characters that the data alone decides, at each of the three alignments."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        first = -(-offset * 8 // 6)
        last = (offset + len(data)) * 8 // 6
        core = encoded[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _escaped_forms(text: str) -> Iterator[str]:
    in_json = json.dumps(text)[1:-1]
    yield in_json
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield in_json.replace("/", "\\/")
    yield text.replace("'", "''")
    yield "".join(map(_in_yaml, text))
    yield repr(text)[1:-1]


def _in_yaml(character: str) -> str:
    """Return a character as YAML writes it between double quotes."""
    code = ord(character)
    if character in {'"', "\\"}:
        return f"\\{character}"
    if 32 <= code < 127:
        return character
    return (
        f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}" if code < 65536 else f"\\U{code:08X}"
    )
