"""How records stand at servers that are right, late, lame, cut, wrong or silent."""

import asyncio

import pytest

from reconciler.dns import queries
from reconciler.dns.spf_mending import mended, without_existing
from reconciler.dns.waiting import Clock, Patience, looked_until
from reconciler.model.zones import RecordStatus, Zone
from tests.support.dns_servers import NEGATIVE_TTL
from tests.support.dns_world import OWNER, ZONE, record

SPF = "v=spf1 include:mailgun.example ~all"
KEY = "k=rsa; p=" + "A" * 300
KEY_NAME = f"s1._domainkey.{ZONE}"


@pytest.fixture
def impatient(monkeypatch):
    """Silence is believed soon."""
    monkeypatch.setattr(queries, "TIMEOUT", 0.4)


def split(text):
    """A text in two strings, as zone files have it."""
    return f'"{text[:200]}" "{text[200:]}"'


def test_a_record_that_all_servers_have_is_ok(world):
    world.publish(KEY_NAME, "TXT", split(KEY))
    found = world.one(record("s1._domainkey", "TXT", KEY))
    assert found.status is RecordStatus.OK
    assert [str(said.server) for said in found.servers] == [
        f"ns1.example (127.0.0.2:{world.port})",
        f"ns2.example (127.0.0.3:{world.port})",
        f"127.0.0.1:{world.port}",
    ]


@pytest.mark.parametrize(
    ("wanted", "live", "status"),
    [
        (("", "TXT", SPF), ("TXT", f'"{SPF}"'), "ok"),
        (("", "TXT", SPF), ("TXT", '"v=spf1 mx include:MAILGUN.example -all"'), "ok"),
        (("", "TXT", SPF), ("TXT", '"v=spf1 mx -all"'), "different"),
        (("", "TXT", SPF), ("TXT", '"google-site-verification=x"'), "missing"),
        (("", "TXT", SPF), ("TXT", f'"{SPF}"', '"v=spf1 -all"'), "different"),
        (("", "TXT", "token=a"), ("TXT", '"token=b"'), "missing"),
        (("s._domainkey", "TXT", "v=DKIM1; p=QQ"), ("TXT", '"v=DKIM1;p=Q" "Q;"'), "ok"),
        (("s._domainkey", "TXT", "v=DKIM1; p=QQ"), ("TXT", '"v=DKIM1; p=RR"'), "different"),
        (("s._domainkey", "TXT", "p=QQQQ"), ("TXT", '"\\"p=QQ\\" \\"QQ\\""'), "different"),
        (("m", "CNAME", "target.example"), ("CNAME", "TARGET.example."), "ok"),
        (("m", "CNAME", "target.example"), ("CNAME", "old.example."), "different"),
        (("m", "CNAME", "target.example"), ("TXT", '"x"'), "conflict"),
        (("m", "TXT", "token=a"), ("CNAME", "elsewhere.example."), "conflict"),
        (("m", "MX", "10 mx.example"), ("MX", "10 MX.example.", "20 b.example."), "ok"),
        (("m", "MX", "10 mx.example"), ("MX", "20 mx.example."), "different"),
        (("m", "A", "192.0.2.1"), ("AAAA", "2001:db8::1"), "missing"),
    ],
)
def test_how_a_record_stands_beside_what_there_is(world, wanted, live, status):
    one = record(*wanted)
    world.publish(one.fqdn, *live)
    assert world.one(one).status == status


def test_a_record_that_is_nowhere_is_missing_everywhere(world):
    assert world.told(record("m", "TXT", "token=a")) == {
        "1": "missing",
        "2": "missing",
        "3": "missing",
    }


def test_a_server_that_lags_is_named(world):
    world.publish(f"m.{ZONE}", "CNAME", "new.example.", at=("ns1", "resolver"))
    world.publish(f"m.{ZONE}", "CNAME", "old.example.", at=("ns2",))
    found = world.one(record("m", "CNAME", "new.example"))
    assert found.status is RecordStatus.DIFFERENT
    lagging = [each for each in found.servers if each.status is RecordStatus.DIFFERENT]
    assert [(each.server.name, each.found) for each in lagging] == [
        ("ns2.example", ("old.example",))
    ]


