"""Refuses a store that puts an object although one of that name exists.

On such a store two runs would write over each other, and nobody would notice.
"""

from __future__ import annotations

import secrets

from reconciler.errors import StateUnsafeStore
from reconciler.state.objects.bucket import Bucket, Taken

PREFIX = "probe/"

KEEPS = "Amazon S3, Google Cloud Storage, Azure Blob Storage, Cloudflare R2, MinIO and Ceph"
"""Stores that refuse the second put of a name."""


def probe(bucket: Bucket) -> float:
    """Put one object twice, remove it again, and return the store's time.

    Raises:
        StateUnsafeStore: The second put was not refused.
        StateError: The store cannot be asked.
    """
    key = f"{PREFIX}{secrets.token_hex(16)}"
    bucket.create(key, b"one")
    try:
        return _second(bucket, key)
    finally:
        bucket.delete([key])


def _second(bucket: Bucket, key: str) -> float:
    try:
        bucket.create(key, b"two")
    except Taken:
        first = bucket.read(key)
        if first is not None and first.content == b"one":
            return first.written_at
    raise StateUnsafeStore(
        f"{bucket.place} cannot keep a state: it put an object although one of that name exists",
        hint=f"Two runs would overwrite each other. {KEEPS} refuse that; update the store or keep "
        "the state elsewhere.",
    )
