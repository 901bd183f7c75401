"""Emulates NHN Cloud SMS v2.2, as its API page describes it.

| module or folder | does |
|---|---|
| `protocol` | the envelope of answers, refusals, and strict reading of requests |
| `account` | the data of one appKey, with what every account has from the start |
| `rows` | the type of its rows, and how times are written in them |
| `categories`, `templates`, `attachments` | the tree, the templates in it, their pictures |
| `tags`, `uids` | tags; the contacts that have them |
| `blocklist`, `senders` | 080 numbers and who called them; registered sender numbers |
| `sending/` | sending messages, and asking what became of them |
| `admin` | paths that change an account as its console would |
| `readings` | what the page leaves open |

All paths are below `/sms/v2.2/appKeys/{appKey}`. Any appKey is an account of its own, except those
of `account.REFUSED`: "invalid" (-1000), "closed" (-1002), ….
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from reconciler.emulator.clock import Clock
from reconciler.emulator.nhncloud_sms import (
    attachments,
    blocklist,
    categories,
    senders,
    tags,
    templates,
    uids,
)
from reconciler.emulator.nhncloud_sms.account import REFUSED, Account
from reconciler.emulator.nhncloud_sms.admin import admin_routes
from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    failure,
    shown_reply,
)
from reconciler.emulator.nhncloud_sms.readings import ODD, READINGS, SENDING
from reconciler.emulator.nhncloud_sms.sending import (
    downloads,
    orders,
    reservations,
    results,
    sender,
    statistics,
    tag_sender,
)
from reconciler.emulator.pipeline import list_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from reconciler.emulator.store import Store

    Api = Callable[..., Reply | str]

__all__ = ["EMULATOR", "NhnCloudSms"]

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_PREFIX = ["sms", "v2.2", "appKeys"]
_APIS: dict[tuple[str, str], Api] = {
    ("POST", "categories"): categories.create,
    ("GET", "categories"): categories.list_all,
    ("GET", "categories/*"): categories.get,
    ("PUT", "categories/*"): categories.update,
    ("DELETE", "categories/*"): categories.delete,
    ("POST", "templates"): templates.create,
    ("GET", "templates"): templates.list_all,
    ("GET", "templates/*"): templates.get,
    ("PUT", "templates/*"): templates.update,
    ("DELETE", "templates/*"): templates.delete,
    ("POST", "attachfile/binaryUpload"): attachments.upload,
    ("POST", "blockservice/recipients"): blocklist.add,
    ("GET", "blockservice/recipients"): blocklist.list_all,
    ("DELETE", "blockservice/recipients/removes"): blocklist.remove,
    ("GET", "sendNos"): senders.list_all,
    ("POST", "tags"): tags.create,
    ("GET", "tags"): tags.list_all,
    ("PUT", "tags/*"): tags.update,
    ("DELETE", "tags/*"): tags.delete,
    ("POST", "uids"): uids.create,
    ("GET", "uids"): uids.list_all,
    ("GET", "uids/*"): uids.get,
    ("DELETE", "uids/*"): uids.delete,
    ("POST", "uids/*/phone-numbers"): uids.add_phone_number,
    ("DELETE", "uids/*/phone-numbers/*"): uids.remove_phone_number,
    ("POST", "sender/sms"): partial(sender.send, orders.SMS),
    ("GET", "sender/sms"): partial(sender.list_all, orders.SMS),
    ("GET", "sender/sms/*"): partial(sender.get, orders.SMS),
    ("POST", "sender/mms"): partial(sender.send, orders.MMS),
    ("GET", "sender/mms"): partial(sender.list_all, orders.MMS),
    ("GET", "sender/mms/*"): partial(sender.get, orders.MMS),
    ("POST", "sender/auth/sms"): partial(sender.send, orders.AUTH),
    ("GET", "sender/auth/sms"): partial(sender.list_all, orders.AUTH),
    ("GET", "sender/auth/sms/*"): partial(sender.get, orders.AUTH),
    ("POST", "sender/ad-sms"): partial(sender.send, orders.AD_SMS),
    ("POST", "sender/ad-mms"): partial(sender.send, orders.AD_MMS),
    ("GET", "message-results"): results.list_all,
    ("POST", "tag-sender/sms"): partial(tag_sender.send, orders.SMS),
    ("POST", "tag-sender/mms"): partial(tag_sender.send, orders.MMS),
    ("GET", "tag-sender"): tag_sender.list_all,
    ("GET", "tag-sender/*"): tag_sender.list_recipients,
    ("GET", "tag-sender/*/*"): tag_sender.get,
    ("GET", "statistics/view"): statistics.view,
    ("POST", "sender/download-reservations"): downloads.create,
    ("GET", "download-reservations"): downloads.list_all,
    ("GET", "reservations"): reservations.list_all,
    ("GET", "reservations/*/*"): reservations.get,
    ("PUT", "reservations/cancel"): reservations.cancel,
    ("GET", "download-reservations/*/download"): downloads.file_of,
}


class NhnCloudSms:
    """NHN Cloud SMS v2.2."""

    type = "nhncloud-sms"
    READINGS: Mapping[str, tuple[str, ...]] = READINGS
    ASIDE: Collection[str] = (*SENDING, *ODD)

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        self._store = store
        self._readings = readings
        self._accounts: dict[str, Account] = {}
        self.clock: Callable[[], datetime] = Clock(store).now

    def routes(self) -> list[BaseRoute]:
        """One route for everything, because segments must be split before they are decoded."""
        return [
            *admin_routes(self.account),
            Route("/{path:path}", self._serve, methods=_METHODS),
        ]

    def account(self, app_key: str) -> Account:
        """The account of an appKey, made and seeded when new. Raises `Refusal`."""
        if app_key in REFUSED:
            raise Refusal(*REFUSED[app_key])
        if app_key not in self._accounts:
            self._accounts[app_key] = Account(self._store, app_key)
        return self._accounts[app_key]

    async def _serve(self, request: Request) -> Response:
        body = await request.body()
        try:
            answer, status = self._answer(request, body), 200
            if isinstance(answer, str):
                return PlainTextResponse(answer, media_type="text/csv")
        except Refusal as refusal:
            answer = failure(refusal, self._readings["failure-codes"])
            status = int(self._readings["failure-status"])
        return JSONResponse(answer, status, media_type="application/json;charset=UTF-8")

    def _answer(self, request: Request, body: bytes) -> Reply | str:
        segments = _segments(request)
        if segments[:3] != _PREFIX or len(segments) < 5:
            raise Refusal(-9998, "Unavailable API")
        account = self.account(segments[3])
        api, arguments = _find_api(request.method, segments[4:])
        call = Call(
            account=account,
            readings=self._readings,
            query=_query(request),
            payload=_payload(request, body),
            hints=list_hints(request),
            at=self.clock().timestamp(),
        )
        if request.method == "GET":
            return _answered(api, call, arguments)
        with self._store.batch():
            return _answered(api, call, arguments)


def _answered(api: Api, call: Call, arguments: Sequence[str]) -> Reply | str:
    """The answer of an API; a text is a file, without the envelope."""
    made = api(call, *arguments)
    if isinstance(made, str):
        return made
    answer: Reply = shown_reply(call, made)
    return answer


def _segments(request: Request) -> list[str]:
    """The path's segments below the mount, each decoded by itself: "%2F" is part of a name."""
    raw: bytes = request.scope["raw_path"]
    mounted = request.scope.get("root_path", "").strip("/").count("/") + 1
    return [unquote(each) for each in raw.decode("ascii").split("/")[1 + mounted :]]


def _find_api(method: str, segments: list[str]) -> tuple[Api, list[str]]:
    for (verb, pattern), api in _APIS.items():
        parts = pattern.split("/")
        if verb == method and len(parts) == len(segments):
            pairs = list(zip(parts, segments, strict=True))
            if all(segment if part == "*" else part == segment for part, segment in pairs):
                return api, [segment for part, segment in pairs if part == "*"]
    raise Refusal(-9998, "Unavailable API")


def _query(request: Request) -> dict[str, str]:
    """Parameters by name; one that is given several times is a list, joined by commas."""
    joined: dict[str, str] = {}
    raw: bytes = request.scope["query_string"]
    for name, value in parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _payload(request: Request, body: bytes) -> dict[str, Any]:
    """The JSON object of a POST or PUT. Raises `Refusal` for anything else."""
    if request.method not in {"POST", "PUT"}:
        return {}
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").lower()
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise Refusal(-9996, "Invalid contentType. Only application/JSON")
    try:
        payload = json.loads(body.decode("utf-8"))
    except ValueError:
        raise Refusal(-9997, "Invalid JSON format") from None
    if not isinstance(payload, dict):
        raise Refusal(-9997, "Invalid JSON format")
    return payload


EMULATOR = NhnCloudSms
