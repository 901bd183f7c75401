"""The registry, and what the cases of tests/cases/lint do not reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import reconciler.lint
import reconciler.lint.rules
from reconciler.lint import all_rules, lint, registry
from reconciler.lint.hosts import inner
from reconciler.model.address import Address
from reconciler.model.finding import Severity
from reconciler.model.origin import Origin
from reconciler.model.resource import Account, Configuration, Project, Resource
from reconciler.providers.nhncloud_sms.euc_kr import byte_length, not_carried
from reconciler.providers.nhncloud_sms.jpeg import size_of

NHN = {"nhn": Account(name="nhn", type="nhncloud-sms")}


def templates(count, *, locate=None, **spec):
    base = {"category": "shop", "sender": "15446859", "type": "sms", "body": "주문이 출발했습니다"}
    made = {}
    for number in range(count):
        address = Address("nhn", "Template", f"t{number}")
        resource = Resource(address=address, spec=base | spec, origin=Origin("a.yaml", number + 1))
        made[address] = replace(resource, locate=locate) if locate else resource
    return made


def configuration(resources, root=Path()):
    return Configuration(project=Project(root=root), accounts=NHN, resources=resources)


def test_every_rule_says_what_it_finds_and_why():
    for rule in all_rules():
        assert rule.summary.endswith("."), rule.id
        assert rule.source, rule.id
        assert rule.id == rule.id.lower()


def test_a_rule_module_is_found_without_an_edit_anywhere(tmp_path, monkeypatch):
    (tmp_path / "shouting.py").write_text(
        "from reconciler.providers.rule import resource_rule\n"
        "from reconciler.model.finding import Severity\n"
        "@resource_rule('shouting', Severity.INFO, kind='Template', source='good manners')\n"
        "def shouting(template):\n"
        "    '''A body in capitals.'''\n"
        "    if template.spec['body'].isupper():\n"
        "        yield ('spec', 'body'), 'body shouts'\n"
    )
    monkeypatch.setattr(
        reconciler.lint.rules, "__path__", [*reconciler.lint.rules.__path__, str(tmp_path)]
    )
    registry.rules_for.cache_clear()
    try:
        (finding,) = lint(configuration(templates(1, body="BUY NOW")))
    finally:
        registry.rules_for.cache_clear()
    assert (finding.rule, finding.severity, finding.message) == (
        "shouting",
        Severity.INFO,
        "body shouts",
    )


def test_two_rules_of_one_id_are_refused(monkeypatch):
    one = all_rules()[0]
    monkeypatch.setattr(registry, "_rules_of", lambda _name: [one])
    registry.all_rules.cache_clear()
    try:
        with pytest.raises(ValueError, match=f"two lint rules are called {one.id}"):
            registry.all_rules()
    finally:
        registry.all_rules.cache_clear()


def test_places_are_looked_up_for_what_is_found_alone():
    asked = []

    def locate(path):
        asked.append(path)
        return Origin("a.yaml", 1)

    assert lint(configuration(templates(50, locate=locate))) == ()
    assert asked == []
    lint(configuration(templates(2, locate=locate, body="x" * 91)))
    assert asked == [("spec", "body")] * 2


def test_a_thousand_templates_are_the_most_of_an_account():
    assert lint(configuration(templates(1000))) == ()
    (finding,) = lint(configuration(templates(1001)))
    assert finding.rule == "nhn-template-count"
    assert str(finding.address) == "nhn/Template/t1000"


def test_rules_of_one_provider_type_leave_others_alone():
    resources = templates(1, body="x" * 300)
    other = {"nhn": Account(name="nhn", type="engagelab-sms")}
    assert lint(replace(configuration(resources), accounts=other)) == ()


def test_a_picture_that_vanished_is_left_to_whoever_uploads_it(tmp_path):
    resources = templates(1, type="mms", title="t", attachments=["gone.jpg"])
    assert lint(configuration(resources, root=tmp_path)) == ()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("안녕하세요", 10),
        ("뷁", 2),
        ("똠방각하", 8),
        ("a가b", 4),
        ("€“”…", 8),
    ],
)
def test_bytes_are_counted_as_carriers_count_them(text, length):
    assert byte_length(text) == length


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("plain", ""),
        ("안녕하세요 ★ ㈜ ①", ""),
        ("뷁똠", "뷁똠"),
        ("쒤 뷁 가 🎉 뷁", "쒤뷁🎉"),
        ("a—b", "—"),
        ("\u3164", ""),
    ],
)
def test_what_ks_x_1001_lacks_is_not_carried(text, lacking):
    assert "".join(not_carried(text)) == lacking


def test_two_letters_that_look_like_the_filler_together_are_carried():
    first, second = b"\xb0\xa4".decode("euc_kr"), b"\xd4\xa1".decode("euc_kr")
    assert not_carried(first + second) == []


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "api.localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "printer.local",
        "hooks.internal",
        "hooks",
    ],
)
def test_inner_hosts_are_known_without_looking_them_up(host):
    assert inner(host).startswith("is ")


@pytest.mark.parametrize(
    "host",
    [
        "hooks.example.com",
        "local.example.com",
        "8.8.8.8",
        "2001:4860:4860::8888",
        "3com.com",
        "hooks.1und1",
        "예제.한국",
        "",
    ],
)
def test_public_hosts_are_left_alone(host):
    assert inner(host) == ""


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"GIF89a", None),
        (b"\xff\xd8\xff", (0, 0)),
        (b"\xff\xd8\xff\xda" + b"\0" * 20, (0, 0)),
        (b"\xff\xd8\xff\x01\xff\xd0\xff\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01", (32, 16)),
        (b"\xff\xd8\xff\xe0\xff\xff" + b"\0" * 20, (0, 0)),
        (b"\xff\xd8\xff\xe0\x00\x00" * 50, (0, 0)),
    ],
)
def test_the_size_of_a_jpeg_is_read_from_its_header(data, size):
    assert size_of(data) == size
