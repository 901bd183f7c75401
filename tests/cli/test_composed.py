"""Letters in parts (NFD) and in one (NFC) are the same, in manifests, at providers and in state."""

import json
from unicodedata import normalize

import httpx
import pytest

from tests.support.served import Port

MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: nhn}}
spec:
  type: nhncloud-sms
  baseUrl: "{url}/nhncloud-sms"
  credentials: {{appKey: {{fromEnv: K}}}}
  limits: {{settleSeconds: 0}}
---
apiVersion: reconciler/v1
kind: Category
metadata: {{name: 알림, labels: {{팀: 고객}}}}
spec: {{description: 고객등급}}
---
apiVersion: reconciler/v1
kind: Template
metadata: {{name: welcome}}
spec: {{category: 알림, sender: 15446859, type: sms, body: "안녕하세요 ##name##"}}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {{name: 고객}}
spec: {{}}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {{name: kim}}
spec: {{tags: [고객], phoneNumbers: [010-1234-5678]}}
"""


@pytest.fixture(scope="module")
def port():
    with Port() as served:
        yield served


@pytest.fixture
def api(port):
    port.serve()

    def call(method, path, body=None):
        url = f"{port.url}/nhncloud-sms/sms/v2.2/appKeys/one{path}"
        answer = httpx.request(method, url, json=body).json()
        assert answer["header"]["isSuccessful"], answer
        return answer["body"]

    return call


@pytest.fixture
def write(project, port, monkeypatch):
    monkeypatch.setenv("K", "one")

    def call(form, *, extra=""):
        text = normalize(form, MANIFESTS.format(url=port.url)) + extra
        (project / "nhn.yaml").write_text(text)

    return call


def texts(port):
    store = port.app.state.store
    return json.dumps([list(t._rows.values()) for t in store._tables.values()], ensure_ascii=False)


def test_what_is_written_in_parts_is_sent_in_one_and_is_no_difference(write, api, run, port):
    write("NFD")
    result = run("apply", "--auto-approve")
    assert result.code == 0, result.err + result.out
    assert normalize("NFC", texts(port)) == texts(port)
    for form in ("NFC", "NFD"):
        write(form)
        assert run("plan", "--detailed-exitcode").code == 0
        assert run("drift").code == 0


def test_what_lives_in_parts_is_adopted_without_a_difference(write, api, run):
    api("POST", "/tags", {"tagName": normalize("NFD", "고객")})
    body = {"categoryName": normalize("NFD", "알림"), "categoryDesc": normalize("NFD", "고객등급")}
    api("POST", "/categories", {**body, "useYn": "Y"})
    write("NFC")
    plan = run("plan", "--output", "json").json
    found = {each["address"]: (each["action"], each["fields"]) for each in plan["changes"]}
    assert found["nhn/Tag/고객"] == ("adopt", [])
    assert found["nhn/Category/알림"] == ("adopt", [])
    assert run("apply", "--auto-approve").code == 0
    assert run("plan", "--detailed-exitcode").code == 0
    assert len(api("GET", "/tags?pageNum=1&pageSize=99")["data"]) == 1


def test_the_same_name_in_two_forms_is_defined_twice(write, run, project):
    extra = "---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: %s}\nspec: {}\n"
    write("NFC", extra=extra % normalize("NFD", "고객"))
    result = run("validate")
    assert result.code == 1
    assert "nhn.yaml:32:18: nhn/Tag/고객: is defined at nhn.yaml:22:18 already" in result.out


def test_escapes_that_spell_a_name_in_parts_are_that_name(write, run, project):
    written = "".join(f"\\u{ord(letter):04x}" for letter in normalize("NFD", "고객"))
    document = (
        '{"apiVersion": "reconciler/v1", "kind": "Tag", "metadata": {"name": "%s"}, "spec": {}}'
    )
    write("NFC")
    (project / "more.json").write_text(document % written)
    assert "nhn/Tag/고객: is defined at" in run("validate").out


def test_addresses_and_labels_on_the_command_line_may_be_in_parts(write, api, run):
    write("NFC")
    assert run("apply", "--auto-approve").code == 0
    address, label = normalize("NFD", "nhn/Tag/고객"), normalize("NFD", "팀=고객")
    assert run("plan", "--target", address).code == 0
    assert run("plan", "--selector", label).code == 0
    assert run("state", "show", address).code == 0


def test_a_file_is_found_by_the_name_that_the_file_system_has(write, run, project):
    name = normalize("NFD", "번호.csv")
    (project / name).write_text("010-1234-5678\n")
    spec = f"{{unsubscribeNumber: 080-123-4567, recipientsFrom: [{{file: {name}}}]}}"
    extra = (
        f"---\napiVersion: reconciler/v1\nkind: BlockList\nmetadata: {{name: ads}}\nspec: {spec}\n"
    )
    write("NFC", extra=extra)
    assert run("validate").code == 0
