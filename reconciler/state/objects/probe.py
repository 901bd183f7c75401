"""Refuses a store that replaces an object although it was told to create a new one.

On such a store two runs would overwrite each other's entries unnoticed.
"""

from __future__ import annotations

import secrets

from reconciler.errors import StateUnsafeStore
from reconciler.state.objects.bucket import Bucket, Taken

PREFIX = "probe/"

KEEPS = "Amazon S3, Google Cloud Storage, Azure Blob Storage, Cloudflare R2, MinIO and Ceph"
"""Stores that refuse to create an object if one of that name exists."""


def probe(bucket: Bucket) -> float:
    """Create one object twice, remove it, and return the time by the store's clock.

    Raises:
        StateUnsafeStore: The second one was not refused.
        StateError: The store cannot be used.
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
