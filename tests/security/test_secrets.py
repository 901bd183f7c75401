"""Canary secrets, in eight encodings, in nothing that leaves the process or stays on disk."""

import base64
import itertools
import json
import re
import subprocess
import sys
from urllib.parse import quote

import pytest
import yaml

from tests.support.answers import rewritten
from tests.support.served import KEYS, READINGS, Killer, finished

CREDENTIALS = {
    "NHN_APP_KEY": "Canary Nhn+App%Key&1",
    "SURENOTIFY_API_KEY": "Canary/sure+api=\"key'?2",
    "OCTETH_API_KEY": "Canary \"octeth\\key' +/=e3",
}
"""Each has characters that the encodings write differently."""
COMMANDS = (
    ("validate",),
    ("plan", "-vv"),
    ("plan", "-vv", "--output", "json"),
    ("apply", "-vv", "--auto-approve"),
    ("plan", "-vv"),
    ("drift", "-vv", "--unmanaged"),
    ("drift", "--output", "json"),
    ("state", "list", "--output", "json"),
    ("state", "show", "gateway/SmtpConfig/legacy-app", "-vv"),
    ("state", "show", "gateway/ApiKey/shop", "--output", "json"),
    ("state", "history", "--operations"),
    ("state", "history", "--operations", "--output", "json"),
    ("graph",),
    ("state", "rm", "gateway/SmtpConfig/legacy-app"),
    ("plan", "-vv"),
)


def encodings(secret):
    """The forms in which a secret must not show, by name."""
    data = secret.encode()
    found = {
        "raw": secret,
        "url": quote(secret, safe=""),
        "hex": data.hex(),
        "json": json.dumps(secret)[1:-1],
        "yaml": yaml.safe_dump(secret, width=10_000).splitlines()[0].strip("'\""),
    }
    for before in range(3):
        text = base64.b64encode(b"?" * before + data).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = len(text) - (1 if (before + len(data)) % 3 else 0)
        found[f"base64, {before} bytes before it"] = text[first:last]
    return found


def shown(text, secrets):
    """Which secrets a text shows, and how."""
    return [
        f"{name} as {form}"
        for name, secret in secrets.items()
        for form, written in encodings(secret).items()
        if written in text
    ]


def at_rest(folder, numbers):
    """Which phone numbers the bytes below a folder hold, however they are written."""
    data = b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    found = []
    for digits in numbers.values():
        texts = {*spelled({"": digits}).values(), digits[1:]}
        written = [form.encode() for text in texts for form in encodings(text).values()]
        written += [int(digits).to_bytes(size, "big") for size in (5, 8)]
        written += [int(digits).to_bytes(8, "little"), digits.encode("utf-16-le")]
        found += [(digits, each) for each in written if each in data]
    return found


