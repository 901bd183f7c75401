"""How Korean carriers count and carry text: EUC-KR, that is KS X 1001, two bytes a letter.

Python's `euc_kr` writes the 8,822 syllables that KS X 1001 lacks (such as 뷁) as eight bytes,
which no carrier does; `cp949` writes them as two. So bytes are counted in `cp949`, and a character
can be carried if both write it alike.
"""

from __future__ import annotations

_FILLER = b"\xa4\xd4"
"""What each of the eight-byte sequences begins with."""


def byte_length(text: str) -> int:
    """Count bytes: two for a Korean letter, one for ASCII and for what cannot be encoded."""
    return len(text) if text.isascii() else len(text.encode("cp949", "replace"))


def not_carried(text: str) -> list[str]:
    """Return the characters that EUC-KR lacks, each once, in order of appearance."""
    if text.isascii() or _carried(text):
        return []
    return [char for char in dict.fromkeys(text) if not _carried(char)]


def _carried(text: str) -> bool:
    try:
        encoded = text.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    # The bytes of the filler may also span two letters, so compare lengths.
    return _FILLER not in encoded or len(encoded) == len(text.encode("cp949"))
