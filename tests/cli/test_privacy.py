"""What is shown of numbers and of what cannot be read back."""

import json

import pytest

NUMBERS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip}
spec: {}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {name: kim}
spec: {tags: [vip], phoneNumbers: [010-1234-5678, 010-1111-2222]}
---
apiVersion: reconciler/v1
kind: BlockList
metadata: {name: ads}
spec: {unsubscribeNumber: 080-123-4567, recipients: [010-7777-8888]}
"""
MAIL = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec: {type: octeth, baseUrl: "https://mail.example.com", credentials: {apiKey: {fromEnv: K}}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com}
spec: {openTracking: true}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, description: Shop, deliverTo: {file: secrets/shop-key}}
"""


@pytest.fixture
def mail(project, run):
    (project / "nhn.yaml").write_text(MAIL)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    return project


@pytest.fixture
def contacts(project, run):
    (project / "nhn.yaml").write_text(NUMBERS)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    return project


def test_state_show_masks_the_numbers_of_a_contact(contacts, run):
    for output in ("text", "json"):
        shown = run("state", "show", "nhn/Contact/kim", "--emulate", "--output", output).out
        assert "phoneNumbers" in shown
        assert "01012345678" not in shown
    assert "01077778888" not in run("state", "show", "nhn/BlockList/ads", "--emulate").out


def test_a_number_that_is_removed_is_in_no_request_of_the_log(contacts, run, edit):
    edit("010-1234-5678", "010-3333-4444")
    result = run("apply", "--emulate", "--auto-approve", "-vv")
    assert result.code == 0
    log = result.out + result.err
    assert "phone-numbers/{number}" in log
    for number in ("01012345678", "01033334444", "010-1234-5678"):
        assert number not in log


@pytest.mark.parametrize(
    ("right", "wrong", "shown"),
    [
        (
            "phoneNumbers: [010-1234-5678, 010-1111-2222]",
            'phoneNumbers: "01012345678"',
            "010****5678",
        ),
        ("phoneNumbers: [010-1234-5678, 010-1111-2222]", "phoneNumbers: 1012345678", "101***5678"),
        ("recipients: [010-7777-8888]", 'recipients: "010-1234-5678"', "010****5678"),
    ],
)
def test_a_fault_masks_the_number_that_it_is_about(contacts, run, edit, right, wrong, shown):
    edit(right, wrong)
    result = run("validate")
    assert result.code == 1
    assert shown in result.out
    assert not any(text in result.out for text in ("01012345678", "010-1234-5678", "1012345678"))


def test_the_sign_of_a_change_is_apart_from_the_number(contacts, run, edit):
    edit("010-7777-8888", "010-1234-5678")
    shown = run("plan", "--emulate").out
    assert "010****5678" in shown
    assert not any(f"{sign}010" in shown for sign in "+-")


def test_a_value_that_cannot_be_read_back_is_no_secret(mail, run, edit):
    edit("openTracking: true", "openTracking: false")
    edit("description: Shop", "description: Shop 2")
    text = run("plan", "--emulate").out
    assert "openTracking: (unknown) → false" in text
    assert "description: (unknown) → Shop 2" in text
    assert "forces replacement" in text
    fields = [
        f for c in run("plan", "--emulate", "--output", "json").json["changes"] for f in c["fields"]
    ]
    told = {f["path"]: (f["before"], f["after"], f["unknown"], f["sensitive"]) for f in fields}
    assert told == {
        "openTracking": (None, False, True, False),
        "description": (None, "Shop 2", True, False),
    }


def test_drift_shows_the_value_last_applied_while_the_manifest_still_has_it(mail, run, edit):
    assert "description: Shop → (unknown)" in run("drift", "--emulate").out
    edit("description: Shop", "description: Shop 2")
    shown = run("drift", "--emulate", "--output", "json").json["drift"]
    [field] = [f for each in shown for f in each["fields"] if f["path"] == "description"]
    assert (field["before"], field["after"], field["unknown"]) == (None, None, True)
    seen = run("drift", "--emulate")
    assert "description: (unknown)\n" in seen.out
    assert seen.out.splitlines()[-1].startswith("No drift in what can be read back; 2 objects")
    assert seen.code == 0


@pytest.mark.parametrize("word", ["true", "null", "other", '1.0"', "1.0"])
def test_a_silly_credential_neither_spoils_json_nor_tells_itself(contacts, run, monkeypatch, word):
    monkeypatch.setenv("NHN_APP_KEY", word)
    result = run("plan", "--output", "json")  # refused: it is another account
    assert result.code == 1
    json.loads(result.out)
    assert "•" not in result.out + result.err