def everything_in(folder):
    """All names and bytes below a folder."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(path.name)
        if path.is_file():
            parts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(parts)


@pytest.fixture
def site(site):
    """With canaries for credentials and for everything that Octeth generates."""
    site.environ |= CREDENTIALS
    number = itertools.count(1)
    emulator = site.port.app.state.emulators["octeth"]
    emulator.token = lambda length: f"Canary made+{next(number)}/\"'\\ü{'x' * length}"
    return site


def generated(site, *more):
    """The secrets that the emulator gave out, and what `more` columns hold."""
    rows = [(name, row) for name, table in site.stored().items() for row in _rows(table)]
    return {
        f"{name} {column}": row[column]
        for name, row in rows
        if name.startswith("octeth/")
        for column in ("key", "password", "signing_key", *more)
        if column in row
    }


def kept(site, numbers):
    """What the state, its log or its backups tell of numbers and of whole accesses."""
    folder = site.root / ".reconciler"
    accesses = generated(site, "username")
    return at_rest(folder, numbers) + shown(everything_in(folder), accesses)


def _rows(table):
    return table.values() if isinstance(table, dict) else ()


def test_the_search_finds_what_it_looks_for(tmp_path):
    for secret in CREDENTIALS.values():
        assert len(encodings(secret)) == 8
        for before in range(3):
            text = base64.b64encode(b"abc"[:before] + secret.encode() + b"tail").decode()
            assert shown(text, {"it": secret}) == [f"it as base64, {before} bytes before it"]
        assert shown(f"x={quote(secret, safe='')}", {"it": secret})
    for digits in NUMBERS.values():
        for written in (f"+82{digits[1:]}", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"):
            (tmp_path / "state.db").write_bytes(b"x" + base64.b64encode(written.encode()))
            assert at_rest(tmp_path, NUMBERS) != []
    (tmp_path / "state.db").write_bytes(int(NUMBERS["blocked"]).to_bytes(6, "big"))
    assert at_rest(tmp_path, NUMBERS) != []


def test_no_secret_shows_in_any_output_nor_stays_in_state_once_delivered(site):
    output = ""
    for words in COMMANDS:
        result = site.run(*words)
        assert result.code in {0, 4}, result.both  # 4: what was forgotten could be adopted
        output += result.both
    secrets = CREDENTIALS | generated(site)
    assert len(secrets) == 6
    assert "reconciler.http DEBUG" in output
    assert shown(output, secrets) == []
    assert shown(everything_in(site.root / ".reconciler"), secrets) == []


def test_no_secret_shows_when_the_run_is_rotated_and_destroyed(site):
    output = site.apply("-vv").both
    site.change()
    output += site.apply("-vv").both
    site.edit("manifests/mail/surenotify.yaml", "protect: true", "protect: false")
    output += site.apply("-vv").both
    secrets = CREDENTIALS | generated(site)
    gone = site.run("destroy", "-vv", "--auto-approve", "--allow-deletes", "99")
    assert gone.code == 0, gone.both
    assert shown(output + gone.both, secrets) == []
    assert shown(everything_in(site.root / ".reconciler"), secrets) == []


def test_no_number_and_no_access_lies_in_the_state_its_log_or_its_backups(site):
    assert site.apply().code == 0
    assert any("username" in name for name in generated(site, "username"))
    assert kept(site, NUMBERS) == []
    site.change()
    assert site.apply().code == 0
    assert len(list((site.root / ".reconciler" / "backups").iterdir())) > 1
    assert kept(site, NUMBERS) == []


def test_neither_secrets_nor_numbers_lie_in_saved_plans(site, tmp_path):
    """Of the first apply, of one that changes everything, and of the end of it all."""
    plans = tmp_path / "plans"
    plans.mkdir()

    def save(name, *words):
        result = site.run("plan", "--out", str(plans / name), *words)
        assert result.code == 0, result.both

    save("first")
    assert site.apply().code == 0
    site.change()
    save("second")
    site.edit("manifests/mail/surenotify.yaml", "protect: true", "protect: false")
    assert site.apply().code == 0
    save("last", "--destroy")
    secrets = CREDENTIALS | generated(site)
    assert len(secrets) == 6
    assert shown(everything_in(plans), secrets) == []
    assert at_rest(plans, NUMBERS) == []


@pytest.mark.parametrize(
    "status",
    [400, 401, *(pytest.param(n, marks=pytest.mark.slow) for n in (200, 404, 409, 422, 500))],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_provider_that_repeats_secrets_in_its_errors_is_not_repeated(site, method, status):
    every = " ".join(form for each in CREDENTIALS.values() for form in encodings(each).values())
    text = f"your key {every} is not valid"
    body = {
        "header": {"isSuccessful": False, "resultCode": -1000, "resultMessage": text},
        "Success": False,
        "ErrorCode": [1, text],
        "ErrorText": text,
        "ErrorMessage": [text],
        "message": text,
        "messages": [text],
    }
    fault = {"fault": "status-before", "status": status, "text": json.dumps(body)}
    site.port.app.state.faults.replace([fault | {"method": method}])
    output = ""
    for words in (("plan", "-vv"), ("apply", "-vv", "--auto-approve", "--output", "json")):
        result = site.run(*words)
        assert result.code != 0
        output += result.both
    output += site.run("state", "history", "--operations", "--output", "json").both
    assert shown(output, CREDENTIALS) == []
    assert shown(everything_in(site.root / ".reconciler"), CREDENTIALS) == []


NUMBERS = {"contact": "01012345678", "moved contact": "01087654321", "blocked": "01099991002"}
NAMES = ("AddAPI", "DeleteAPI", "DeleteSMTP", "DeleteWebhook", "AddWebhook", "GetAPIs", "GetSMTPs")


def spelled(numbers):
    """The numbers as digits, with hyphens, and as they are written abroad."""
    return {
        f"{name}, {how}": written
        for name, digits in numbers.items()
        for how, written in (
            ("digits", digits),
            ("hyphens", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"),
            ("abroad", f"+82{digits[1:]}"),
        )
    }


@pytest.mark.parametrize("reading", ["clear", "masked"])
def test_a_provider_that_repeats_generated_secrets_and_numbers_is_not_repeated(site, reading):
    """As a database does: Duplicate entry '…' for key 'APIKey'; and as a person would word it."""
    octeth = READINGS.get("octeth", {}) | {"key-list": reading}
    site.port.serve(readings=READINGS | {"octeth": octeth})
    number = itertools.count(1)
    emulator = site.port.app.state.emulators["octeth"]
    emulator.token = lambda length: f"Canary made+{next(number)}/\"'\\ü{'x' * length}"
    site.apply()
    made = generated(site)
    assert len(made) >= 3
    every = " ".join(
        [form for each in made.values() for form in encodings(each).values()]
        + list(spelled(NUMBERS).values())
    )
    text = f"Duplicate entry 'x' for key 'y'; refused {every} as it is"
    body = {
        "header": {"isSuccessful": False, "resultCode": -2009, "resultMessage": text},
        "Success": False,
        "ErrorCode": [1, text],
        "ErrorText": text,
        "ErrorMessage": [text],
        "message": text,
        "messages": [text],
    }
    fault = {"fault": "status-before", "status": 500, "text": json.dumps(body)}
    site.port.app.state.faults.replace(
        [fault | {"body": name} for name in NAMES] + [fault | {"method": "DELETE"}]
    )
    site.change()
    output = site.apply("-vv").both
    output += site.run("apply", "-vv", "--auto-approve", "--output", "json").both
    for words in (("plan", "-vv"), ("drift", "-vv"), ("state", "history", "--operations")):
        output += site.run(*words).both
    assert shown(output, made) == []
    assert [name for name, written in spelled(NUMBERS).items() if written in output] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_no_number_shows_in_any_output(applied, words):
    applied.change()
    output = applied.run(*words).both
    output += applied.run("state", "show", "nhn/Contact/kim").both
    for name, written in spelled(NUMBERS).items():
        assert written not in output, name


def test_a_fresh_secret_in_an_answer_that_makes_no_sense_is_not_shown(site):
    """Read from the answer or not, it is in no message."""

    def broken(answer):
        if isinstance(answer, dict) and "NewAPIKeyID" in answer:
            return {"Success": True, "ErrorCode": 0, "Odd": answer["APIKey"]["Key"]}
        return answer

    site.port.around = rewritten(broken)
    result = site.apply("-vv")
    assert "cannot be understood" in result.both or "recovered" in result.both or result.code == 0
    secrets = generated(site)
    assert any("keys" in name for name in secrets)
    assert shown(result.both + site.run("plan", "-vv").both, secrets) == []


def test_unknown_members_of_answers_are_shown_nowhere(site):
    """What a provider adds to its answers one day may be a secret."""
    hidden = {"it": "Canary of something new/4"}

    def more(value):
        if isinstance(value, dict):
            return {**{k: more(v) for k, v in value.items()}, "novelty": hidden["it"]}
        return [more(each) for each in value] if isinstance(value, list) else value

    site.port.around = rewritten(more)
    output = ""
    for words in COMMANDS[1:-2]:
        result = site.run(*words)
        assert result.code == 0, result.both
        output += result.both
    assert shown(output, hidden) == []
    assert shown(everything_in(site.root / ".reconciler"), hidden) == []


def test_a_secret_that_waits_for_its_sink_is_sealed_on_disk(site):
    """Killed between the answer and the sink, as far as a client can be: state has all it knows."""
    shop = site.root / "secrets"
    shop.mkdir(mode=0o700)
    (shop / "shop-key").mkdir()
    result = site.apply()
    assert result.code != 0
    assert not [write for write in site.writes() if "AddAPI" in write], "the probe comes first"
    (shop / "shop-key").rmdir()

    def close(moment, log):
        if moment == "after" and "AddAPI" in str(log.body):
            (shop / "shop-key").mkdir()  # after the probe, before the delivery

    site.port.serve(on_request=close)
    number = itertools.count(1)
    site.port.app.state.emulators["octeth"].token = lambda length: (
        f"Canary made+{next(number)}/{'x' * length}"
    )
    failed = site.apply("-vv")
    assert failed.code != 0
    secrets = CREDENTIALS | generated(site)
    assert len(secrets) >= 4, failed.both
    assert shown(failed.both, secrets) == []
    assert shown(everything_in(site.root / ".reconciler"), secrets) == []
    (shop / "shop-key").rmdir()
    assert site.apply().code == 0
    assert site.undelivered() == []


def test_a_killed_run_leaves_no_secret_in_its_write_ahead_log(site):
    parameters = '"DomainID": "1", "Event": "delivery", "WebhookURL": "https://hooks.example.com'
    killer = Killer(
        wanted=f'POST /octeth/api.php {{"Command": "EmailGateway.AddWebhook", {parameters}/octeth"}}',
        moment="after",
    )
    site.port.serve(on_request=killer)
    process = site.start("apply", "--auto-approve", "-vv")
    killer.pid = process.pid
    killed = finished(process)
    assert killer.struck
    assert (site.root / ".reconciler" / "state.db-wal").exists()
    secrets = CREDENTIALS | generated(site)
    assert shown(killed.both + everything_in(site.root / ".reconciler"), secrets) == []
    assert kept(site, NUMBERS) == []


_BROKEN = """
import sys
from reconciler.engine.planning import planner
from reconciler.providers.surenotify import domains
from reconciler import cli

