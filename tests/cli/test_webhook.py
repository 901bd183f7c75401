"""`reconciler webhook`: whose calls are taken for the provider's.

Signatures are computed here from the pages, apart from our own code.
"""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.cli.test_emulator_command import serve  # noqa: F401 -- a fixture

KEY = "canary-key-of-the-account"
MESSAGE = "20191217065433-0-08d0c68d-bd83-422b-9457-8cc7f0804ab7"
MAIL = {
    "event": "bounce",
    "mail": {"id": MESSAGE, "to": "bob <canary-recipient@example.com>", "content": "canary-text"},
    "bounce": {"timestamp": 1577836800000, "code": "5.0.0"},
}
SMS = {
    "event": "delivery",
    "sms_data": {"id": MESSAGE, "address": "0912345678", "country_code": "886"},
    "delivery": {"timestamp": 1577836800000, "point": 1},
}
PROVIDER = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec:
  type: surenotify
  credentials: {apiKey: {fromEnv: SURENOTIFY_KEY}}
"""


def signed(call, key=KEY):
    """As the page says: HMAC-SHA256 of id and event under the API key, hexadecimal."""
    message = call.get("mail") or call["sms_data"]
    return hmac.new(
        key.encode(), (message["id"] + call["event"]).encode(), hashlib.sha256
    ).hexdigest()


@pytest.fixture
def mail(project, monkeypatch):
    (project / "mail.yaml").write_text(PROVIDER)
    monkeypatch.setenv("SURENOTIFY_KEY", KEY)
    return project


def check(run, folder, call, signature, *words, who="mail"):
    (folder / "call.json").write_text(json.dumps(call))
    header = f"X-Surenotify-Signature: {signature}"
    return run("webhook", "check", who, "call.json", "--header", header, *words)


@pytest.mark.parametrize(("call", "word"), [(MAIL, "bounce"), (SMS, "delivery")])
def test_a_call_signed_with_the_accounts_key_is_genuine(run, mail, call, word):
    result = check(run, mail, call, signed(call))
    assert result.code == 0, result.err
    assert result.out == f"Genuine: {word} of message {MESSAGE} at 2020-01-01 00:00:00Z\n"


def test_the_json_names_event_message_and_moment(run, mail):
    result = check(run, mail, MAIL, signed(MAIL), "--output", "json")
    assert result.json == {
        "formatVersion": "1.0",
        "provider": "mail",
        "verified": True,
        "reason": "",
        "events": [{"event": "bounce", "message": MESSAGE, "at": "2020-01-01T00:00:00Z"}],
    }


@pytest.mark.parametrize(
    ("call", "signature", "reason"),
    [
        (MAIL, signed(MAIL, "another key"), "is not the one that the key gives"),
        (MAIL, signed({**MAIL, "event": "delivery"}), "is not the one that the key gives"),
        (MAIL, "ünreadable", "is not the one that the key gives"),
        (MAIL, "", "the header x-surenotify-signature is missing"),
        ({"event": "bounce"}, "aa", "no id in `mail` or `sms_data`"),
        ({"mail": {"id": MESSAGE}}, "aa", "the body has no `event`"),
        ([MAIL], "aa", "the body is not a JSON object"),
    ],
)
def test_every_other_call_is_refused_with_its_reason(run, mail, call, signature, reason):
    result = check(run, mail, call, signature)
    assert result.code == 1
    assert result.out.startswith("Not genuine: ")
    assert reason in result.out
    assert "canary" not in result.out + result.err


def test_a_provider_type_and_a_key_from_elsewhere_do_without_a_project(run, mail, monkeypatch):
    (mail / "mail.yaml").unlink()
    monkeypatch.setenv("KEY_OF_TODAY", "canary of today")
    words = ("--secret-env", "KEY_OF_TODAY")
    result = check(run, mail, MAIL, signed(MAIL, "canary of today"), *words, who="surenotify")
    assert result.code == 0, result.err
    (mail / "key.txt").write_text("canary in a file\n")
    words = ("--secret-file", "key.txt")
    result = check(run, mail, MAIL, signed(MAIL, "canary in a file"), *words, who="surenotify")
    assert result.code == 0, result.err


def test_nhn_repeats_the_text_of_the_console_as_it_is(run, project, monkeypatch):
    monkeypatch.setenv("CONSOLE", "the text")
    (project / "call.json").write_text('{"event": "UNSUBSCRIBE"}')
    words = ("webhook", "check", "nhn", "call.json", "--secret-env", "CONSOLE", "--header")
    assert run(*words, "X-Toast-Webhook-Signature: the text").code == 0
    assert run(*words, "X-Toast-Webhook-Signature: the test").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("mial",), 64, 'did you mean "mail"'),
        (("octeth", "--secret-env", "SURENOTIFY_KEY"), 1, "does not say how it signs"),
        (("surenotify",), 64, "--secret-env NAME or --secret-file FILE"),
        (("nhn",), 64, "what signs is the signature that the console shows"),
        (("mail", "--secret-env", "NOT_SET"), 1, "environment variable NOT_SET is not set"),
        (("mail", "--secret-env", "A", "--secret-file", "B"), 64, "name one"),
        (("mail", "nowhere.json"), 64, "cannot read nowhere.json"),
        (("mail", "--header", "no colon"), 64, "'no colon' is not a header"),
    ],
)
def test_what_is_wrong_with_the_command_is_said_with_the_way_out(run, mail, words, code, said):
    result = run("webhook", "check", *words, "--header", "a: b")
    assert result.code == code
    assert said in result.err


# --- receiving ------------------------------------------------------------------------------------


@pytest.fixture
def receiver(mail):
    """Starts `webhook receive`; gives the process and its URL."""
    running = []

    def start(*words, who="mail"):
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "webhook", "receive", who, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"SURENOTIFY_KEY": KEY},
        )
        running.append(process)
        line = process.stderr.readline()
        assert line.startswith("listening on http://127.0.0.1:"), line
        return process, line.split()[2]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def post(url, body, *, method="POST", **headers):
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def stop(process):
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 143
    return out


def test_calls_are_answered_printed_and_kept_by_what_their_signature_says(receiver, mail):
    process, url = receiver("--save", "calls.ndjson")
    genuine = json.dumps(MAIL, indent=1).encode()
    assert post(f"{url}/hook", genuine, **{"x-surenotify-signature": signed(MAIL)}) == 200
    assert post(f"{url}/hook", genuine, **{"x-surenotify-signature": signed(SMS, "other")}) == 401
    assert post(f"{url}/hook", genuine) == 401
    assert post(url, b"{}") == 200
    assert post(url, b"x" * (1024 * 1024 + 1)) == 413
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(url, timeout=20)
    told = stop(process).splitlines()
    assert told[0] == f"Genuine: bounce of message {MESSAGE} at 2020-01-01 00:00:00Z"
    assert told[1].startswith("Not genuine: the signature")
    assert told[2].startswith("Not genuine: the header")
    assert told[3] == "Genuine: a probe of mail, which reports nothing."
    assert "canary" not in "".join(told)
    kept = mail / "calls.ndjson"
    assert [json.loads(line) for line in kept.read_text().splitlines()] == [MAIL]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_in_json_each_call_is_a_line(receiver):
    process, url = receiver("--output", "json")
    post(url, json.dumps(SMS).encode(), **{"x-surenotify-signature": signed(SMS)})
    post(url, json.dumps(SMS).encode())
    lines = [json.loads(line) for line in stop(process).splitlines()]
    assert [line["verified"] for line in lines] == [True, False]


@pytest.mark.parametrize("members", ["nested", "flat"])
def test_calls_of_the_emulator_are_genuine(receiver, serve, members):  # noqa: F811 -- the fixture
    process, url = receiver()
    _, line = serve("--callbacks", "--reading", f"surenotify.call-members={members}")
    base = f"{line.split()[0]}/surenotify/v1/sms"
    headers = {"x-api-key": KEY}
    hook = {"type": 6, "url": url}
    assert post(f"{base}/webhooks", json.dumps(hook).encode(), **headers) == 200
    sms = {"content": "hello", "recipients": [{"address": "0912349901", "country_code": "886"}]}
    assert post(f"{base}/messages", json.dumps(sms).encode(), **headers) == 200
    told = process.stdout.readline()
    assert told.startswith("Genuine: bounce of message "), told
    assert "0912349901" not in told


CALLED = "X-CALLBACK-ID"
RECEIPT = {
    "message_id": "1458113381893_15_3_11_1ainnq$+8618701239900",
    "to": "+8618701239900",
    "itime": 1577836800,
    "status": {"message_status": "delivered_failed", "error_code": 4001},
}


def engagelab_header(key, moment="1577836800"):
    """As the page says: HMAC-SHA256 of timestamp, nonce and username, hexadecimal."""
    text = f"{moment}n0nceshop".encode()
    signature = hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
    return f"timestamp={moment};nonce=n0nce;username=shop;signature={signature}"


def test_a_receipt_of_engagelab_is_told_without_the_number_in_its_id(run, project, monkeypatch):
    monkeypatch.setenv("CALLBACK", KEY)
    call = {"total": 1, "rows": [RECEIPT]}
    (project / "call.json").write_text(json.dumps(call))
    words = ("webhook", "check", "engagelab-sms", "call.json", "--secret-env", "CALLBACK")
    result = run(*words, "--header", f"{CALLED}: {engagelab_header(KEY)}")
    assert result.code == 0, result.err
    message = "1458113381893_15_3_11_1ainnq"
    assert f"Genuine: delivered_failed of message {message} at 2020-01-01" in result.out
    assert "18701239900" not in result.out


@pytest.mark.parametrize(
    ("header", "body", "reason"),
    [
        ("timestamp=1;nonce=n0nce;signature=aa", {}, f"{CALLED} lacks username"),
        (engagelab_header("another key"), {}, "is not the one that the key gives"),
        (engagelab_header(KEY), {"total": 1}, "the body has no list `rows`"),
        (engagelab_header(KEY), {"rows": [{"to": "1"}]}, "a row has no message_id"),
    ],
)
def test_every_other_call_of_engagelab_is_refused(run, project, monkeypatch, header, body, reason):
    monkeypatch.setenv("CALLBACK", KEY)
    (project / "call.json").write_text(json.dumps(body))
    words = ("webhook", "check", "engagelab-sms", "call.json", "--secret-env", "CALLBACK")
    result = run(*words, "--header", f"{CALLED}: {header}")
    assert result.code == 1
    assert reason in result.out


def test_receipts_of_the_emulated_engagelab_are_genuine(receiver, serve, monkeypatch):  # noqa: F811 -- the fixture
    monkeypatch.setenv("CALLBACK", KEY)
    process, hook = receiver("--secret-env", "CALLBACK", who="engagelab-sms")
    _, line = serve("--callbacks")
    base = f"{line.split()[0]}/engagelab-sms"
    receiving = {"url": hook, "username": "shop", "secret": KEY}
    console = f"{base}/__emulator__/callback"
    assert post(console, json.dumps(receiving).encode(), method="PUT") == 204
    assert process.stdout.readline() == (
        "Genuine: a probe of engagelab-sms, which reports nothing.\n"
    )
    basic = {"Authorization": f"Basic {base64.b64encode(b'key:secret').decode()}"}
    template = {
        "template_name": "hello",
        "template_type": "utility",
        "template_content": "Hello",
        "country_codes": "CN",
    }
    assert post(f"{base}/v1/template-configs", json.dumps(template).encode(), **basic) == 200
    listed = urllib.request.Request(f"{base}/v1/template-configs", headers=basic)
    with urllib.request.urlopen(listed, timeout=20) as answer:
        [made] = json.loads(answer.read())
    sms = {"to": ["+8618701239900"], "template": {"id": made["template_id"], "params": {}}}
    assert post(f"{base}/v1/messages", json.dumps(sms).encode(), **basic) == 200
    told = process.stdout.readline()
    assert told.startswith("Genuine: sent of message "), told
    assert "18701239900" not in told


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", "notes\n", "a file of another kind lies there"),
        ("report.out", '{"formatVersion": "1.0"}\n', "a file of another kind lies there"),
        ("more.yaml", None, "it would be read as a manifest"),
        ("nowhere/calls", None, "there is no folder nowhere"),
        (".", None, "it is no regular file"),
    ],
)
def test_calls_are_saved_to_no_file_of_another_kind(run, mail, monkeypatch, name, content, said):
    monkeypatch.setenv("SURENOTIFY_KEY", KEY)
    if content is not None:
        (mail / name).write_text(content)
    result = run("webhook", "receive", "mail", "--save", name)
    assert result.code == 64
    assert f"calls cannot be saved to {name}: {said}" in result.err
    if content is not None:
        assert (mail / name).read_text() == content


def test_more_calls_are_added_to_those_that_were_saved(receiver, mail):
    (mail / "calls.ndjson").write_text(json.dumps(SMS) + "\n")
    process, url = receiver("--save", "calls.ndjson")
    genuine = json.dumps(MAIL).encode()
    assert post(url, genuine, **{"x-surenotify-signature": signed(MAIL)}) == 200
    stop(process)
    lines = (mail / "calls.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [SMS, MAIL]
