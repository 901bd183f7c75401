"""Masks secrets in text by their values, in every likely encoding."""

from __future__ import annotations

import base64
import heapq
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import quote, quote_plus

from reconciler.model.personal import mask_numbers_in
from reconciler.model.secret import KNOWN, MASK, Secret

_SHORTEST = 4
"""Shorter secrets are masked only as whole words, in texts of other authors."""
_SHORTEST_WORD = 2
_SHORTEST_RANDOM = 8
"""Shorter secrets, and words or numbers shorter than twice that, could be ordinary text."""
_DUPLICATE = re.compile(r"(Duplicate entry ')(?:.*)('\s+for key)", re.DOTALL)
"""An error of MySQL and MariaDB that quotes a value."""
_LEAD = 3
"""The number of first characters by which the index finds a text."""
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
"""Loggers that may log URLs; all are listed, as a filter does not cover the loggers below."""
_OURS = ("reconciler", "reconciler.http")


class Redactor:
    """Knows secrets and masks them.

    A secret that could be an ordinary word, such as `other` or `true`, is masked only in texts of
    other authors, and only as a whole word: in our own sentences the mask would give it away.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Begin with these secrets; `add` adds more."""
        self._texts: set[str] = set()
        self._index = _Index()
        self._words: set[str] = set()
        self._word_pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Add a secret."""
        self.add_text(secret.reveal())

    def add_text(self, text: str) -> None:
        """Add a secret by its text."""
        if text in self._texts:
            return
        self._texts.add(text)
        if not _could_be_a_word(text):
            self._index.add(forms(text))
            return
        self._index.add(each for each in forms(text) if _is_no_word(each, text))
        if len(text) >= _SHORTEST_WORD:
            self._words.add(text)
            self._word_pattern = None

    def redact(self, text: str) -> str:
        """Return a text that we wrote with every known secret masked."""
        return self._index.mask(text)

    def redact_foreign(self, text: str) -> str:
        """Return a text that somebody else wrote with every known secret masked."""
        text = self._index.mask(text)
        if not self._words:
            return text
        if self._word_pattern is None:
            longest_first = sorted(self._words, key=len, reverse=True)
            words = "|".join(map(re.escape, longest_first))
            self._word_pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
        return self._word_pattern.sub(MASK, text)


class _Index:
    """Finds any of many texts in another one, by their first characters, then by all of them."""

    def __init__(self) -> None:
        self._forms: dict[str, set[str]] = defaultdict(set)
        """Texts by their first `_LEAD` characters; under "" those with white space among these."""
        self._patterns: dict[str, re.Pattern[str]] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Add texts to find."""
        for text in texts:
            lead = text[:_LEAD]
            lead = "" if len(lead) < _LEAD or any(map(str.isspace, lead)) else lead
            if text not in self._forms[lead]:
                self._forms[lead].add(text)
                self._patterns.pop(lead, None)

    def mask(self, text: str) -> str:
        """Replace everything found by masks; overlapping places get one mask."""
        if not self._forms:
            return text
        parts: list[str] = []
        done = 0
        for start, end in self._spans(text):
            parts += (text[done:start], MASK)
            done = end
        return "".join((*parts, text[done:])) if done else text

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the places of everything found, in order, overlapping ones joined."""
        first, last = 0, 0
        for start, end in self._places(text):
            if start > last or last == 0:
                if last:
                    yield first, last
                first, last = start, end
            last = max(last, end)
        if last:
            yield first, last

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        odd = [found.span() for found in self._pattern("").finditer(text)] if self._odd else []
        even = (
            found.span()
            for at in range(len(text) - _LEAD + 1)
            if (lead := text[at : at + _LEAD]) in self._forms
            and (found := self._pattern(lead).match(text, at))
        )
        return heapq.merge(odd, even)

    @property
    def _odd(self) -> bool:
        return bool(self._forms.get(""))

    def _pattern(self, lead: str) -> re.Pattern[str]:
        if lead not in self._patterns:
            longest_first = sorted(self._forms[lead], key=len, reverse=True)
            # YAML folds long texts at spaces.
            folded = (re.escape(form).replace("\\ ", r"\s+") for form in longest_first)
            self._patterns[lead] = re.compile("|".join(folded))
        return self._patterns[lead]


class _Everything:
    """Holds the redactor for all secrets of this process (`KNOWN`)."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin without any secret."""
        self._redactor = Redactor()
        self._seen = 0

    def redactor(self) -> Redactor:
        """Return the redactor, with all secrets known by now."""
        if self._seen != len(KNOWN):
            for text in list(islice(KNOWN, self._seen, None)):
                self._redactor.add_text(text)
            self._seen = len(KNOWN)
        return self._redactor


_EVERYTHING = _Everything()


def redact(text: str) -> str:
    """Return a text that we wrote with every secret of this process masked."""
    return _EVERYTHING.redactor().redact(text)


def redact_foreign(text: str) -> str:
    """Return a text that somebody else wrote with secrets and phone numbers masked.

    A value that a database error quotes as a duplicate is masked, as it may be an unknown secret.
    """
    text = _DUPLICATE.sub(rf"\1{MASK}\2", text)
    return mask_numbers_in(_EVERYTHING.redactor().redact_foreign(text))


def forget_all() -> None:
    """Forget all secrets, as in a new process."""
    KNOWN.clear()
    _EVERYTHING.forget()


class RedactingFilter(logging.Filter):
    """Masks secrets in log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message and, rendered as text, the traceback."""
        if not KNOWN:
            return True
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_foreign(record.exc_text)
            record.exc_info = None
        return True


_LOG_FILTER = RedactingFilter()


def log_filter() -> RedactingFilter:
    """Return the filter that masks all secrets of this process, for a handler."""
    return _LOG_FILTER


def quiet_loggers() -> None:
    """Keep the loggers of HTTP libraries from logging URLs, whatever our own log level."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.addFilter(_LOG_FILTER)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)
    # stamina logs each retry without saying of what; our client logs that better.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    for name in _OURS:
        logging.getLogger(name).addFilter(_LOG_FILTER)


def _could_be_a_word(text: str) -> bool:
    """Tell whether ordinary text could contain the secret: a word, a number, a JSON value."""
    plain = text.isalpha() or re.fullmatch(r"[\d.,-]+", text) is not None
    return len(text) < _SHORTEST_RANDOM or (plain and len(text) < 2 * _SHORTEST_RANDOM)


def _is_no_word(form: str, text: str) -> bool:
    """Tell whether a form of a word, such as base64, does not occur in ordinary text."""
    return len(form) >= _SHORTEST_RANDOM and text.lower() not in form.lower()


def forms(text: str) -> Iterator[str]:
    """Yield the forms of a secret: plain, URL-encoded, base64, hex, JSON, YAML, Python."""
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
    """Yield the base64 characters that depend on the data alone, at each of three alignments."""
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
