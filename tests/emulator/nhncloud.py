"""A client of the emulated NHN Cloud SMS, for its tests."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Any

import httpx

from reconciler.emulator.app import build_app
from tests.support.inprocess import InProcessTransport

BASE = "http://emulator/nhncloud-sms"
BLANK = {"header": {"isSuccessful": True, "resultCode": "", "resultMessage": ""}}
PICTURE = base64.b64encode(b"\xff\xd8\xff picture").decode()
BLOCKED = "/blockservice/recipients"
UNSUBSCRIBE = "0800000000"


@dataclass
class Answer:
    status: int
    json: Any
    text: str = ""

    @property
    def code(self):
        return self.json["header"]["resultCode"]

    @property
    def ok(self):
        return self.json["header"]["isSuccessful"]

    @property
    def body(self):
        return self.json["body"]

    @property
    def data(self):
        return self.json["body"]["data"]


class Api:
    """One account of an emulator in process."""

    def __init__(self, *, data=None, key="k", app=None, **readings):
        wanted = {name.replace("_", "-"): value for name, value in readings.items()}
        self.app = app or build_app(data=data, readings={"nhncloud-sms": wanted})
        self.key = key

    def send(self, method, path, json=None, **options):
        return self.raw(method, f"/sms/v2.2/appKeys/{self.key}{path}", json=json, **options)

    def raw(self, method, path, *, json=None, **options):
        if json is not None:
            options["json"] = json

        async def one():
            transport = InProcessTransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                answer = await client.request(method, path, **options)
                is_json = answer.headers.get("content-type", "").startswith("application/json")
                return Answer(answer.status_code, answer.json() if is_json else None, answer.text)

        return asyncio.run(one())

    @property
    def account(self):
        return self.app.state.emulators["nhncloud-sms"].account(self.key)

    def category(self, **fields):
        answer = self.send("POST", "/categories", {"categoryName": "c", "useYn": "Y", **fields})
        data = answer.data
        return (data[0] if isinstance(data, list) else data)["categoryId"]

    def template(self, **fields):
        return self.send("POST", "/templates", self.template_body(**fields))

    def template_body(self, **fields):
        body = {
            "categoryId": self.account.root_id,
            "templateId": "t",
            "templateName": "name",
            "sendNo": "15446859",
            "sendType": "0",
            "body": "Hello ##name##",
            "useYn": "Y",
        } | fields
        return {name: value for name, value in body.items() if value is not ...}

    def update_template(self, **fields):
        body = self.template_body(categoryId=..., templateId=..., **fields)
        return self.send("PUT", "/templates/t", body)

    def upload(self, **fields):
        body = {"fileName": "a.jpg", "fileBody": PICTURE, "createUser": "ci"} | fields
        return self.send("POST", "/attachfile/binaryUpload", body)

    def file(self):
        return self.upload().data["fileId"]

    def tag(self, name="news"):
        return self.send("POST", "/tags", {"tagName": name}).data["tagId"]

    def uid(self, uid="u", **fields):
        return self.send("POST", "/uids", {"uids": [{"uid": uid, **fields}]})

    def block(self, *numbers, unsubscribe=UNSUBSCRIBE):
        body = {"unsubscribeNo": unsubscribe, "recipientNoList": list(numbers)}
        return self.send("POST", BLOCKED, body)

    def unblock(self, *numbers, **query):
        query = {"unsubscribeNo": UNSUBSCRIBE, "updateUser": "ci"} | query
        if numbers:
            query["recipientNoList"] = ",".join(numbers)
        return self.send("DELETE", f"{BLOCKED}/removes", params=query)

    def blocked(self, **query):
        query = {"unsubscribeNo": UNSUBSCRIBE, "pageSize": 1000} | query
        answer = self.send("GET", BLOCKED, params=query)
        return [row["recipientNo"] for row in answer.data]


def contact(number):
    return {"contactType": "PHONE_NUMBER", "contact": number}