def broken(*arguments, **more):
    hidden = [client.credentials for client in PROVIDERS]
    text = " ".join(secret.reveal() for each in hidden for secret in each.values())
    raise RuntimeError(f"cannot handle {text}")

PROVIDERS = []
from reconciler.providers import provider as base
init = base.Provider.__init__
def remembering(self, *arguments, **more):
    init(self, *arguments, **more)
    PROVIDERS.append(self)
base.Provider.__init__ = remembering
planner.plan_from = broken
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("words", [["plan"], ["plan", "-vv"], ["plan", "-v", "--output", "json"]])
def test_a_bug_of_our_own_shows_neither_message_nor_locals_with_secrets(site, words):
    result = subprocess.run(
        [sys.executable, "-c", _BROKEN, "-C", str(site.root), *words],
        env=site.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert result.returncode == 1
    assert "internal error: RuntimeError: cannot handle" in result.stderr
    assert shown(result.stdout + result.stderr, CREDENTIALS) == []
    if "-vv" in words:
        assert "in broken" in result.stderr


def test_the_masks_for_github_come_before_any_use_and_are_the_only_mention(site):
    site.environ["GITHUB_ACTIONS"] = "true"
    result = site.run("plan", "-vv")
    lines = result.err.splitlines()
    masks = [line for line in lines if line.startswith("::add-mask::")]
    assert lines[: len(masks)] == masks
    assert {line.removeprefix("::add-mask::").replace("%25", "%") for line in masks} == set(
        CREDENTIALS.values()
    )
    rest = "\n".join(line for line in lines if line not in masks)
    assert shown(rest + result.out, CREDENTIALS) == []


def test_the_files_that_share_the_rate_limit_do_not_tell_which_key_they_are_for(applied):
    folder = applied.root / ".reconciler"
    names = [path.name for path in folder.glob("*.pace")]
    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}\.pace", name) for name in names)
    assert shown(everything_in(folder), KEYS) == []
