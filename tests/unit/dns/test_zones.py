"""Records of providers become zones; what cannot be a record, or cannot stand there, is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.dns.formats.export import FORMATS, fitting
from reconciler.dns.suffixes import zone_of
from reconciler.dns.zones import zones_of
from reconciler.model.address import Address
from reconciler.model.dns import DnsRecord
from reconciler.model.finding import Severity
from reconciler.model.zones import DnsSettings, Server

ONE = Address("octeth", "SenderDomain", "main")
OTHER = Address("surenotify", "SenderDomain", "news")


def record(text, *, published=False):
    name, kind, value = text.split(" ", 2)
    return DnsRecord(type=kind, name=name, value=value, published=published)


def zones(wanted, **settings):
    return zones_of(
        {address: [record(text) for text in texts] for address, texts in wanted.items()},
        DnsSettings(**settings),
    )


def lines(found):
    return [f"{each} {value}" for each in found.records for value in each.values]


def rules(found):
    assert all(finding.severity is Severity.ERROR for finding in found.findings)
    return [finding.rule for finding in found.findings]


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("mail.example.com", "example.com"),
        ("a.b.acme.co.kr", "acme.co.kr"),
        ("acme.co.kr", "acme.co.kr"),
        ("co.kr", "co.kr"),
        ("x.eu.mail.example.org", "eu.mail.example.org"),
        ("mail.example.org", "mail.example.org"),
        ("notmail.example.org", "example.org"),
        ("deep.corp.internal-only", "corp.internal-only"),
    ],
)
def test_a_zone_is_the_longest_that_is_named_else_the_registered_domain(name, zone):
    assert zone_of(name, ("mail.example.org", "eu.mail.example.org")) == zone


def test_a_zone_has_its_own_ttl():
    found = zones({ONE: ["mail.example.com CNAME target.example.net"]}, ttls={"example.com": 60})
    assert [(each.fqdn, each.ttl) for each in found.records] == [("mail.example.com", 60)]


def test_names_are_compared_without_case_and_final_dots():
    found = zones({ONE: ["Mail.Example.com. cname Target.Example.NET."]})
    assert lines(found) == ["mail.example.com CNAME target.example.net"]


def test_the_same_record_for_two_is_one_for_both():
    text = "mail.example.com CNAME target.example.net"
    found = zones({ONE: [text], OTHER: [text]})
    assert [each.needed_by for each in found.records] == [(ONE, OTHER)]


def test_a_record_counts_as_published_when_all_found_it():
    published = record("example.com TXT a", published=True)
    missing = record("example.com TXT b")
    found = zones_of({ONE: [published], OTHER: [missing]}, DnsSettings())
    assert [each.published for each in found.records] == [False]


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        (
            "v=spf1 include:a.example ~all",
            "v=spf1 include:b.example -all",
            "v=spf1 include:a.example include:b.example ~all",
        ),
        (
            "v=spf1 include:a.example ?all",
            "v=spf1 include:A.example +ip4:192.0.2.1 -all",
            "v=spf1 include:a.example ip4:192.0.2.1 ?all",
        ),
        (
            "v=spf1 redirect=a.example",
            "v=spf1 mx",
            "v=spf1 include:a.example mx",
        ),
    ],
)
def test_a_name_never_gets_two_spf_records(one, other, merged):
    found = zones({ONE: [f"example.com TXT {one}"], OTHER: [f"example.com TXT {other}"]})
    assert lines(found) == [f"example.com TXT {merged}"]
    assert rules(found) == []


def test_other_texts_stand_beside_each_other():
    found = zones({ONE: ["example.com TXT one=1"], OTHER: ["example.com TXT two=2"]})
    assert lines(found) == ["example.com TXT one=1", "example.com TXT two=2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("m.example.com CNAME a.example", "m.example.com CNAME b.example"),
        ("m.example.com CNAME a.example", "m.example.com TXT something"),
        ("s._domainkey.example.com TXT p=AAAA", "s._domainkey.example.com TXT p=BBBB"),
        ("_dmarc.example.com TXT v=DMARC1; p=none", "_dmarc.example.com TXT v=DMARC1; p=reject"),
        ("m.example.com MX 10 a.example", "m.example.com MX 10 b.example"),
    ],
)
def test_what_contradicts_something_is_left_out_and_told(one, other):
    kept = "kept.example.com CNAME a.example"
    found = zones({ONE: [one, kept], OTHER: [other]})
    assert lines(found) == [kept]
    assert rules(found) == ["dns-conflict"]
    assert str(ONE) in found.findings[0].message
    assert str(OTHER) in found.findings[0].message


def test_one_owner_may_want_several_values_but_of_a_cname():
    found = zones({ONE: ["m.example.com MX 10 a.example", "m.example.com MX 20 b.example"]})
    assert lines(found) == ["m.example.com MX 10 a.example", "m.example.com MX 20 b.example"]
    twice = zones({ONE: ["m.example.com CNAME a.example", "m.example.com CNAME b.example"]})
    assert (lines(twice), rules(twice)) == ([], ["dns-conflict"])


def test_a_wildcard_is_a_conflict():
    found = zones({ONE: ["*.example.com CNAME a.example"]})
    assert (lines(found), rules(found)) == ([], ["dns-conflict"])


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("CNAME", "mail", "a.example"),
        ("CNAME", "mail.example.com", "not a host"),
        ("CNAME", "mail.example.com\n@ A 6.6.6.6", "a.example"),
        ("CNAME", "-.example.com", "a.example"),
        ("CNAME", f"{'a' * 64}.example.com", "a.example"),
        ("CNAME", f"{'a.' * 130}com", "a.example"),
        ("CNAME", "../../etc/passwd", "a.example"),
        ("TXT", "mail.example.com", ""),
        ("TXT", "mail.example.com", "a\x1b]52;c;AAAA\x07"),
        ("TXT", "mail.example.com", "line\nbreak"),
        ("TXT", "mail.example.com", "\u202etxt"),
        ("TXT", "mail.example.com", "x" * 5000),
        ("MX", "mail.example.com", "mx.example.com"),
        ("MX", "mail.example.com", "70000 mx.example.com"),
        ("A", "mail.example.com", "2001:db8::1"),
        ("NS", "mail.example.com", "ns.example.com"),
        ("", "mail.example.com", "x"),
    ],
)
def test_what_can_be_no_record_is_left_out_and_told(kind, name, value):
    bad = DnsRecord(type=kind, name=name, value=value, published=False)
    found = zones_of({ONE: [bad]}, DnsSettings())
    assert (found.zones, rules(found)) == ((), ["dns-invalid"])


def test_quotes_around_a_text_are_no_part_of_it():
    found = zones({ONE: [r'example.com TXT "k=rsa; p=AA" "BB \"x\""']})
    assert lines(found) == ['example.com TXT k=rsa; p=AABB "x"']


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("1.1.1.1", Server("1.1.1.1", 53)),
        ("127.0.0.1:5353", Server("127.0.0.1", 5353)),
        ("2001:db8::1", Server("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", Server("2001:db8::1", 5353)),
        ("[2001:db8::1]", Server("2001:db8::1", 53)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(text, server):
    assert Server.parse(text) == server
    assert Server.parse(str(server)) == server


@pytest.mark.parametrize(
    "text",
    ["", "dns.google", "1.1.1.1:0", "1.1.1.1:99999", "1.1.1", "[::1]x", "1.1.1.1:53:53", "٣.1.1.1"],
)
def test_anything_else_is_no_resolver(text):
    with pytest.raises(ValueError, match=r"."):
        Server.parse(text)


odd = st.one_of(
    st.text(max_size=80), st.binary(max_size=80).map(lambda data: data.decode("latin-1"))
)
names = st.one_of(
    odd, st.sampled_from(["example.com", "*.example.com", "m.example.com.", "Ü.example.com"])
)
anything = st.builds(
    DnsRecord,
    type=st.one_of(st.sampled_from(["TXT", "cname", "MX", "A", "AAAA"]), odd),
    name=names,
    value=st.one_of(
        names, odd, st.sampled_from(["v=spf1 a", "V=SPF1", "10 mx.example.com", "192.0.2.1"])
    ),
    published=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, max_size=6), st.lists(anything, max_size=3))
def test_whatever_providers_say_becomes_files_or_is_told(one, other):
    found = zones_of({ONE: one, OTHER: other}, DnsSettings())
    for form in FORMATS.values():
        for text in form.files(fitting(found, form).zones).values():
            assert text.isascii()
            assert text.replace("\n", "").isprintable()
    for record in found.records:
        assert len([value for value in record.values if value.lower().startswith("v=spf1 ")]) <= 1
