r"""Makes untrusted text harmless for a terminal and for a CI log.

Names, live values and providers' messages may hold anything: escape sequences that rewrite the
screen or the clipboard (CVE-2021-25743), bidirectional controls that reorder what is read
(CVE-2021-42574), or lines that a CI runner takes for commands (CVE-2020-15228). Characters that
cannot be seen become visible escapes such as `\x1b` and `\u202e`; nothing is dropped.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by their category that are invisible all the same."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_PERHAPS_HIDDEN = re.compile("[^\x00-\x7e\uac00-\ud7a3]")
"""Characters to look at in JSON. Hangul, frequent and always visible, is left out for speed."""
_OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ANYWHERE = re.compile(r"#(?=#(?:\[|vso\[))")
"""GitHub and Azure look for `##[…]` and `##vso[…]` anywhere in a line."""
_GITLAB = re.compile(r"section_(?=(?:start|end):)")


def safe_text(text: object) -> str:
    """Return the text on one line, with everything invisible shown as an escape."""
    raw = str(text)
    if raw.isprintable() and _INVISIBLE.isdisjoint(raw):
        return raw
    return "".join(map(_visible, raw))


def _visible(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char not in _INVISIBLE and unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def neutralise(text: str) -> str:
    """Return a finished page; lines that a CI runner would obey are changed visibly.

    GitHub ignores white space before `::`, and our own colour codes may be there.
    """
    if "::" not in text and "##" not in text and "section_" not in text:
        return text
    return "\n".join(map(_spoil, text.split("\n")))


def _spoil(line: str) -> str:
    line = _ANYWHERE.sub(r"\\x23", line)
    line = _GITLAB.sub(r"section\\x5f", line)
    if _OUR_COLOURS.sub("", line).lstrip().startswith("::"):
        line = line.replace("::", r"\x3a:", 1)
    return line


def harmless_json(document: str) -> str:
    """Return serialised JSON with the same values, but risky characters escaped.

    A line of JSON never begins with `::`, but may hold `##[` and invisible characters.
    """
    document = _ANYWHERE.sub(r"\\u0023", document)
    if document.isascii() and "\x7f" not in document:
        return document
    return _PERHAPS_HIDDEN.sub(_json_escape, document)


def _json_escape(found: re.Match[str]) -> str:
    char = found.group()
    if _visible(char) == char:
        return char
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
