"""Parses a state URL of PostgreSQL: `postgresql://[user@]host[:port]/database[?schema=…]`.

It must not have a password: that comes from `PGPASSWORD`, `PGPASSFILE` or a service file
(`PGSERVICE`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from reconciler.errors import StateError
from reconciler.model.host import Host

if TYPE_CHECKING:
    import psycopg

SCHEME = "postgresql"
DEFAULT_SCHEMA = "reconciler"
_PORT = "5432"
_UNREADABLE = "the state URL's host cannot be read: write HOST or HOST:PORT"
DEFAULT_STATE = "default"
"""The name of a state without an environment."""

_OPTIONS = frozenset(
    {
        "channel_binding",
        "connect_timeout",
        "host",
        "hostaddr",
        "keepalives_idle",
        "load_balance_hosts",
        "port",
        "schema",
        "service",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)
"""The options allowed after the `?`: `schema`, and those of libpq about how to connect."""
_LONGEST = 63
"""The most bytes of a name in PostgreSQL, which silently cuts off the rest."""


class PostgresUrl(Struct, frozen=True, kw_only=True):
    """The parts of a state URL, and the environment whose state it is for."""

    host: str
    database: str
    prefix: str
    """The schema in the URL, or `reconciler`; an environment's name is added to it."""
    state: str
    """The environment, or `default`."""
    options: Mapping[str, str]
    """The parameters for libpq, by its names."""

    @property
    def schema(self) -> str:
        """The schema of this state."""
        return schema_of(self.prefix, self.state)

    @property
    def servers(self) -> tuple[Host, ...]:
        """The hosts that a password would be sent to; empty for libpq's default host.

        Raises `StateError` for a host that cannot be read.
        """
        ports = self.options.get("port", "").split(",")
        try:
            pairs = [
                pair
                for name in ("host", "hostaddr")
                if self.options.get(name)
                for pair in _with_ports(self.options[name].split(","), ports)
            ]
            return tuple(
                Host.parse(f"[{place}]:{port}" if ":" in place else f"{place}:{port}")
                for place, port in pairs
                if place and not place.startswith("/")
            )
        except ValueError:
            raise StateError(_UNREADABLE) from None

    @property
    def place(self) -> str:
        """The name of the state in messages."""
        return f"{SCHEME}://{self.host}/{self.database} (schema {self.schema})"


def _with_ports(places: Sequence[str], ports: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pair hosts with ports as libpq does: a single port is for all hosts.

    Raises `ValueError` if there are several ports, but not one for each host.
    """
    each = [*ports] * len(places) if len(ports) == 1 else ports
    for place, port in zip(places, each, strict=True):
        yield place, port or _PORT


def schema_of(prefix: str, state: str) -> str:
    """Return the schema of a state."""
    return prefix if state == DEFAULT_STATE else f"{prefix}_{state}"


def parse(url: str, environment: str) -> PostgresUrl:
    """Parse a URL; raises `StateError` for a malformed one."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        if "?" in url:
            raise StateError("the state URL cannot be read behind its `?`") from error
        raise StateError("the state URL cannot be read") from error
    user, _, host = parts.netloc.rpartition("@")
    if ":" in user or any("password" in name for name in options):
        raise StateError(
            "the state URL holds a password",
            hint="Take it out: PGPASSWORD, PGPASSFILE (~/.pgpass) or a service (PGSERVICE) give "
            "it, so that it stands in no file and no process list.",
        )
    _check_options(options)
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database or parts.fragment:
        raise StateError(
            f"the state URL names no database: {SCHEME}://{host}{parts.path}",
            hint="Write postgresql://HOST/DATABASE, with ?schema=NAME where it is not to be "
            f"`{DEFAULT_SCHEMA}`.",
        )
    prefix = options.pop("schema", DEFAULT_SCHEMA)
    made = PostgresUrl(
        host=host or options.get("host", ""),
        database=database,
        prefix=prefix,
        state=environment or DEFAULT_STATE,
        options=_place(host) | {"user": unquote(user), "dbname": database} | options,
    )
    _check_schema(made)
    return made


def _check_options(options: Mapping[str, str]) -> None:
    for name in options:
        if name not in _OPTIONS:
            known = ", ".join(f"`{each}`" for each in sorted(_OPTIONS))
            raise StateError(
                f"the state URL has an option {name!r} that is not known",
                hint=f"Those of `{SCHEME}://` are: {known}.",
            )


def _check_schema(url: PostgresUrl) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", url.prefix) or url.prefix.startswith("pg_"):
        raise StateError(
            f"the state URL's schema {url.prefix!r} is not one that is used",
            hint="Small letters, digits and `_`, and neither a digit nor `pg_` first.",
        )
    if len(url.schema.encode()) > _LONGEST:
        raise StateError(
            f"the schema {url.schema} is longer than PostgreSQL's {_LONGEST} bytes",
            hint="Name a shorter one: ?schema=NAME.",
        )


def _place(netloc: str) -> dict[str, str]:
    """Return hosts and ports as libpq's parameters; there may be several, for a failover."""
    hosts, ports = [], []
    for each in netloc.split(",") if netloc else ():
        host, port = _split_port(each)
        hosts.append(unquote(host))
        ports.append(port)
    given = {"host": ",".join(hosts)} if any(hosts) else {}
    return given | ({"port": ",".join(ports)} if any(ports) else {})


def _split_port(place: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(\d*))?", place)
    if found is None:
        raise StateError(_UNREADABLE)
    return found[1].strip("[]"), found[2] or ""


def check_extra() -> None:
    """Raise `StateError` if psycopg is not installed."""
    try:
        import psycopg  # noqa: F401 -- an extra
    except ImportError as error:
        raise StateError(
            "a state in PostgreSQL needs the extra `postgres`",
            hint="`pip install 'reconciler[postgres]'`",
        ) from error


def connect(url: PostgresUrl) -> psycopg.Connection:
    """Open a connection in autocommit mode, without prepared statements.

    A pool in front of the server may give the next statement to another session. Raises what
    psycopg raises.
    """
    import psycopg

    given = {name: value for name, value in url.options.items() if value}
    defaults = {"connect_timeout": "10", "application_name": "reconciler"}
    return psycopg.connect(**(defaults | given), autocommit=True, prepare_threshold=None)  # type: ignore[arg-type]
