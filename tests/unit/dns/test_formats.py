"""What other tools read in our files is what was meant: each is read by its own tool."""

import json
import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from octodns.manager import Manager
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone as OctoZone

from reconciler.dns.formats import bind as bind_module
from reconciler.dns.formats.bind import bind
from reconciler.dns.formats.export import FORMATS, PLAIN_OCTODNS, fitting, is_ours
from reconciler.dns.formats.reading import read
from reconciler.model.address import Address
from reconciler.model.finding import Severity
from reconciler.model.zones import RecordSet, RecordType, Zone, Zones

OWNER = Address("octeth", "SenderDomain", "main")
NASTY = [
    "k=rsa; p=" + "A" * 418,
    'say "hi"; and 50 % of ${path} %{if} \\ back',
    "##[set-output name=x]y ##vso[x]",
    "'; DROP TABLE zones; --",
    "$(id) `id` </script>",
]


def record(name, kind, *values, change=""):
    return RecordSet(
        fqdn=f"{name}.example.com" if name else "example.com",
        type=RecordType(kind),
        values=values,
        ttl=300,
        needed_by=(OWNER,),
        published=False,
        change=change,
    )


def zone(*records):
    return Zone(name="example.com", records=tuple(sorted(records)))


ALL = zone(
    record("", "TXT", "v=spf1 include:mailgun.org ~all", "one=1"),
    record("", "MX", "10 mx1.example.net", "20 mx2.example.net"),
    record("s10._domainkey.mail", "TXT", NASTY[0]),
    record("s2._domainkey.mail", "TXT", *NASTY[1:]),
    record("mail", "CNAME", "target.example.net"),
    record("web", "A", "192.0.2.1"),
    record("web", "AAAA", "2001:db8::1"),
)


def expected(found):
    return {(each.fqdn, each.type.value): (each.ttl, set(each.values)) for each in found.records}


def octodns_reads(folder, text, **options):
    """What octoDNS's YamlProvider makes of a file, through octoDNS's own zone file."""
    (folder / "example.com.yaml").write_text(text)
    provider = YamlProvider("ours", str(folder), **options)
    read_zone = OctoZone("example.com.", [])
    provider.populate(read_zone)
    return {
        (each.fqdn.removesuffix("."), each._type): (
            each.ttl,
            {_raw(value) for value in getattr(each, "values", None) or [each.value]},
        )
        for each in read_zone.records
    }


def _raw(value):
    return value.to_raw_text() if hasattr(value, "to_raw_text") else str(value).strip("'.")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("form", "escaped"),
    [(FORMATS["octodns"], True), (PLAIN_OCTODNS, False)],
    ids=["escaped", "plain"],
)
def test_octodns_reads_the_same_records(tmp_path, form, escaped):
    text = form.files([ALL])["example.com.yaml"]
    assert octodns_reads(tmp_path, text, escaped_semicolons=escaped) == expected(ALL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_octodns_writes_the_same_zone_file(tmp_path):
    simple = zone(*(each for each in ALL.records if "s2." not in each.fqdn))
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "example.com.yaml").write_text(
        FORMATS["octodns"].files([simple])["example.com.yaml"]
    )
    (tmp_path / "config.yaml").write_text(
        json.dumps(
            {
                "providers": {
                    "ours": {
                        "class": "octodns.provider.yaml.YamlProvider",
                        "directory": str(tmp_path / "ours"),
                        "escaped_semicolons": True,
                    },
                    "bind": {
                        "class": "octodns_bind.ZoneFileProvider",
                        "directory": str(tmp_path / "zones"),
                        "file_extension": ".zone",
                    },
                },
                "zones": {"example.com.": {"sources": ["ours"], "targets": ["bind"]}},
            }
        )
    )
    Manager(str(tmp_path / "config.yaml")).sync(dry_run=False, force=True)
    made = read((tmp_path / "zones" / "example.com.zone").read_text(), "example.com")
    assert {key: row for key, row in made.items() if key[1] != "SOA"} == expected(simple)


SANDBOX = """
const found = [];
const TTL = n => ({ttl: n});
const kind = type => (name, ...rest) => {
  const ttl = rest.pop().ttl;
  return {name, type, ttl, value: rest.join(" ")};
};
const [A, AAAA, CNAME, MX, TXT] = ["A", "AAAA", "CNAME", "MX", "TXT"].map(kind);
const D_EXTEND = (zone, ...records) => records.forEach(r => found.push({zone, ...r}));
require("vm").runInNewContext(
  require("fs").readFileSync(0, "utf8"), {TTL, A, AAAA, CNAME, MX, TXT, D_EXTEND});
console.log(JSON.stringify(found));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node to run DNSControl's files in")
def test_dnscontrol_runs_the_same_records():
    text = FORMATS["dnscontrol"].files([ALL])["example.com.js"]
    ran = subprocess.run(
        ["node", "-e", SANDBOX], input=text, capture_output=True, text=True, check=True
    )
    rows = {}
    for each in json.loads(ran.stdout):
        assert each["zone"] == "example.com"
        name = "example.com" if each["name"] == "@" else f"{each['name']}.example.com"
        dotted = each["type"] in {"CNAME", "MX"}
        assert each["value"].endswith(".") or not dotted
        value = each["value"].removesuffix(".") if dotted else each["value"]
        rows.setdefault((name, each["type"]), (each["ttl"], set()))[1].add(value)
    assert rows == expected(ALL)


def hcl(text):
    """A string of Terraform's JSON syntax as its templates read it; without any interpolation."""
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", text)
    return text.replace("$${", "${").replace("%%{", "%{")