@pytest.mark.parametrize("odd", ["refused", "lame", "wrong", "silent", "garbage"])
def test_a_server_that_does_not_answer_makes_nothing_worse(world, impatient, odd):
    world.publish(f"m.{ZONE}", "CNAME", "target.example.")
    world.ns2.odd = odd
    found = world.one(record("m", "CNAME", "target.example"))
    assert found.status is RecordStatus.OK
    silent = found.servers[1]
    assert (silent.server.name, silent.status) == ("ns2.example", RecordStatus.UNREACHABLE)
    assert silent.reason
    assert silent.found == ()


@pytest.mark.parametrize("odd", ["truncated", "no-edns"])
def test_an_answer_that_is_cut_or_knows_no_edns_is_asked_for_again(world, odd):
    world.publish(KEY_NAME, "TXT", split(KEY))
    world.ns1.odd = world.ns2.odd = world.resolver.odd = odd
    wanted = record("s1._domainkey", "TXT", KEY)
    assert set(world.told(wanted).values()) == {"ok"}


def test_where_nobody_answers_nothing_is_known(world, impatient):
    world.resolver.odd = "silent"
    found = world.one(record("m", "CNAME", "target.example"))
    assert found.status is RecordStatus.UNREACHABLE
    assert world.ns1.asked == []


def test_a_silent_server_is_not_waited_for_again_and_again(world, impatient):
    world.resolver.odd = "silent"
    world.check(*(record(f"m{number}", "CNAME", "target.example") for number in range(8)))
    asked = len(world.resolver.asked)
    world.check()
    assert len(world.resolver.asked) == asked
    assert asked <= 8 * 2


def test_an_answer_of_64_kib_is_read_over_tcp_and_bounded(world):
    many = [f'"{number:03} {"x" * 230}"' for number in range(260)]
    world.publish(f"m.{ZONE}", "TXT", *many)
    found = world.one(record("m", "TXT", "token=a"))
    assert found.status is RecordStatus.MISSING
    assert all(len(said.found) <= 100 for said in found.servers)


def test_control_characters_and_case_of_answers_are_borne(world):
    world.publish(f"m.{ZONE}", "TXT", r'"a\027]52;c;AA\007"', '"Token=A"')
    found = world.one(record("m", "TXT", "token=A"))
    assert found.status is RecordStatus.MISSING
    assert "a\x1b]52;c;AA\x07" in found.servers[0].found


def chain(world, length, *, loop=False):
    for number in range(length):
        world.publish(f"c{number}.{ZONE}", "CNAME", f"c{number + 1}.{ZONE}.")
    last = f"c{length}.{ZONE}"
    if loop:
        world.publish(last, "CNAME", f"c0.{ZONE}.")
    else:
        world.publish(last, "TXT", '"token=a"')


def test_a_text_behind_an_alias_is_found_and_told(world):
    chain(world, 2)
    wanted = record("c0", "TXT", "token=a")
    assert world.one(wanted).status is RecordStatus.OK
    assert world.rules(wanted) == {("cname-chain", "warning")}


@pytest.mark.parametrize(("length", "loop"), [(3, True), (300, False)])
def test_aliases_in_a_circle_or_without_end_are_followed_ten_times(world, length, loop):
    chain(world, length, loop=loop)
    wanted = record("c0", "TXT", "token=a")
    assert world.one(wanted).status is RecordStatus.CONFLICT
    assert world.rules(wanted) == {("cname-chain", "error")}


def test_the_servers_of_a_zone_below_are_found(world):
    below = f"eu.{ZONE}"
    for server in (world.resolver, world.ns1, world.ns2):
        server.zones = (ZONE, below, "example")
    world.publish(below, "NS", "ns2.example.", at=("resolver",))
    world.publish(f"m.{below}", "CNAME", "target.example.", at=("resolver", "ns2"))
    assert world.told(record("m.eu", "CNAME", "target.example")) == {"3": "ok", "1": "ok"}


def test_name_servers_that_are_no_host_names_are_not_asked_for(world):
    world.publish(ZONE, "NS", r"bad\000name.example.", "ns1.example.", at=("resolver",))
    world.publish(f"m.{ZONE}", "CNAME", "target.example.")
    assert world.told(record("m", "CNAME", "target.example")) == {"2": "ok", "1": "ok"}


