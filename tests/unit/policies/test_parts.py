"""Functions of expressions, bounds, places, counts and the digest."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.policies import read_policies
from reconciler.manifests.text.inside import offset_inside
from reconciler.model.address import Address
from reconciler.model.policy import On
from reconciler.model.resource import Project
from reconciler.policies import Bench, Element, Surroundings, compiled, functions, policies_digest
from reconciler.policies.bounds import excess

# --- functions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding", "length"),
    [
        ("abc", "utf-8", 3),
        ("한글", "utf-8", 6),
        ("한글", "cp949", 4),
        ("한글", "EUC-KR", 4),
        ("한글", "utf-16", 4),
        ("😀", "utf-16", 4),
        ("", "cp949", 0),
    ],
)
def test_bytes_are_those_of_the_encoding(text, encoding, length):
    assert functions.byte_length(text, encoding) == length


@pytest.mark.parametrize(("text", "encoding"), [("😀", "cp949"), ("a", "zip"), ("a", "idna")])
def test_what_has_no_length_raises(text, encoding):
    with pytest.raises(ValueError, match=encoding if text == "😀" else "byteLength knows"):
        functions.byte_length(text, encoding)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Hooks.Example.com:8443/x", "hooks.example.com"),
        ("https://hooks.example.com./x", "hooks.example.com"),
        ("https://good.example@evil.example/", "evil.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("https://evil.example\\@good.example/", ""),
        ("https://evil.example\t.good.example/", ""),
        ("https://[::1", ""),
        ("good.example", ""),
        ("", ""),
    ],
)
def test_a_host_is_the_one_that_all_clients_read(url, name):
    assert functions.host(url) == name


def test_networks_and_numbers():
    assert functions.cidr_contains("10.0.0.0/8", "10.1.2.3")
    assert not functions.cidr_contains("10.0.0.0/8", "11.1.2.3")
    assert not functions.cidr_contains("10.0.0.0/8", "2001:db8::1")
    with pytest.raises(ValueError, match="cidrContains takes"):
        functions.cidr_contains("10.0.0.1/8", "10.1.2.3")
    assert functions.is_e164("+821012345678")
    assert not any(map(functions.is_e164, ("01012345678", "+0821012345678", "+82 10", "+1\n", "")))


# --- bounds -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'a + "b" == "ab"',
        'a.matches("^[+]+$") && b.exists(c, c == "+")',
        "r'\\+' == a || b.all(c, true) // + +",
        "'''it's + ''' == a && b.map(c, c) == []",
        '"""a " + """ == b.map(c, c)[0]',
    ],
)
def test_what_cannot_grow_is_let_through(text):
    assert excess(text) is None


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("[a].map(b, b + b)", 13),
        ("a" + " + a" * 9, 34),
        ('r"\\" == a || [a].map(b, b + "")', 26),
        ('a == "// " || [a].filter(b, b + b == a)', 30),
    ],
)
def test_what_could_grow_is_refused_where_it_would(text, index):
    found = excess(text)
    assert found is not None
    assert found[0] == index


# --- places -------------------------------------------------------------------------------------


