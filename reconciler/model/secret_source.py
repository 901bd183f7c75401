"""Where a secret that manifests need is read from."""

from __future__ import annotations

from msgspec import Struct


class SecretSource(Struct, frozen=True, kw_only=True):
    """Where a credential is read from: exactly one of the two."""

    from_env: str | None = None
    from_file: str | None = None