def test_nothing_is_asked_but_what_is_needed(world):
    world.publish(f"m.{ZONE}", "CNAME", "target.example.")
    world.one(record("m", "CNAME", "target.example"))
    assert sorted(set(world.resolver.asked)) == [
        (ZONE, "NS"),
        (ZONE, "SOA"),
        (f"m.{ZONE}", "CNAME"),
        (f"m.{ZONE}", "SOA"),
        ("ns1.example", "A"),
        ("ns2.example", "A"),
    ]


# --- what else is told -------------------------------------------------------------------------


def publish_spf(world, name, text):
    world.publish(name, "TXT", f'"{text}"')


@pytest.mark.parametrize(
    ("includes", "expected"),
    [(8, set()), (9, {("spf-lookups", "warning")}), (11, {("spf-lookups", "error")})],
)
def test_look_ups_are_counted_through_includes(world, includes, expected):
    inner = [f"i{number}.example" for number in range(includes - 1)]
    publish_spf(world, "mailgun.example", "v=spf1 " + " ".join(f"include:{n}" for n in inner))
    for name in inner:
        publish_spf(world, name, "v=spf1 ip4:192.0.2.1 -all")
    publish_spf(world, ZONE, SPF)
    assert world.rules(record("", "TXT", SPF)) == expected


def test_a_record_is_counted_as_it_will_be(world):
    publish_spf(
        world,
        ZONE,
        "v=spf1 a mx a:x.example a:y.example mx:z.example ptr exists:e.example"
        " include:q.example include:r.example -all",
    )
    for name in ("x.example", "y.example", "e.example", ZONE):
        world.publish(name, "A", "192.0.2.1")
    for name in ("z.example", ZONE):
        world.publish(name, "MX", "10 mx.example.")
    for name in ("q.example", "r.example", "mailgun.example"):
        publish_spf(world, name, "v=spf1 -all")
    assert world.rules(record("", "TXT", SPF)) == {("spf-lookups", "warning")}


def test_spf_in_a_circle_without_ends_and_twice_is_told(world):
    publish_spf(world, "mailgun.example", "v=spf1 include:b.example")
    publish_spf(world, "b.example", f"v=spf1 redirect={ZONE}")
    publish_spf(world, ZONE, SPF)
    assert world.rules(record("", "TXT", SPF)) == {("spf-loop", "error")}
    world.publish(ZONE, "TXT", f'"{SPF}"', '"v=spf1 -all"')
    publish_spf(world, "mailgun.example", "v=spf1 a:1.example a:2.example include:3.example -all")
    assert world.rules(record("", "TXT", SPF)) == {
        ("spf-multiple", "error"),
        ("spf-void", "warning"),
    }


@pytest.mark.parametrize(
    ("name", "place", "text", "expected"),
    [
        (f"news.{ZONE}", None, None, {("dmarc-missing", "warning")}),
        (f"news.{ZONE}", f"_dmarc.news.{ZONE}", "v=DMARC1; p=reject", set()),
        (f"news.{ZONE}", f"_dmarc.{ZONE}", "v=DMARC1; p=quarantine", set()),
        (f"news.{ZONE}", f"_dmarc.{ZONE}", "v=DMARC1; p=none", {("dmarc-none", "info")}),
        (ZONE, f"_dmarc.{ZONE}", "something", {("dmarc-missing", "warning")}),
    ],
)
def test_dmarc_is_looked_for_at_the_name_then_at_the_organisation(
    world, name, place, text, expected
):
    world.names = {OWNER: name}
    if place:
        publish_spf(world, place, text)
    assert world.rules() == expected


def rsa_key(bits):
    """The `p` of a DKIM record; short keys cannot be made any more, so the length is written."""
    from base64 import b64encode

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = RSAPublicNumbers(65537, (1 << (bits - 1)) | 1).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (768, {("dkim-key-short", "error")}),
        (1024, {("dkim-key-short", "info")}),
        (2048, set()),
    ],
)
def test_the_length_of_a_dkim_key_is_told(world, bits, expected):
    text = f"v=DKIM1; k=rsa; p={rsa_key(bits)}"
    world.publish("key.example", "TXT", split(text))
    world.publish(KEY_NAME, "CNAME", "key.example.")
    assert world.rules(record("s1._domainkey", "CNAME", "key.example")) == expected


