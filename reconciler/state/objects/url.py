"""Parses a state URL of an object store.

`s3://bucket/prefix?region=…&endpoint=…`, `gs://bucket/prefix`, `az://container/prefix?account=…`.
It must not have credentials: they come from the stores' own environment variables (`AWS_…`,
`GOOGLE_…`, `AZURE_…`) and from the machine's identity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from msgspec import Struct

from reconciler.errors import StateError
from reconciler.model.host import Host
from reconciler.model.loopback import is_loopback

_PLAIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:/[\w./~-]*)?")
_BUCKET = re.compile(r"[A-Za-z0-9$._-]+")
SCHEMES: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"region", "endpoint"}),
    "gs": frozenset({"endpoint"}),
    "az": frozenset({"account", "endpoint"}),
}
"""The options allowed after the `?`, by scheme."""


class ObjectUrl(Struct, frozen=True, kw_only=True):
    """The parts of a state URL."""

    scheme: str
    bucket: str
    prefix: str
    options: Mapping[str, str]

    @property
    def servers(self) -> tuple[Host, ...]:
        """The host that credentials are sent to; empty if it is the vendor's own."""
        host = Host.of(self.options.get("endpoint", ""))
        return () if host is None else (host,)

    @property
    def place(self) -> str:
        """The URL without its options, for messages."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}"


def parse(url: str) -> ObjectUrl:
    """Parse a URL; raises `StateError` for a malformed one."""
    try:
        parts = urlsplit(url)
        _check_place(parts)
    except ValueError as error:
        raise StateError(f"the state URL cannot be read: {error}") from error
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in SCHEMES[parts.scheme]:
            known = ", ".join(f"`{each}`" for each in sorted(SCHEMES[parts.scheme]))
            raise StateError(
                f"the state URL has an option {name!r} that is not known",
                hint=f"Those of `{parts.scheme}://` are: {known}.",
            )
    for name, value in options.items():
        _check_option(name, value)
    return ObjectUrl(
        scheme=parts.scheme,
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        options=options,
    )


def _check_place(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise StateError(
            "the state URL holds credentials",
            hint="Take them out: they belong into the environment (`AWS_…`, `GOOGLE_…`, "
            "`AZURE_…`), not into a file or a process list.",
        )
    segments = parts.path.strip("/").split("/")
    bucket = _BUCKET.fullmatch(parts.netloc)
    if not bucket or not all(segments) or {".", ".."} & set(segments) or parts.fragment:
        raise StateError(
            f"the state URL names no place: {parts.scheme}://{parts.netloc}{parts.path}",
            hint=f"Write {parts.scheme}://BUCKET/PREFIX; the prefix is for this state alone.",
        )


def _check_option(name: str, value: str) -> None:
    """Raise `StateError` for an odd region or account name, or an endpoint that is no plain URL.

    The store's client makes host names from the first two, and may read an odd URL differently from
    Python: then credentials would be sent to another host than the trusted one.
    """
    if name == "endpoint":
        _check_endpoint(value)
    elif value and not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise StateError(
            f"the state URL's {name} {value!r} is none",
            hint="It holds letters, digits and `-`.",
        )


def _check_endpoint(endpoint: str) -> None:
    host = Host.of(endpoint)
    secure = host is not None and (endpoint.startswith("https://") or is_loopback(host.name))
    if secure and _PLAIN.fullmatch(endpoint):
        return
    raise StateError(
        f"the state URL's endpoint {endpoint!r} is not one that is used",
        hint="It is https://HOST, with a port and a path if need be; http:// goes to this machine "
        "alone.",
    )
