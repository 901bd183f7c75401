"""A project with an account on a served emulator in which people have made things by hand."""

from __future__ import annotations

from contextlib import contextmanager

import httpx

from tests.support import verifying

NHN = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: nhn}}
spec:
  type: nhncloud-sms
  baseUrl: {url}/nhncloud-sms
  credentials: {{appKey: {{fromEnv: NHN_APP_KEY}}}}
  limits: {{requestsPerSecond: 100000, settleSeconds: 0}}
"""
APP_KEY = "import-app-key"


class Account:
    """What somebody does at the provider by hand."""

    def __init__(self, url, key=APP_KEY):
        self.url = url
        self._key = key

    def call(self, method, path, **more):
        url = f"{self.url}/nhncloud-sms/sms/v2.2/appKeys/{self._key}{path}"
        answer = httpx.request(method, url, **more).json()
        assert answer["header"]["isSuccessful"], answer
        return (answer.get("body") or {}).get("data")

    def tag(self, name):
        return self.call("POST", "/tags", json={"tagName": name})

    def category(self, name, parent=None):
        body = {"categoryName": name, "useYn": "Y", "categoryDesc": ""}
        if parent is not None:
            body["categoryParentId"] = parent
        return self.call("POST", "/categories", json=body)["categoryId"]

    def template(self, known, category, body="Hello", **more):
        made = {
            "templateId": known,
            "categoryId": category,
            "templateName": known[:50],
            "templateDesc": "",
            "sendNo": "15446859",
            "sendType": "0",
            "title": "",
            "body": body,
            "useYn": "Y",
        }
        self.call("POST", "/templates", json=made | more)

    def reword(self, known, body):
        """Change a template's text."""
        path = f"/templates/{known}"
        self.call("PUT", path, json=self.call("GET", path) | {"body": body})

    def block(self, number, recipients):
        """People call an 080 number."""
        url = f"{self.url}/nhncloud-sms/__emulator__/{self._key}/blocked/{number}"
        answer = httpx.post(url, content="\n".join(recipients))
        assert answer.status_code < 300, answer.text

    def contact(self, uid, phone, tags=()):
        numbers = [{"contactType": "PHONE_NUMBER", "contact": phone}]
        uids = [{"uid": uid, "tagIds": list(tags), "contacts": numbers}]
        self.call("POST", "/uids", json={"uids": uids})


@contextmanager
def served(project, monkeypatch, readings=None):
    """Serve an empty account, which is all that the project's one manifest says."""
    known = {"nhncloud-sms": {"senders": "any", **(readings or {})}}
    with verifying.served(project / "nhn.yaml", NHN, known) as world:
        monkeypatch.setenv("NHN_APP_KEY", APP_KEY)
        world.account = Account(world.server.url)
        yield world