def test_a_text_that_was_split_by_hand_is_told(world):
    world.publish(KEY_NAME, "TXT", r'"\"k=rsa; p=AAAA\" \"BBBB\""')
    wanted = record("s1._domainkey", "TXT", "k=rsa; p=AAAABBBB")
    assert world.one(wanted).status is RecordStatus.DIFFERENT
    assert world.rules(wanted) == {("txt-joined", "warning")}


# --- SPF that is there already -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "existing", "change", "written"),
    [
        ([], False, "", [SPF]),
        ([SPF], False, "", [SPF]),
        (["v=spf1 mx include:mailgun.example -all"], True, "", []),
        (["v=spf1 mx -all"], True, "v=spf1 mx include:mailgun.example -all", []),
        (["v=spf1 mx"], True, "v=spf1 mx include:mailgun.example", []),
        (
            ["v=spf1 a -all", "v=spf1 mx ~all"],
            True,
            "v=spf1 a mx include:mailgun.example ~all",
            [],
        ),
    ],
)
def test_a_second_spf_record_is_never_written(world, live, existing, change, written):
    world.publish(ZONE, "TXT", *(f'"{text}"' for text in live))
    wanted = record("", "TXT", SPF, "token=a")
    zones = mended([Zone(name=ZONE, records=(wanted,))], world.check(wanted))
    (found,) = zones[0].records
    assert (found.existing, found.change) == (existing, change)
    (left,) = without_existing(zones)[0].records
    assert list(left.values) == [*written, "token=a"]


# --- waiting -----------------------------------------------------------------------------------


def waited(world, wanted, seconds, *, happens=()):
    """Wait by a clock that jumps; at its times things happen in DNS."""
    pauses, told, due = [], [], sorted(happens, key=lambda each: each[0])

    async def sleep(length):
        pauses.append(round(length, 1))
        world.now += length
        while due and due[0][0] <= world.now:
            due.pop(0)[1]()

    async def work():
        checker, _ = world.parts()
        clock = Clock(now=lambda: world.now, sleep=sleep)
        patience = Patience(until=seconds, clock=clock, tell=told.append)
        return await looked_until(checker, [Zone(name=ZONE, records=(wanted,))], patience)

    return asyncio.run(work()), pauses, told


def test_waiting_ends_when_all_is_there(world):
    wanted = record("m", "CNAME", "target.example")
    publish = lambda: world.publish(wanted.fqdn, "CNAME", "target.example.")  # noqa: E731
    looked, pauses, told = waited(world, wanted, 1800, happens=[(100, publish)])
    assert [each.status for each in looked] == [RecordStatus.OK]
    assert pauses[:5] == [5.0, 7.5, 11.2, 16.9, 25.3]
    assert max(pauses) <= 60
    assert told[0][0].status is RecordStatus.MISSING


def test_waiting_ends_when_patience_does(world):
    looked, pauses, _ = waited(world, record("m", "CNAME", "target.example"), 30)
    assert [each.status for each in looked] == [RecordStatus.MISSING]
    assert sum(pauses) == pytest.approx(30, abs=0.2)


def test_a_cache_is_asked_again_only_when_it_may_have_forgotten(world):
    wanted = record("m", "CNAME", "target.example")
    waited(world, wanted, NEGATIVE_TTL - 1)
    asked = [each for each in world.resolver.asked if each == (wanted.fqdn, "CNAME")]
    of_its_own = [each for each in world.ns1.asked if each == (wanted.fqdn, "CNAME")]
    assert len(asked) == 1
    assert len(of_its_own) > 3
    waited(world, wanted, 3 * NEGATIVE_TTL)
    assert len([e for e in world.resolver.asked if e == (wanted.fqdn, "CNAME")]) <= 4


def test_what_is_right_is_not_asked_for_again(world):
    wanted = record("m", "CNAME", "target.example")
    world.publish(wanted.fqdn, "CNAME", "target.example.")
    _, pauses, told = waited(world, wanted, 1800)
    assert (pauses, told) == ([], [])
