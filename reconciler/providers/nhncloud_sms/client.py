"""Requests and answers of NHN Cloud SMS API v2.2.

Every answer is `{"header": {"isSuccessful", "resultCode", "resultMessage"}, "body": …}`, and
only `isSuccessful` tells success: failures arrive with HTTP 200 too, `resultCode` may be "" and
`body` may be null or missing. `body.data` is a list in some answers and an object in others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.http.outcomes import Absent
from reconciler.http.request import NO_BODY, NoBody, Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.listing import Fetch, Page
from reconciler.providers.rest import RestClient
from reconciler.providers.wire import Row, only_rows, total

if TYPE_CHECKING:
    from reconciler.http.client import HttpClient

PAGE_SIZE = 1000
"""The largest page that the API gives; its default is 15."""

_ABSENT = frozenset({-2107, -2113, -2202, -2206})
"""In this order: no such template to change; it is deleted already; no such category (both)."""

_ACCOUNT = frozenset({*range(-1008, -999), -9995, -9996, -9997, -9998, -6000, -6004})
"""Refusals of every request of this account or for this 080 number, whatever it contains."""

_REFUSED = _ACCOUNT | frozenset(
    {
        4,  # validation of parameters
        *range(-2008, -1999),  # dates, recipients, attachments
        *range(-2018, -2010),
        *(-2019, -2020, -2022, -2023, -2024),
        *range(-2047, -2039),  # attachments of templates
        *range(-2117, -2099),  # templates
        *range(-2206, -2199),  # categories
        *range(-2314, -2299),  # sender numbers
        -4000,
        *(-6001, -6003),
        -7001,
        -8000,
    }
)
"""Codes that are documented as a refusal of the request. Those for the provider's own failures
(-2009, -2010, -2021, -7000, -9999) are left out: whether anything was done is unknown then."""

_NOT_BLOCKED = "unregistered recipientno"
"""From the message, whose code is undocumented, that a number to unblock is not on the list."""


def classify(status: int, body: JsonValue) -> Verdict:
    """Return what an answer means: unknown where its code is not documented as a refusal."""
    header = body.get("header") if isinstance(body, dict) else None
    if not isinstance(header, dict):
        header = {"resultMessage": "an answer without the provider's envelope"}
    success = header.get("isSuccessful")
    if success is True:
        return Verdict(outcome=VerdictKind.DONE)
    message = str(header.get("resultMessage") or "")
    code = _code(header.get("resultCode"))
    outcome = _failure(status, code, message, stated=success is False)
    return Verdict(outcome=outcome, message=message, code="" if code is None else str(code))


def _failure(status: int, code: int | None, message: str, *, stated: bool) -> VerdictKind:
    """Return what an answer without success means; `stated`: its envelope says that it failed."""
    if status == 429:
        return VerdictKind.RATE_LIMITED
    if stated and (code in _ABSENT or _NOT_BLOCKED in message.lower()):
        return VerdictKind.ABSENT
    if status in {401, 403} or (stated and code in _REFUSED):
        return VerdictKind.REJECTED
    return VerdictKind.ABSENT if stated and status == 404 else VerdictKind.UNKNOWN


def concerns_account(refused: Rejected) -> bool:
    """Tell whether a refusal means that every request like it will be refused."""
    if refused.status in {401, 403, 429}:  # whatever code stands beside it
        return True
    code = refused.provider_code
    return code in {"", "429"} or _code(code) in _ACCOUNT


def _code(value: JsonValue) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


class Api(RestClient):
    """Builds the requests of one account and reads what comes back."""

    prefix: ClassVar[str] = "/sms/v2.2/appKeys/{appKey}"

    def __init__(
        self, http: HttpClient, app_key: Secret, *, create_user: str, update_user: str
    ) -> None:
        """Send through `http`; the app key, the account's only credential, is part of every URL.

        Some requests name the user who creates or updates.
        """
        super().__init__(http)
        self.create_user = create_user
        self.update_user = update_user
        self._app_key = app_key

    def request(
        self,
        method: str,
        path: str,
        *,
        json: JsonValue | NoBody = NO_BODY,
        query: Sequence[tuple[str, str]] = (),
        personal: Mapping[str, str] | None = None,
    ) -> Request:
        """Return a request; `path` follows the app key in the URL and is percent-encoded.

        `{name}` in it stands for the text of that name in `personal`, which is never shown.
        """
        return replace(
            super().request(method, path, json=json, query=query),
            secret_path={"appKey": self._app_key},
            personal_path=personal or {},
        )

    async def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> JsonValue:
        """Return the body of a read, `None` where it has none."""
        return _body(await super().get(path, query))

    def object_in(self, answer: JsonValue) -> Row:
        """Return the object that the answer to a write holds."""
        return super().object_in(_data(_body(answer)))

    async def one(self, path: str) -> Row | None:
        """Return one object, `None` when it does not exist.

        A refusal that does not concern the whole account means that, too: the request contains
        only the id, and not every code for an unknown id is documented.
        """
        try:
            data = _data(await self.get(path))
        except Absent:
            return None
        except Rejected as error:
            if concerns_account(error):
                raise
            return None
        return data if isinstance(data, dict) and data else None

    def pages(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Fetch:
        """Return a reader of a list with `pageNum`, `pageSize` and `totalCount`."""

        async def fetch(number: int, _step: int) -> Page:
            size = [("pageNum", str(number)), ("pageSize", str(PAGE_SIZE))]
            body = _object(await self.get(path, [*query, *size]))
            return Page(rows=_rows(body.get("data"), path), total=_total(body, path))

        return fetch

    def uid_pages(self) -> Fetch:
        """Return a reader of the list of UIDs, which has `offset`, `limit` and `last`."""

        async def fetch(number: int, step: int) -> Page:
            size = [("offset", str((number - 1) * step)), ("limit", str(PAGE_SIZE))]
            body = _object(await self.get("/uids", size))
            data = _object(_data(body))
            found = _rows(data.get("uids"), "/uids")
            # The page's example has `last` beside the rows, its table in each row.
            last = data.get("last") is True or any(row.get("last") is True for row in found)
            return Page(rows=found, total=_total(body, "/uids"), last=last)

        return fetch

    async def total(self, path: str, query: Sequence[tuple[str, str]]) -> int | None:
        """Return how many rows a list says it has, by one read; `None` where it does not say."""
        return _total(_object(await self.get(path, query)), path)


def _body(answer: JsonValue) -> JsonValue:
    return answer.get("body") if isinstance(answer, dict) else None


def _data(body: JsonValue) -> JsonValue:
    """Return the object in a body; in some answers `data` is a list of one object."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return data[0] if data else None
    return data


def _object(value: JsonValue) -> Row:
    return value if isinstance(value, dict) else {}


def _rows(data: JsonValue, path: str) -> list[Row]:
    """Return the rows of a list; some answers have a single row without the list."""
    return [data] if isinstance(data, dict) and data else only_rows(data, f"GET {path}")


def _total(body: Row, path: str) -> int | None:
    """Read a total, which some answers have in `data` and others beside it."""
    inside = _object(_data(body)).get("totalCount")
    return total(body.get("totalCount") if inside is None else inside, f"GET {path}")
