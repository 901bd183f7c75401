"""A stateful Surenotify, written from the provider's API page (configuration endpoints only).

Endpoints, by the page's section: *Add/Update*, *Query* and *Delete Webhook* for e-mail
(`/v1/webhooks`) and SMS (`/v1/sms/webhooks`), *Create*, *Verify* and *Delete Sender
Authentication* (`/v1/domains/{domain}`), *Query Exclusive Numbers*. The header `x-api-key` is the
account; a missing one, or the key `invalid`, is answered with 403 (*Authentication*).

Where the page contradicts itself or is silent, a reading chooses (the first is the default):

================  ==================================================================================
webhook-list      *Query Webhooks* shows one object and promises "all": `object` (one row as that
                  object, more as a list), `list`, `wrapped` (in `webhooks`), `data` (in `data`)
webhook-none      what *Query Webhooks* says when none exists: `plain` (no rows in the shape of
                  `webhook-list`), `object` `{}`, `null`, `empty` (no body), `404`
upsert-key        "specified type and url": `type` alone, or `type+url` (a new url is a second row)
webhook-url       starred in the table, not required by the schema: `required`; without it `kept` as
                  it was, or `cleared`
url-check         `http` refuses what is no http(s) address; `none` takes any string
unknown-fields    members that the request schema does not name: `tolerated` or `refused`
type-as           "number": `int`, `float` or `string`
sms-domain        *Query Webhooks* (SMS) has `domain` in its example, not in its table: `shown`,
                  `hidden`
error-key         `messages` (example) or `message` (table)
success-body      DELETE and exclusive-number examples: `valid` JSON or their `trailing-comma`
delete-status     a delete that worked: `200` or `204`
absent-delete     *Delete* lists 500 without saying when: absent things answer `500`, `200`, `204`
domain-repeat     a domain posted again: the `same` records, `400`, or `new-dkim`
domain-unknown    verifying a domain that was never created: `404`, `400`, `empty` list, `500`
domain-owner      a domain may exist in `many-accounts`, or in `one-account`
records           `spf+dkim`, `spf` (the page's example), `growing` (DKIM appears on verifying)
valid-as          `as-page` (POST "false", PUT true), `bool`, `string`
dns               the records are `published`, `missing`, or found on the `second-check`
date-suffix       *Query Exclusive Numbers* dates: `clean`, or with the example's `backtick`
================  ==================================================================================
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.store import Store, Table

EVENT_TYPES: Mapping[str, frozenset[int]] = MappingProxyType(
    {"email": frozenset({3, 4, 5, 6, 7}), "sms": frozenset({3, 6})}
)
"""The type codes each channel's table of *Add/Update Webhook* lists."""

_OWN_DOMAIN = "default"
_TXT, _CNAME = 0, 1
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_LAST_MEMBER = re.compile(r"([^\s,{\[])(\n\s*})")

Row = dict[str, Any]
Handler = Callable[[Request, bytes], Response]


class _RefusedError(Exception):
    """A request answered with 400 and a reason."""


