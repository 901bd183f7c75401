"""Files of numbers: one a line, sorted, the same bytes every time."""

from __future__ import annotations

import io

from reconciler.model.numbers import NumberSet

MOST_INLINE = 20
"""As many numbers stand in the manifest itself."""
MOST_PLAIN = 10_000
"""More are packed."""


def list_name(name: str, count: int) -> str:
    """Return the file of a list, beside the manifests of its provider."""
    return f"lists/{name}.csv" if count <= MOST_PLAIN else f"lists/{name}.csv.gz"


def list_bytes(numbers: NumberSet) -> bytes:
    """Return what the file holds: packed where they are many, without a name and a time."""
    if len(numbers) <= MOST_PLAIN:
        return "".join(f"{number}\n" for number in numbers).encode()
    import gzip

    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        for batch in numbers.batches(10_000):
            file.write("".join(f"{number}\n" for number in batch).encode())
    return packed.getvalue()