def test_terraform_reads_the_same_records():
    files = FORMATS["terraform"].files([ALL])
    document = json.loads(files["messaging_dns.tf.json"])
    records = document["locals"]["messaging_dns_records"]
    assert "example.com/TXT/s2._domainkey.mail" in records
    rows = {
        (each["fqdn"], each["type"]): (
            each["ttl"],
            {
                hcl(value).removesuffix(".") if each["type"] in {"CNAME", "MX"} else hcl(value)
                for value in each["records"]
            },
        )
        for each in records.values()
    }
    assert rows == expected(ALL)
    assert records["example.com/MX/@"]["name"] == "@"


def test_dnspython_reads_the_same_records():
    assert read(bind(ALL), "example.com") == expected(ALL)


def test_a_zone_file_that_would_not_say_what_it_should_is_not_written(monkeypatch):
    monkeypatch.setattr(bind_module, "_quoted", lambda text: f'"{text.upper()}"')
    with pytest.raises(ValueError, match="would not say what it should"):
        bind(zone(record("", "TXT", "a")))


@pytest.mark.parametrize("form", FORMATS)
def test_no_file_holds_what_a_ci_log_would_obey(form):
    for text in FORMATS[form].files([ALL]).values():
        assert "##[" not in text
        assert "##vso[" not in text
        assert text.isascii()


@pytest.mark.parametrize("form", FORMATS)
def test_every_file_says_whose_it_is_and_what_is_to_be_done_by_hand(form):
    changed = zone(record("", "TXT", change="v=spf1 mx include:mailgun.org -all"))
    for text in FORMATS[form].files([changed]).values():
        assert is_ours(text)
        assert "example.com has an SPF record. Change it, do not add a second one:" in text
        assert "v=spf1 mx include:mailgun.org -all" in text


@pytest.mark.parametrize("value", ["a\\;b", 'a" "b', '"a'])
def test_what_octodns_would_misread_is_left_out_and_told(value):
    good, bad = record("", "TXT", "a"), record("bad", "TXT", value)
    found = fitting(Zones(zones=(zone(good, bad),)), FORMATS["octodns"])
    assert found.records == [good]
    (finding,) = found.findings
    assert (finding.rule, finding.severity) == ("dns-invalid", Severity.ERROR)
    assert "bad.example.com TXT: octoDNS cannot hold" in finding.message
    assert fitting(Zones(zones=(zone(bad),)), FORMATS["bind"]).records == [bad]


printable = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=600
).filter(lambda text: text.strip())
texts = st.one_of(
    printable,
    st.lists(st.sampled_from(['"', "\\", ";", "#", "${", "%{", "$$", "\\;", " "]), min_size=1).map(
        "x".join
    ),
)
quick = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(texts)
def test_any_text_survives_a_zone_file(text):
    one = zone(record("t", "TXT", text))
    assert read(bind(one), "example.com") == expected(one)


@quick
@given(texts)
def test_any_text_survives_json_and_javascript(text):
    one = zone(record("t", "TXT", text))
    tf = json.loads(FORMATS["terraform"].files([one])["messaging_dns.tf.json"])
    found = tf["locals"]["messaging_dns_records"]["example.com/TXT/t"]["records"]
    assert [hcl_value(found[0])] == [text]
    script = FORMATS["dnscontrol"].files([one])["example.com.js"]
    call = next(line for line in script.splitlines() if line.startswith("  TXT("))
    assert json.loads(f"[{call.strip().removeprefix('TXT(').rpartition(', TTL')[0]}]")[1] == text


def hcl_value(text):
    """As Terraform's scanner: `$${` and `%%{` are escapes, from the left."""
    return re.sub(r"(\$|%)\1\{", r"\1{", text)


@quick
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@given(texts)
def test_any_text_survives_octodns_or_is_refused(tmp_path, text):
    one = zone(record("t", "TXT", text))
    if fitting(Zones(zones=(one,)), FORMATS["octodns"]).findings:
        return
    text_of_file = FORMATS["octodns"].files([one])["example.com.yaml"]
    assert octodns_reads(tmp_path, text_of_file, escaped_semicolons=True) == expected(one)
