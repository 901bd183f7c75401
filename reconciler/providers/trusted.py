"""Hosts that credentials may be sent to.

Whoever can write a manifest can write a `baseUrl`, and so have credentials sent anywhere before
anybody has seen a plan. `spec.trustedHosts` limits the hosts. An environment variable with the same
meaning, which CI can set and manifests cannot, replaces that list if it exists. A host may have a
port; without one it fits every port. Always trusted are a provider type's default host, and this
machine, where emulators run: nothing sent there leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.errors import UntrustedHost, UsageError
from reconciler.model.host import Host
from reconciler.model.loopback import is_loopback
from reconciler.model.resource import Account
from reconciler.providers.registry import provider_class

VARIABLE = "RECONCILER_TRUSTED_HOSTS"
"""Hosts, separated by commas or blanks; if empty, only defaults and this machine are trusted."""


def require_trusted_hosts(
    accounts: Iterable[Account], *, listed: Sequence[Host] | None, environ: Mapping[str, str]
) -> None:
    """Refuse accounts whose credentials would go to a host that is not trusted.

    Args:
        accounts: The accounts whose credentials are about to be read.
        listed: The project's trusted hosts; `None` trusts all.
        environ: Where the variable is looked up.

    Raises:
        UntrustedHost: `details` has a line for each account.
        UsageError: The variable has an invalid host.
    """
    hosts = trusted_hosts(listed, environ)
    if hosts is None:
        return
    details = [
        f"{account.locate(('spec', 'baseUrl'))}: {account.name}: {host} is not trusted"
        for account in accounts
        if (host := _untrusted(account, hosts)) is not None
    ]
    if details:
        raise UntrustedHost(
            "credentials would be sent to hosts that are not trusted; none was read:",
            details=details,
            hint=way_out(environ),
        )


def trusted_hosts(
    listed: Sequence[Host] | None, environ: Mapping[str, str]
) -> Sequence[Host] | None:
    """Return the hosts that are trusted besides defaults and this machine; `None` means all.

    Raises `UsageError` if the variable has an invalid host.
    """
    given = environ.get(VARIABLE)
    return listed if given is None else tuple(_given(given))


def way_out(environ: Mapping[str, str]) -> str:
    """Return a hint: who may trust a host, and how."""
    if VARIABLE in environ:
        return f"{VARIABLE} alone counts here: who runs this may add them to it."
    return "Whoever may decide that adds them to spec.trustedHosts in reconciler.yaml."


def _given(text: str) -> Iterator[Host]:
    for word in text.replace(",", " ").split():
        try:
            yield Host.parse(word)
        except ValueError:
            raise UsageError(
                f"{VARIABLE}: {word!r} is no host",
                hint="Write hosts such as mail.example.com or mail.example.com:8443, with blanks "
                "between them.",
            ) from None


def _untrusted(account: Account, trusted: Sequence[Host]) -> Host | None:
    """Return an account's host if it is not trusted; invalid URLs are refused elsewhere."""
    default = provider_class(account.type).defaults.base_url or ""
    host = Host.of(account.base_url or default)
    if host is None or host == Host.of(default) or is_trusted(host, trusted):
        return None
    return host


def is_trusted(host: Host, trusted: Sequence[Host]) -> bool:
    """Tell whether a host is in a list, or this machine."""
    return is_loopback(host.name) or any(each.fits(host) for each in trusted)