@given(
    st.lists(st.text("abc&|= ", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=4),
    st.sampled_from(["|", "|-", ">", ">-", "|+", ">2"]),
)
def test_every_letter_of_a_block_is_found_where_it_stands(lines, sign):
    source = f"violates: {sign}\n" + "".join(f"  {line}\n" for line in lines) + "next: a\n"
    value = ("\n" if sign[0] == "|" else " ").join(lines)
    for index, letter in enumerate(value):
        if not letter.isspace():
            at = offset_inside(source, source.index(sign), value, index)
            assert source[at] == letter
            before = source[:at].split("\n", 1)[1].replace(" ", "").replace("\n", "")
            assert len(before) == len(value[:index].replace(" ", "").replace("\n", ""))


def test_what_does_not_go_together_is_at_the_start():
    assert offset_inside("violates: abc", 10, "xyz", 2) == 10
    assert offset_inside("violates: abc", 10, "abc", 3) == 13


# --- judging ------------------------------------------------------------------------------------


def policies(folder, **specs):
    for name, spec in specs.items():
        (folder / f"{name}.yaml").write_text(
            f"apiVersion: reconciler/v1\nkind: Policy\nmetadata: {{name: {name}}}\nspec:\n"
            + "".join(f"  {key}: {value}\n" for key, value in spec.items())
        )
    faults = []
    found = read_policies(Project(root=folder, policies=(".",)), (), folder, faults)
    assert faults == []
    return found.policies


PLAIN = {"on": "change", "violates": "'true == false'", "message": "no"}
AROUND = Surroundings(now=datetime(2026, 1, 1, tzinfo=UTC), actor="kim")


def element(number):
    return Element(
        document=lambda: {"name": str(number), "items": [1] * 10},
        address=Address("nhn", "Tag", f"tag-{number}"),
        action="create",
    )


def test_what_no_policy_is_about_is_not_even_shown_to_one(tmp_path):
    def never():
        raise AssertionError("it was made for nobody")

    right, _ = compiled(policies(tmp_path, one={**PLAIN, "match": "{kinds: [Template]}"}))
    bench = Bench(right, AROUND)
    assert bench.judge(On.CHANGE, [Element(document=never, address=Address("a", "Tag", "b"))]) == ()
    assert bench.verdict().each[0].checked == 0


def test_a_bomb_costs_no_more_than_a_few_honest_policies(tmp_path):
    ten = "[" + ",".join("1" * 10) + "]"
    loops = "".join(f"{ten}.all({name}, " for name in "abcdef") + "true" + ")" * 6
    honest = "change.items.all(a, change.items.all(b, change.items.all(c, a <= b || c > 0)))"
    took = {}
    for name, text in (("bomb", loops), ("honest", honest)):
        folder = tmp_path / name
        folder.mkdir()
        [each], _ = compiled(policies(folder, one={**PLAIN, "violates": f"'{text}'"}))
        bench = Bench([each], AROUND)
        begun = time.process_time()
        found = bench.judge(On.CHANGE, map(element, range(50)))
        took[name] = time.process_time() - begun
        assert [finding.rule for finding in found[:1]] == [
            "policy-error" if name == "bomb" else "policy/one"
        ]
    # A million steps were asked for; the budget is about ten times what the honest one takes.
    assert took["bomb"] < 100 * took["honest"]


def test_names_in_a_message_are_not_looked_at_again(tmp_path):
    spec = {**PLAIN, "violates": "'true'", "message": '"{name} of {kind} by {action}"'}
    right, _ = compiled(policies(tmp_path, one=spec))
    address = Address("nhn", "Tag", "{action}")
    [finding] = Bench(right, AROUND).judge(
        On.CHANGE, [Element(document=dict, address=address, action="create")]
    )
    assert finding.message == "{action} of Tag by create"


# --- digest -------------------------------------------------------------------------------------


def test_the_digest_is_over_what_policies_say(tmp_path):
    def digest(folder, **specs):
        (tmp_path / folder).mkdir()
        return policies_digest(policies(tmp_path / folder, **specs))

    one = digest("a", one=PLAIN, two=PLAIN)
    assert digest("b", two=PLAIN, one=PLAIN) == one
    tested = {**PLAIN, "tests": "[{given: {}, violates: false}]"}
    assert digest("c", one=tested, two=PLAIN) == one
    changed = [
        digest("d", one=PLAIN),
        digest("e", one={**PLAIN, "severity": "warning"}, two=PLAIN),
        digest("f", one={**PLAIN, "violates": "'true == true'"}, two=PLAIN),
        digest("g", one={**PLAIN, "overridable": "true"}, two=PLAIN),
    ]
    assert one not in changed
    assert len(set(changed)) == 4
    assert policies_digest([]) == policies_digest([])
