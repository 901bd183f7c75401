"""The commands for API keys and SMTP configurations of a sender domain."""

import hashlib
from collections.abc import Mapping

from reconciler.emulator.octeth.accounts import Row
from reconciler.emulator.octeth.calls import Call, Command, Refusal

_PERMISSIONS = "EmailGateway"
_EXISTS = 409
"""The newer *Error Handling* page: "duplicate entry"; AddAPI's own codes have none for it."""
_CONTEXT = ("ListID", "SubscriberID", "JourneyID", "ActionID")


def _add_key(call: Call) -> Row:
    domain = call.domain(3)
    if call.readings["key-limit"] == "one" and call.account.rows("keys", domain["id"]):
        raise Refusal(_EXISTS)
    context = {name: call.text(name) for name in _CONTEXT if call.given(name)}
    row = call.account.add_key(
        domain["id"],
        key=f"eg_live_{call.token(20)}",
        description=call.text("Description"),
        created=call.now.strftime("%Y-%m-%d %H:%M:%S"),
        **context,
    )
    return {
        "NewAPIKeyID": call.readings.identifier(row["id"], page=str),
        "APIKey": _new_key(call, row),
    }


def _new_key(call: Call, row: Row) -> Row:
    domain_id = call.readings.identifier(row["domain_id"], page=str)
    shown = {"DomainID": domain_id, "Description": row["description"]}
    if call.readings.newer:
        identifier = call.readings.identifier(row["id"], page=int)
        return {"APIKeyID": identifier, "APIKey": row["key"], **shown}
    return {"Key": row["key"], "Permissions": _PERMISSIONS, **shown}


def _get_keys(call: Call) -> Row:
    domain = call.domain(2)
    rows = call.account.listed("keys", domain["id"])
    return {"APIKeys": [_listed_key(call, row) for row in rows]}


def _listed_key(call: Call, row: Row) -> Row:
    newer = call.readings.newer
    shown: Row = {
        "APIKeyID" if newer else "KeyID": call.readings.identifier(row["id"], page=str),
        "DomainID": call.readings.identifier(row["domain_id"], page=str),
    }
    if not newer:
        shown |= {
            "UserID": hashlib.sha256(call.account.name.encode()).hexdigest()[:8],
            "Permissions": _PERMISSIONS,
            "CreationDate": row["created"],
            "LastUsedDate": row.get("used", ""),
        }
    if call.readings["key-list"] != "absent":
        clear = call.readings["key-list"] == "clear"
        shown["APIKey" if newer else "Key"] = row["key"] if clear else f"****{row['key'][-4:]}"
    described = call.readings["key-description"]
    if described == "shown" or (described == "as-page" and newer):
        shown["Description"] = row["description"]
    return shown


def _delete_key(call: Call) -> Row:
    call.account.remove("keys", call.row("keys", "ApiKeyId", 2))
    return {}


def _add_smtp(call: Call) -> Row:
    domain = call.domain(2)
    row = call.account.add_smtp(
        domain["id"],
        username=f"smtp_{call.token(4)}@{domain['name']}",
        password=call.token(16),
    )
    told = call.readings.tells_smtp_password(made_anew=False)
    identifier = call.readings.identifier(row["id"], page=str)
    if call.readings.newer:
        secret = {"SMTPPassword": row["password"]} if told else {}
        return {"NewSMTPID": identifier, "SMTP": {**_newer_smtp(call, row), **secret}}
    secret = {"Username": row["username"], "Password": row["password"]} if told else {}
    return {"NewSMTPID": identifier, "SMTP": {**_server(call), **secret, "OtherSMTPInfo": "..."}}


def _server(call: Call) -> Row:
    ports = call.mail_server.ports or (25, 587, 465)
    return {"SMTPHost": call.mail_server.host, "SMTPPorts": [str(port) for port in ports]}


