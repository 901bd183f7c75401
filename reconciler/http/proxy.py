"""The proxy that https requests go through if the environment names one.

`HTTPS_PROXY` and `NO_PROXY` count, for https alone: the proxy is asked for a tunnel (CONNECT), so
it learns the host and nothing else. The lower-case name of each variable wins, even if its value is
empty. `ALL_PROXY`, `HTTP_PROXY` and `.netrc` are ignored.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from reconciler.model.secret import Secret

_DEFAULT_PORT = 80


class ProxyFault(Exception):
    """Why a proxy cannot be used; the text holds nothing of its user name and password."""


class Login(Struct, frozen=True, kw_only=True):
    """The user name and password for a proxy."""

    user: str
    password: Secret


class Proxy(Struct, frozen=True, kw_only=True):
    """An HTTP proxy to tunnel through."""

    host: str
    port: int
    login: Login | None = None

    @property
    def url(self) -> str:
        """Return its URL, without the login."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def way(self) -> str:
        """Say how the host is reached, for messages."""
        return f"through the proxy {self.url} of HTTPS_PROXY"

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of CONNECT; they are secret if there is a login."""
        if self.login is None:
            return {}
        pair = f"{self.login.user}:{self.login.password.reveal()}".encode()
        return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


class Direct(Struct, frozen=True, kw_only=True):
    """No proxy."""

    way: str
    """For messages; "" where no proxy could be used."""


Route: TypeAlias = Proxy | Direct


def route_to(base_url: str, environ: Mapping[str, str]) -> Route:
    """Return the way to a host.

    Raises:
        ProxyFault: `HTTPS_PROXY` does not hold the URL of an HTTP proxy.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https":
        return Direct(way="")
    text = _variable("HTTPS_PROXY", environ)
    if not text:
        return Direct(way="directly: HTTPS_PROXY is not set")
    entries = re.split(r"[,\s]+", _variable("NO_PROXY", environ))
    if any(_names(entry, parts.hostname or "", parts.port or 443) for entry in entries if entry):
        return Direct(way="directly: NO_PROXY names this host")
    return _proxy(text)


def _variable(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name.lower(), environ.get(name, "")).strip()


def _proxy(text: str) -> Proxy:
    fault = ProxyFault("HTTPS_PROXY must be the URL of an HTTP proxy, as http://proxy.example:3128")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise fault from None
    host = parts.hostname
    if parts.scheme != "http" or not host or not host.isascii() or not host.isprintable():
        raise fault
    login = None
    if parts.username is not None:
        password = Secret(unquote(parts.password or ""))
        login = Login(user=unquote(parts.username), password=password)
    return Proxy(host=host, port=port or _DEFAULT_PORT, login=login)


def _names(entry: str, host: str, port: int) -> bool:
    """Tell whether an entry of NO_PROXY covers a host: `*`, a network, a domain with subdomains."""
    if entry == "*":
        return True
    if "/" in entry:
        with suppress(ValueError):
            return ip_address(host) in ip_network(entry, strict=False)
        return False
    if entry.count(":") > 1 and not entry.startswith("["):
        entry = f"[{entry}]"
    try:
        parts = urlsplit(f"//{entry}")
        only = parts.port
    except ValueError:
        return False
    name = (parts.hostname or "").removeprefix("*").strip(".")
    ours = host.strip(".")
    return bool(name) and only in {None, port} and (ours == name or ours.endswith(f".{name}"))
