"""The commands for sender domains, from AddDomain to DeleteDomain."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.emulator.octeth.accounts import APPROVAL_PENDING, DEFAULT_OPTIONS, ENABLED, Row
from reconciler.emulator.octeth.calls import Call, Command, Refusal

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_SUBDOMAIN = re.compile(r"[A-Za-z0-9-]{0,32}")
_SPELLED_FLAGS: Mapping[str, bool] = {"1": True, "true": True, "0": False, "false": False}
_LONGEST_NAME = 253
_CHILDREN = ("keys", "smtps", "webhooks")
_BAD_FLAG = 2
"""No page has a code for it; the newer *Error Handling* page calls 2 "invalid field format"."""


def _add(call: Call) -> Row:
    name = call.text("DomainName")
    if not _is_domain(name):
        raise Refusal(2)
    if call.readings["domain-case"] == "lower":
        name = name.lower()
    existing = next(
        (row for row in call.account.rows("domains") if row["name"].lower() == name.lower()), None
    )
    if existing is not None and call.readings["domain-repeat"] == "refused":
        raise Refusal(2)
    if existing is not None and call.readings["domain-repeat"] == "existing":
        return _added(call, existing)
    limit = call.account.max_domains
    if limit is not None and len(call.account.rows("domains")) >= limit:
        raise Refusal(3)
    options = _options_of(call, subdomain_refusal=4) if call.readings.newer else {}
    return _added(call, call.account.add_domain(name, call.token(32), options))


def _added(call: Call, row: Row) -> Row:
    identifier = call.readings.identifier(row["id"], page=int)
    if call.readings.newer:
        return {"NewSenderDomainID": identifier, "Domain": _newer(call, row)}
    statuses = dict.fromkeys(("VerificationStatus", "DKIMStatus", "SPFStatus"), "Pending")
    return {"NewSenderDomainID": identifier, "Domain": {"DomainName": row["name"], **statuses}}


def _get_all(call: Call) -> Row:
    rows = call.account.listed("domains")
    if call.readings.newer:
        return {"Domains": [_newer(call, row) for row in rows]}
    return {
        "Domains": [
            {
                "DomainID": call.readings.identifier(row["id"], page=str),
                "DomainName": row["name"],
                "Verified": row["status"] != APPROVAL_PENDING,
                "Active": row["status"] == ENABLED,
            }
            for row in rows
        ]
    }


def _get(call: Call) -> Row:
    row = call.domain(2)
    if call.readings.newer:
        return {"Domain": _newer(call, row)}
    return {
        "Domain": {
            "DomainID": call.readings.identifier(row["id"], page=int),
            "DomainName": row["name"],
            "IsActive": row["status"] == ENABLED,
        }
    }


def _update(call: Call) -> Row:
    row = call.domain(5)
    asked = _options_of(call, subdomain_refusal=6)
    before = row["options"].get("Subdomain", "")
    moved = asked.get("Subdomain", before) != before
    again = call.readings.newer or call.readings["subdomain-change"] == "pending"
    status = APPROVAL_PENDING if moved and again else row["status"]
    row = {**row, "options": row["options"] | asked, "status": status}
    call.account.put("domains", row)
    if call.readings.newer:
        return {"Domain": _newer(call, row), **({"SubdomainChanged": True} if moved else {})}
    flags = {
        name: call.readings.flag(on=row["options"].get(name, default))
        for name, default in DEFAULT_OPTIONS.items()
    }
    texts = {name: row["options"].get(name, "") for name in ("HostingProvider", "Subdomain")}
    identifier = call.readings.identifier(row["id"], page=str)
    return {"Domain": {"DomainID": identifier, **flags, **texts}}


def _options_of(call: Call, *, subdomain_refusal: int) -> Row:
    """Read the options in a request; the others stay as they are."""
    options: Row = {}
    for name in DEFAULT_OPTIONS:
        if call.given(name):
            flag = _SPELLED_FLAGS.get(call.text(name).lower())
            if flag is None:
                raise Refusal(_BAD_FLAG)
            options[name] = flag
    for name in ("HostingProvider", "Subdomain"):
        if call.given(name):
            options[name] = call.text(name)
    if not _SUBDOMAIN.fullmatch(options.get("Subdomain", "")):
        raise Refusal(subdomain_refusal)
    return options


_NOT_PUBLISHED = 3
"""A code of VerifyDomain that no page names."""


def _verify(call: Call) -> Row:
    row = call.domain(2)
    if call.readings["dns"] == "refused":
        raise Refusal(_NOT_PUBLISHED)
    found = call.readings["dns"] == "published"
    if found and row["status"] == APPROVAL_PENDING:
        row = {**row, "status": ENABLED}
        call.account.put("domains", row)
    name = "SenderDomain" if call.readings.newer else "DomainName"
    return {
        "Domain": {
            "DomainID": call.readings.identifier(row["id"], page=str),
            name: row["name"],
            "Status": row["status"],
        },
        "DNSVerificationResults": _dns_results(call, row, found=found),
    }


def _dns_results(call: Call, row: Row, *, found: bool) -> list[Row] | dict[str, list[Any]]:
    """Return the checked records: a list of objects, on the newer page a map by host."""
    domain = row["name"]
    subdomain = row["options"].get("Subdomain") or "mail"
    records = [
        (domain, "TXT", "v=spf1 include:mailgun.org ~all"),
        (f"{subdomain}.{domain}", "CNAME", "mfrom.octeth.example"),
        (f"track.{domain}", "CNAME", "track.octeth.example"),
    ]
    if call.readings.newer:
        return {host: [kind, value, found] for host, kind, value in records}
    return [
        {"Host": host, "Type": kind, "Value": value, "Verified": found}
        for host, kind, value in records
    ]


def _delete(call: Call) -> Row:
    row = call.domain(2)
    children = [(kind, child) for kind in _CHILDREN for child in call.account.rows(kind, row["id"])]
    if children and call.readings["domain-delete"] == "refused":
        raise Refusal(2)
    for kind, child in children:
        call.account.remove(kind, child)
    call.account.remove("domains", row)
    return {}


def _newer(call: Call, row: Row) -> Row:
    """Return a domain as the newer page shows it everywhere."""
    shown = {
        "DomainID": call.readings.identifier(row["id"], page=int),
        "SenderDomain": row["name"],
        "Status": row["status"],
        "Options": call.readings.mapping(_newer_options(call, row["options"])),
        "PolicyMeta": call.readings.mapping({}),
    }
    if call.text("WithCounts") == "1":
        counted = zip(("APIKeyCount", "SMTPCount", "WebhookCount"), _CHILDREN, strict=True)
        shown |= {name: len(call.account.rows(kind, row["id"])) for name, kind in counted}
    return shown


def _newer_options(call: Call, options: Row) -> dict[str, object]:
    """Return the readable options: no hosting provider, and a subdomain only if one is set."""
    filled = DEFAULT_OPTIONS if call.readings["fresh-options"] == "filled" else {}
    flags = {**filled, **{name: options[name] for name in DEFAULT_OPTIONS if name in options}}
    shown: dict[str, object] = {name: call.readings.flag(on=on) for name, on in flags.items()}
    if options.get("Subdomain"):
        shown["CustomSubdomain"] = options["Subdomain"]
    return shown


def _is_domain(name: str) -> bool:
    labels = name.split(".")
    return len(labels) > 1 and len(name) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))


COMMANDS: Mapping[str, Command] = {
    "emailgateway.adddomain": Command(
        run=_add,
        required={"DomainName": 1},
        errors={
            1: "Missing required parameter: DomainName",
            2: "Invalid domain name provided",
            3: "User has reached the maximum number of sender domains allowed",
            4: "Invalid subdomain or track prefix value",
        },
    ),
    "emailgateway.getdomains": Command(run=_get_all, required={}, errors={}),
    "emailgateway.getdomain": Command(
        run=_get,
        required={"DomainID": 1},
        errors={
            1: "Required parameter missing: DomainID",
            2: "Unable to retrieve domain information",
        },
        explains=True,
    ),
    "emailgateway.updatedomain": Command(
        run=_update,
        required={"DomainID": 1},
        errors={
            1: "Required field 'DomainID' is missing.",
            _BAD_FLAG: "Invalid field format",
            5: "Unable to retrieve sender domain information.",
            6: "Invalid subdomain or track prefix value",
        },
        explains=True,
    ),
    "emailgateway.verifydomain": Command(
        run=_verify,
        required={"DomainID": 1},
        errors={
            1: "Required field 'DomainID' is missing.",
            2: "Unable to retrieve the sender domain information.",
        },
        explains=True,
    ),
    "emailgateway.deletedomain": Command(
        run=_delete,
        required={"DomainID": 1},
        errors={
            1: "Missing required parameter: DomainID",
            2: "Domain not found or user does not have permission to delete the domain",
        },
        explains=True,
    ),
}
