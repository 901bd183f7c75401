"""What a state URL of an object store says.

`s3://bucket/prefix?region=…&endpoint=…`, `gs://bucket/prefix`, `az://container/prefix?account=…`.
Credentials never stand in it: the stores' own variables (`AWS_…`, `GOOGLE_…`, `AZURE_…`) and the
machine's identity give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from msgspec import Struct

from reconciler.errors import StateError
from reconciler.model.loopback import is_loopback

SCHEMES: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"region", "endpoint"}),
    "gs": frozenset({"endpoint"}),
    "az": frozenset({"account", "endpoint"}),
}
"""What may stand behind the `?`, by scheme."""


class ObjectUrl(Struct, frozen=True, kw_only=True):
    """A state URL, taken apart."""

    scheme: str
    bucket: str
    prefix: str
    options: Mapping[str, str]

    @property
    def place(self) -> str:
        """Return it without its options, as messages show it."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}"


def parse(url: str) -> ObjectUrl:
    """Take a URL apart; raises `StateError` for one that is not as it should be."""
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
    if "endpoint" in options:
        _check_endpoint(options["endpoint"])
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
    if not parts.netloc or not all(segments) or {".", ".."} & set(segments) or parts.fragment:
        raise StateError(
            f"the state URL names no place: {parts.scheme}://{parts.netloc}{parts.path}",
            hint=f"Write {parts.scheme}://BUCKET/PREFIX; the prefix is for this state alone.",
        )


def _check_endpoint(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return
    raise StateError(
        f"the state URL's endpoint {endpoint!r} is not one that is used",
        hint="It begins with https://; http:// goes to this machine alone.",
    )
