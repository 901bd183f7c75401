"""Finding provider types and building accounts, with every fault at its place."""

import asyncio
import os
import subprocess
import sys

import httpx
import pytest

from reconciler.errors import ManifestError
from reconciler.http.request import Request
from reconciler.http.transports.httpx import handed_in
from reconciler.model.origin import Origin
from reconciler.model.resource import Account, Limits
from reconciler.model.secret_source import SecretSource
from reconciler.providers import registry
from reconciler.redaction import redact


def locate(path):
    return Origin("accounts.yaml", 3 + len(path), 5)


def account(**changes):
    given = {
        "name": "main",
        "type": "surenotify",
        "credentials": {"apiKey": SecretSource(from_env="KEY")},
        "locate": locate,
    } | changes
    return Account(**given)


def build(made=None, **changes):
    given = {"environ": {"KEY": "s3cret-key"}, "root": changes.pop("root", None)} | changes
    return registry.build(made or account(), **given)


def test_provider_types_are_the_folders():
    types = registry.provider_types()
    assert "surenotify" in types
    assert "http" not in types
    assert list(types) == sorted(types)


def test_only_the_type_asked_for_is_imported():
    code = """
import sys
from reconciler.providers import registry
from reconciler.redaction import redact
types = registry.provider_types()
loaded = lambda: {t for t in types if f"reconciler.providers.{t.replace('-', '_')}" in sys.modules}
assert not loaded()
assert registry.provider_class("surenotify").type == "surenotify"
assert loaded() == {"surenotify"}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["nope", "base", "os", "..errors", "surenotify.client", ""])
def test_what_is_no_provider_type_is_never_imported(name):
    with pytest.raises(ManifestError, match="surenotify"):
        registry.provider_class(name)


def test_an_account_is_built_from_the_environment(tmp_path):
    provider = build()
    assert provider.credentials["apiKey"].reveal() == "s3cret-key"
    assert provider.http.settings.base_url == "https://mail.surenotifyapi.com"
    assert provider.http.dialect.mend
    assert "s3cret" not in repr(provider.http.settings)
    assert redact("x s3cret-key y") != "x s3cret-key y"


def test_own_limits_go_before_the_projects_and_those_before_the_types():
    provider = build(
        account(limits=Limits(concurrency=3)),
        project_limits=Limits(concurrency=4, requests_per_second=7.5),
    )
    assert provider.account.limits == Limits(
        concurrency=3, requests_per_second=7.5, timeout_seconds=30.0, settle_seconds=5.0
    )
    assert provider.http.settings.concurrency == 3
    assert provider.http.settings.requests_per_second == 7.5


@pytest.mark.parametrize(
    "text", ["s3cret-key", "s3cret-key\n", "s3cret-key\r\n", "\ufeffs3cret-key\r\n"]
)
def test_a_file_gives_its_text_without_one_line_break(tmp_path, text, caplog):
    file = tmp_path / "key"
    file.write_bytes(text.encode())
    file.chmod(0o600)
    made = account(credentials={"apiKey": SecretSource(from_file="key")})
    assert build(made, root=tmp_path).credentials["apiKey"].reveal() == "s3cret-key"
    assert caplog.text == ""


def test_a_file_that_others_can_read_is_used_with_a_warning(tmp_path, caplog):
    file = tmp_path / "key"
    file.write_text("s3cret-key")
    file.chmod(0o644)
    made = account(credentials={"apiKey": SecretSource(from_file=str(file))})
    build(made, root=tmp_path / "elsewhere")
    assert "chmod 600" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("prepare", "source", "words"),
    [
        (None, SecretSource(from_env="NOPE"), "environment variable NOPE is not set"),
        (None, SecretSource(from_env="EMPTY"), "environment variable EMPTY is empty"),
        (None, SecretSource(from_env="LINES"), "line break"),
        (None, SecretSource(from_env="HANGUL"), "no header can carry: keys are plain ASCII"),
        (None, SecretSource(from_env="MARK"), "no header can carry (U+FEFF)"),
        (None, SecretSource(from_env="FIXED"), "no header can carry (U+00A0)"),
        (None, SecretSource(from_env="BYTE"), "holds a byte that is not UTF-8 text"),
        (None, SecretSource(from_env="BLANK"), "begins or ends with a blank"),
        (None, SecretSource(from_file="missing"), "cannot be read: No such file"),
        (None, SecretSource(from_file="../outside"), "outside the project"),
        (None, SecretSource(from_file="/dev/zero"), "not a regular file"),
        (None, SecretSource(), "needs `fromEnv` or `fromFile`"),
        (lambda path: path.write_text("\n"), SecretSource(from_file="key"), "is empty"),
        (lambda path: path.write_bytes(b"\xff"), SecretSource(from_file="key"), "not UTF-8"),
        (lambda path: path.write_text("canary", "utf-16"), SecretSource(from_file="key"), "UTF-16"),
        (lambda path: path.write_text("키-canary"), SecretSource(from_file="key"), "plain ASCII"),
        (lambda path: path.write_text("x" * 70_000), SecretSource(from_file="key"), "larger than"),
        (lambda path: path.write_text("a\n\n"), SecretSource(from_file="key"), "line break"),
        (lambda path: path.mkdir(), SecretSource(from_file="key"), "key"),
        (os.mkfifo, SecretSource(from_file="key"), "not a regular file"),
        (lambda path: path.symlink_to("/etc/hostname"), SecretSource(from_file="key"), "outside"),
    ],
)
def test_a_credential_that_cannot_be_had_is_refused_with_its_place(
    tmp_path, prepare, source, words
):
    if prepare:
        prepare(tmp_path / "key")
    environ = {
        "EMPTY": " ",
        "LINES": "canary\nsecond",
        "HANGUL": "canary-열쇠",
        "MARK": "\ufeffcanary",
        "FIXED": "canary\u00a0",
        "BYTE": "canary\udcff",
        "BLANK": "canary ",
    }
    with pytest.raises(ManifestError) as caught:
        build(account(credentials={"apiKey": source}), root=tmp_path, environ=environ)
    [fault] = caught.value.details
    assert fault.startswith("accounts.yaml:6:5: main: the credential apiKey: ")
    assert words in fault
    assert "canary" not in fault


def test_all_faults_come_at_once(tmp_path):
    made = account(
        credentials={"apikey": SecretSource(from_env="KEY")}, base_url="http://example.com"
    )
    with pytest.raises(ManifestError) as caught:
        build(made, root=tmp_path)
    assert caught.value.details == (
        "accounts.yaml:5:5: main: the credential apiKey is missing",
        'accounts.yaml:6:5: main: Surenotify has no credential apikey; did you mean "apiKey"?',
        "accounts.yaml:5:5: main: the base URL must be https; http is for a loopback host only",
    )


def test_emulated_accounts_need_no_credentials_and_differ():
    one = build(account(credentials={}), emulate=True, base_url="http://localhost/sn", environ={})
    two = build(account(name="other"), emulate=True, base_url="http://localhost/sn", environ={})
    assert one.credentials["apiKey"].reveal() != two.credentials["apiKey"].reveal()
    assert one.account_identity() != two.account_identity()
    assert one.http.settings.base_url == "http://localhost/sn"


def test_a_transport_can_be_handed_in():
    provider = build(
        transport=handed_in(httpx.MockTransport(lambda _: httpx.Response(200, json=[])))
    )
    assert asyncio.run(provider.http.read(Request(method="GET", path="/"))) == []


def test_the_name_of_a_shared_limit_gives_no_credential_away(tmp_path):
    transport = handed_in(httpx.MockTransport(lambda _: httpx.Response(200, json=[])))
    one = build(rate_dir=tmp_path, transport=transport)
    two = build(account(name="the same, renamed"), rate_dir=tmp_path, transport=transport)
    other = build(rate_dir=tmp_path, environ={"KEY": "another"}, transport=transport)
    keys = [made.http.settings.rate_key for made in (one, two, other)]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 16
    for made in (one, two, other):
        asyncio.run(made.http.read(Request(method="GET", path="/")))
    assert len(list(tmp_path.iterdir())) == 2