def _newer_smtp(call: Call, row: Row) -> Row:
    return {
        "SMTPID": call.readings.identifier(row["id"], page=int),
        "SMTPUsername": row["username"],
        "SMTPHost": call.mail_server.host,
        "SMTPPorts": [*(call.mail_server.ports or (25, 587, 2525))],
    }


def _get_smtps(call: Call) -> Row:
    domain = call.domain(2)
    rows = call.account.listed("smtps", domain["id"])
    if call.readings.newer:
        return {"SMTPs": [_newer_smtp(call, row) for row in rows]}
    return {"SMTPs": [_listed_smtp(call, row, domain["name"]) for row in rows]}


def _listed_smtp(call: Call, row: Row, domain: str) -> Row:
    shown = {
        "SMTPID": call.readings.identifier(row["id"], page=str),
        **_server(call),
        "Username": row["username"],
        "FromEmail": f"from@{domain}",
        "FromName": domain,
        "ReplyToEmail": f"reply-to@{domain}",
        "ReplyToName": domain,
        "IsActive": True,
    }
    reading = call.readings["smtp-list-password"]
    if reading != "absent":
        salt = call.token(8) if reading == "changing" else ""
        shown["Password"] = hashlib.sha256(f"{salt}{row['password']}".encode()).hexdigest()
    return shown


def _reset_password(call: Call) -> Row:
    row = {**call.row("smtps", "smtpid", 2), "password": call.token(16)}
    call.account.put("smtps", row)
    told = call.readings.tells_smtp_password(made_anew=True)
    identifier = call.readings.identifier(row["id"], page=str)
    if call.readings.newer:
        secret = {"SMTPPassword": row["password"]} if told else {}
        return {"SMTP": {"SMTPID": identifier, "SMTPUsername": row["username"], **secret}}
    secret = {"Password": row["password"]} if told else {}
    server = call.mail_server
    port = server.ports[0] if server.ports else 587
    shown = {
        "SMTPID": identifier,
        "Server": server.host,
        "Port": port,
        "Username": row["username"],
    }
    return {"SMTP": {**shown, **secret}}


def _delete_smtp(call: Call) -> Row:
    call.account.remove("smtps", call.row("smtps", "smtpid", 2))
    return {}


COMMANDS: Mapping[str, Command] = {
    "emailgateway.addapi": Command(
        run=_add_key,
        required={"Description": 1, "DomainID": 2},
        errors={
            1: "Missing or invalid 'Description' parameter",
            2: "Missing or invalid 'DomainID' parameter",
            3: "Unable to retrieve sender domain with provided 'DomainID'",
            _EXISTS: "Duplicate entry",
        },
    ),
    "emailgateway.getapis": Command(
        run=_get_keys,
        required={"DomainID": 1},
        errors={
            1: "Missing required parameter: DomainID",
            2: "Unable to retrieve sender domain",
        },
    ),
    "emailgateway.deleteapi": Command(
        run=_delete_key,
        required={"ApiKeyId": 1},
        errors={
            1: "Missing required parameter: ApiKeyId",
            2: "Invalid API key or API key not found",
        },
        explains=True,
    ),
    "emailgateway.addsmtp": Command(
        run=_add_smtp,
        required={"DomainID": 1},
        errors={
            1: "Required field 'DomainID' is missing.",
            2: "Unable to retrieve the sender domain.",
        },
        explains=True,
    ),
    "emailgateway.getsmtps": Command(
        run=_get_smtps,
        required={"DomainID": 1},
        errors={
            1: "Missing required parameter 'DomainID'.",
            2: "Unable to retrieve sender domain details.",
        },
    ),
    "emailgateway.resetsmtppassword": Command(
        run=_reset_password,
        required={"smtpid": 1},
        errors={
            1: "Missing required parameter 'smtpid'",
            2: "SMTP configuration not found or access denied",
        },
    ),
    "emailgateway.deletesmtp": Command(
        run=_delete_smtp,
        required={"smtpid": 1},
        errors={
            1: "Required field is missing",
            2: "SMTP configuration not found or user does not have permission",
        },
    ),
}
