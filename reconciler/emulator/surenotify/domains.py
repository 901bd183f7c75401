"""Sender domains: *Create*, *Verify* and *Delete Sender Authentication*."""

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from reconciler.emulator.surenotify.answers import absent, answer, deleted, not_found, success
from reconciler.emulator.surenotify.calls import Call, Endpoint, RefusedError, Row

_TXT, _CNAME = 0, 1
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")


def _create(call: Call) -> Response:
    name = _name(call)
    table, owners = call.account.domains, call.account.domain_owners
    row = table.get(name)
    if row is not None and call.readings.has("domain-repeat", "400"):
        raise RefusedError("Invalid: domain already exists.")
    owner = owners.get(name, {}).get("account", call.account.key)
    if call.readings.has("domain-owner", "one-account") and owner != call.account.key:
        raise RefusedError("Invalid: domain is not available.")
    if row is None or call.readings.has("domain-repeat", "new-dkim"):
        row = {"dkim": call.token(8), "checks": 0, "verified": False}
        table[name] = row
        owners[name] = {"account": call.account.key}
    return answer(_records(call, name, row, plain="string"))


def _verify(call: Call) -> Response:
    name, table = _name(call), call.account.domains
    if name not in table:
        return _unknown(call)
    checks = table[name]["checks"] + 1
    needed = {"published": 1, "second-check": 2}.get(call.readings["dns"])
    verified = table[name]["verified"] or (needed is not None and checks >= needed)
    table[name] = {**table[name], "checks": checks, "verified": verified}
    return answer(_records(call, name, table[name], plain="bool"))


def _delete(call: Call) -> Response:
    name = _name(call)
    if call.account.domains.pop(name, None) is None:
        return absent(call.readings)
    call.account.domain_owners.pop(name, None)
    return deleted(call.readings)


def _name(call: Call) -> str:
    """Return the domain in the path as it is stored; raises `RefusedError` for an invalid one."""
    name = in_ascii(call.arguments["domain"])
    labels = name.split(".")
    if call.readings.has("domain-check", "none") and name:
        return name
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise RefusedError("Invalid: domain is not a valid value.")
    return name


def in_ascii(name: str) -> str:
    """Return a domain in lower case and IDNA-encoded; empty if it cannot be encoded."""
    try:
        return name.lower().encode("idna").decode().lower()
    except UnicodeError:
        return ""


def _unknown(call: Call) -> Response:
    reading = call.readings["domain-unknown"]
    if reading == "empty":
        return answer([])
    if reading == "500":
        return success(call.readings, 500)
    return not_found(call.readings, int(reading))


def _records(call: Call, name: str, row: Row, *, plain: str) -> list[Row]:
    """Return the DNS records; `plain` is how this endpoint's example spells `valid`."""
    as_page = call.readings.has("valid-as", "as-page")
    spelling = plain if as_page else call.readings["valid-as"]
    verified = bool(row["verified"])
    valid: bool | str = str(verified).lower() if spelling == "string" else verified
    spf = "v=spf1 include:amazonses.com include:mailgun.org ?all"
    records = [{"name": name, "value": spf, "record_type": _TXT, "valid": valid}]
    which = call.readings["records"]
    if which == "spf+dkim" or (which == "growing" and row["checks"]):
        selector = hashlib.sha256(f"{name}{row['dkim']}".encode()).hexdigest()[:16]
        records.append(
            {
                "name": f"{selector}._domainkey.{name}",
                "value": f"{selector}.dkim.amazonses.com",
                "record_type": _CNAME,
                "valid": valid,
            }
        )
    return records


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {
        ("POST", "/v1/domains/{domain}"): _create,
        ("PUT", "/v1/domains/{domain}"): _verify,
        ("DELETE", "/v1/domains/{domain}"): _delete,
    }
)