class SurenotifyEmulator:
    """All accounts of one emulated Surenotify; rows live in the store, keyed by API key."""

    type: str = "surenotify"
    READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
        {
            "webhook-list": ("object", "list", "wrapped", "data"),
            "webhook-none": ("plain", "object", "null", "empty", "404"),
            "upsert-key": ("type", "type+url"),
            "webhook-url": ("required", "kept", "cleared"),
            "url-check": ("http", "none"),
            "unknown-fields": ("tolerated", "refused"),
            "type-as": ("int", "float", "string"),
            "sms-domain": ("shown", "hidden"),
            "error-key": ("messages", "message"),
            "success-body": ("valid", "trailing-comma"),
            "delete-status": ("200", "204"),
            "absent-delete": ("500", "200", "204"),
            "domain-repeat": ("same", "400", "new-dkim"),
            "domain-unknown": ("404", "400", "empty", "500"),
            "domain-owner": ("many-accounts", "one-account"),
            "records": ("spf+dkim", "spf", "growing"),
            "valid-as": ("as-page", "bool", "string"),
            "dns": ("published", "missing", "second-check"),
            "date-suffix": ("clean", "backtick"),
        }
    )

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        self._store = store
        self._readings = {name: values[0] for name, values in self.READINGS.items()} | dict(
            readings
        )
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.token: Callable[[int], str] = secrets.token_hex

    def routes(self) -> list[BaseRoute]:
        """Return the endpoints, relative to the provider's base address."""
        return [
            *self._webhook_routes("/v1/webhooks", "email"),
            *self._webhook_routes("/v1/sms/webhooks", "sms"),
            self._route("/v1/domains/{domain}", "POST", self._create_domain),
            self._route("/v1/domains/{domain}", "PUT", self._verify_domain),
            self._route("/v1/domains/{domain}", "DELETE", self._delete_domain),
            self._route("/v1/sms/exclusive-number", "GET", self._list_numbers),
            Route("/__emulator__/seed", self._seed, methods=["POST"]),
        ]

    # Seeding and looking behind the API, for tests.

    def seed_webhook(
        self,
        account: str,
        *,
        channel: str,
        event_type: int,
        url: str,
        domain: str = _OWN_DOMAIN,
        created: str | None = None,
    ) -> None:
        """Add a row, also one that the API would refuse: an unknown type, a duplicate."""
        self._insert_webhook(
            self._webhooks(account, channel), event_type, url, domain=domain, created=created
        )

    def seed_number(self, account: str, number: str) -> None:
        """Give the account an exclusive number; no endpoint does."""
        now = self._now()
        self._table(account, "numbers")[number] = {
            "phoneNumber": number,
            "createDate": now,
            "updateDate": now,
        }

    def webhooks(self, account: str, channel: str) -> list[Row]:
        """Return the stored webhook rows, oldest first."""
        return [dict(row) for row in self._webhooks(account, channel).values()]

    def domains(self, account: str) -> dict[str, Row]:
        """Return the stored domains with their number of `checks` and whether `verified`."""
        return {name: dict(row) for name, row in self._table(account, "domains").items()}

    async def _seed(self, request: Request) -> Response:
        """Call a seeding method: `{"method": "seed_number", "account": …, "number": …}`."""
        wanted = json.loads(await request.body())
        methods: dict[str, Callable[..., None]] = {
            method.__name__: method for method in (self.seed_webhook, self.seed_number)
        }
        with self._store.batch():
            methods[wanted.pop("method")](**wanted)
        return _json({})

    # Plumbing.

    def _is(self, reading: str, value: str) -> bool:
        return self._readings[reading] == value

    def _table(self, account: str, name: str) -> Table:
        return self._store.table(f"surenotify/{account}/{name}")

    def _webhooks(self, account: str, channel: str) -> Table:
        return self._table(account, f"webhooks-{channel}")

    def _now(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _route(self, path: str, method: str, handle: Handler) -> Route:
        async def guarded(request: Request) -> Response:
            if request.headers.get("x-api-key", "").strip() in ("", "invalid"):
                return _json({"message": "Forbidden"}, 403)
            body = await request.body()
            try:
                with self._store.batch():
                    return handle(request, body)
            except _RefusedError as refusal:
                key = self._readings["error-key"]
                return _json({"success": False, key: [str(refusal)]}, 400)

        return Route(path, guarded, methods=[method])

    def _webhook_routes(self, path: str, channel: str) -> list[Route]:
        def upsert(request: Request, body: bytes) -> Response:
            return self._upsert_webhook(_account(request), channel, self._parsed(body))

        def listing(request: Request, _: bytes) -> Response:
            table = self._webhooks(_account(request), channel)
            return self._list_webhooks(table.visible(list_hints(request).hidden_seconds), channel)

        def delete(request: Request, body: bytes) -> Response:
            return self._delete_webhook(_account(request), channel, self._parsed(body))

        return [
            self._route(path, "POST", upsert),
            self._route(path, "GET", listing),
            self._route(path, "DELETE", delete),
        ]

    def _parsed(self, raw: bytes) -> Row:
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise _RefusedError("Invalid request body")
        if self._is("unknown-fields", "refused") and not body.keys() <= {"type", "url"}:
            raise _RefusedError("Invalid: unknown field.")
        return body

    def _deleted(self) -> Response:
        return self._success(int(self._readings["delete-status"]))

    def _absent(self) -> Response:
        return self._success(int(self._readings["absent-delete"]))

    def _success(self, status: int) -> Response:
        if status == 204:
            return Response(status_code=204)
        return self._sloppy({"success": status == 200}, status)

    def _sloppy(self, payload: Row, status: int = 200) -> Response:
        """Answer as those examples do that end their objects with a comma."""
        if self._is("success-body", "valid"):
            return _json(payload, status)
        text = _LAST_MEMBER.sub(r"\1,\2", json.dumps(payload, indent=4))
        return Response(text, status, media_type="application/json")

    # Webhooks.

    def _upsert_webhook(self, account: str, channel: str, body: Row) -> Response:
        event_type = _event_type(body.get("type"), channel)
        if event_type is None:
            raise _RefusedError("Invalid: type is not a valid value.")
        url = self._url(body)
        table = self._webhooks(account, channel)
        # The request names no domain, so what it changes is the row that it would have made.
        same = {"type": event_type, "domain": _OWN_DOMAIN}
        rows = [(key, row) for key, row in table.items() if same.items() <= row.items()]
        if self._is("upsert-key", "type+url"):
            rows = [(key, row) for key, row in rows if row["url"] == url]
        if not rows:
            self._insert_webhook(table, event_type, url or "")
        for key, row in rows:
            kept = row["url"] if self._is("webhook-url", "kept") else ""
            table[key] = {**row, "url": kept if url is None else url}
        return _json({"success": True})

    def _url(self, body: Row) -> str | None:
        """Return the wanted address, `None` where the request has none and need not."""
        url = body.get("url")
        if url in (None, ""):
            if not self._is("webhook-url", "required"):
                return None
            raise _RefusedError("Invalid: url is required.")
        if not isinstance(url, str) or (self._is("url-check", "http") and not _is_http(url)):
            raise _RefusedError("Invalid: url is not a valid value.")
        return url

    def _insert_webhook(
        self,
        table: Table,
        event_type: int,
        url: str,
        *,
        domain: str = _OWN_DOMAIN,
        created: str | None = None,
    ) -> None:
        table[str(table.next_id())] = {
            "type": event_type,
            "domain": domain,
            "url": url,
            "createDate": created or self._now(),
        }

    def _list_webhooks(self, stored: list[Row], channel: str) -> Response:
        rows = [self._shown(row, channel) for row in stored]
        none = self._readings["webhook-none"]
        if not rows and none != "plain":
            return _nothing(none)
        shape = self._readings["webhook-list"]
        if shape in ("wrapped", "data"):
            return _json({"webhooks" if shape == "wrapped" else "data": rows})
        return _json(rows[0] if shape == "object" and len(rows) == 1 else rows)

    def _shown(self, row: Row, channel: str) -> Row:
        spell = {"int": int, "float": float, "string": str}[self._readings["type-as"]]
        shown = {**row, "type": spell(row["type"])}
        if channel == "sms" and self._is("sms-domain", "hidden"):
            del shown["domain"]
        return shown

    def _delete_webhook(self, account: str, channel: str, body: Row) -> Response:
        event_type = _event_type(body.get("type"), channel)
        table = self._webhooks(account, channel)
        keys = [key for key, row in table.items() if row["type"] == event_type]
        for key in keys:
            del table[key]
        return self._deleted() if keys else self._absent()

    # Sender domains.

    def _create_domain(self, request: Request, _: bytes) -> Response:
        account, name = _account(request), _domain_name(request)
        table, owners = self._table(account, "domains"), self._owners()
        row = table.get(name)
        if row is not None and self._is("domain-repeat", "400"):
            raise _RefusedError("Invalid: domain already exists.")
        owner = owners.get(name, {}).get("account", account)
        if self._is("domain-owner", "one-account") and owner != account:
            raise _RefusedError("Invalid: domain is not available.")
        if row is None or self._is("domain-repeat", "new-dkim"):
            row = {"dkim": self.token(8), "checks": 0, "verified": False}
            table[name] = row
            owners[name] = {"account": account}
        return _json(self._records(name, row, plain="string"))

    def _verify_domain(self, request: Request, _: bytes) -> Response:
        name = _domain_name(request)
        table = self._table(_account(request), "domains")
        if name not in table:
            return self._unknown_domain()
        checks = table[name]["checks"] + 1
        needed = {"published": 1, "second-check": 2}.get(self._readings["dns"])
        verified = table[name]["verified"] or (needed is not None and checks >= needed)
        table[name] = {**table[name], "checks": checks, "verified": verified}
        return _json(self._records(name, table[name], plain="bool"))

    def _delete_domain(self, request: Request, _: bytes) -> Response:
        account, name = _account(request), _domain_name(request)
        if self._table(account, "domains").pop(name, None) is None:
            return self._absent()
        self._owners().pop(name, None)
        return self._deleted()

    def _owners(self) -> Table:
        return self._store.table("surenotify-domain-owners")

    def _unknown_domain(self) -> Response:
        reading = self._readings["domain-unknown"]
        if reading == "empty":
            return _json([])
        if reading == "500":
            return self._success(500)
        return _json({"success": False, self._readings["error-key"]: ["Not found"]}, int(reading))

    def _records(self, name: str, row: Row, *, plain: str) -> list[Row]:
        """Return the DNS records; `plain` is how this endpoint's example spells `valid`."""
        spelling = plain if self._is("valid-as", "as-page") else self._readings["valid-as"]
        verified = bool(row["verified"])
        valid: bool | str = str(verified).lower() if spelling == "string" else verified
        spf = "v=spf1 include:amazonses.com include:mailgun.org ?all"
        records = [{"name": name, "value": spf, "record_type": _TXT, "valid": valid}]
        which = self._readings["records"]
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

    # Exclusive numbers.

    def _list_numbers(self, request: Request, _: bytes) -> Response:
        suffix = "`" if self._is("date-suffix", "backtick") else ""
        rows = self._table(_account(request), "numbers").values()
        numbers = [
            {key: value if key == "phoneNumber" else value + suffix for key, value in row.items()}
            for row in rows
        ]
        return self._sloppy({"phoneNumbers": numbers})


def _json(payload: Row | list[Row], status: int = 200) -> Response:
    return Response(json.dumps(payload), status, media_type="application/json")


def _nothing(reading: str) -> Response:
    if reading == "404":
        return _json({"message": "Not Found"}, 404)
    text = {"object": "{}", "null": "null", "empty": ""}[reading]
    return Response(text, media_type="application/json")


def _account(request: Request) -> str:
    return request.headers["x-api-key"].strip()


def _event_type(value: object, channel: str) -> int | None:
    """Return the type code if the channel has it; the schema says number, so "3" is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value in EVENT_TYPES[channel] else None


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _domain_name(request: Request) -> str:
    """Return the path's domain in lower case, IDNA-encoded."""
    name: str = request.path_params["domain"]
    try:
        name = name.lower().encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _RefusedError("Invalid: domain is not a valid value.")
    return name


EMULATOR = SurenotifyEmulator
