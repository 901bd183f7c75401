"""A client of the emulated EngageLab SMS, for its tests."""

import asyncio
import base64
from datetime import UTC, datetime

import httpx

from reconciler.emulator.app import build_app
from tests.support.inprocess import InProcessTransport

SIGNS, TEMPLATES = "/v1/sign-configs", "/v1/template-configs"
TYPE = "engagelab-sms"
NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)
DONE = (200, {"code": 0, "message": "success"})
TEMPLATE = {
    "template_name": "Order",
    "template_type": "utility",
    "template_content": "Your order {order_no} has shipped.",
    "country_codes": "CN,US",
    "add_signature": False,
}


class Api:
    """The emulator behind a client of one account, with a clock that is put forward by hand."""

    def __init__(self, *, data=None, callbacks=False, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self.app = build_app(data=data, callbacks=callbacks, readings={TYPE: chosen})
        self.emulator = self.app.state.emulators[TYPE]
        self.now = NOON
        self.emulator.clock = lambda: self.now
        self.served = None

    def send(self, method, path, body=None, *, auth="dev:secret", **options):
        async def request():
            transport = None if self.served else InProcessTransport(self.app)
            url = self.served or "http://emulator"
            async with httpx.AsyncClient(transport=transport, base_url=url) as client:
                if auth is not None:
                    encoded = base64.b64encode(auth.encode()).decode()
                    options["headers"] = {"authorization": f"Basic {encoded}"}
                if body is not None:
                    options["json"] = body
                return await client.request(method, f"/{TYPE}{path}", **options)

        return asyncio.run(request())

    def call(self, method, path, body=None, **options):
        answer = self.send(method, path, body, **options)
        return answer.status_code, answer.json()

    def sign(self, name="Company", **options):
        return self.call("POST", SIGNS, {"sign_name": name}, **options)[1]["sign_id"]

    def template(self, **changes):
        return self.call("POST", TEMPLATES, TEMPLATE | changes)[1]["template_id"]

    def read(self, number, path=TEMPLATES):
        return self.call("GET", f"{path}/{number}")[1]

    def console(self, method, path, body=None):
        return self.send(method, f"/__emulator__/{path}", body, auth=None).status_code


def refused(message):
    return 400, {"code": 400, "message": message}
