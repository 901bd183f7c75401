"""Files of phone numbers: one a line, sorted; the same numbers always give the same bytes."""

from __future__ import annotations

import io

from reconciler.model.numbers import NumberSet

MOST_INLINE = 20
"""Up to this many numbers stand in the manifest itself."""
MOST_PLAIN = 10_000
"""A file of more numbers is compressed."""


def list_name(name: str, count: int) -> str:
    """Return the file of a list of `count` numbers, relative to its provider's folder."""
    return f"lists/{name}.csv" if count <= MOST_PLAIN else f"lists/{name}.csv.gz"


def list_bytes(numbers: NumberSet) -> bytes:
    """Return the file's content; gzip, if used, has neither a name nor a time in its header."""
    if len(numbers) <= MOST_PLAIN:
        return "".join(f"{number}\n" for number in numbers).encode()
    import gzip

    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        for batch in numbers.batches(10_000):
            file.write("".join(f"{number}\n" for number in batch).encode())
    return packed.getvalue()
