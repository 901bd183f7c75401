"""The names of providers: each stands for one account, and can be changed."""

import pytest

from tests.support.served import Port

PROVIDER = """\
---
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: {name}}}
spec:
  type: nhncloud-sms
  baseUrl: "{url}"
  credentials: {{appKey: {{fromEnv: {variable}}}}}
  limits: {{settleSeconds: 0}}
"""
REST = """\
---
apiVersion: reconciler/v1
kind: Tag
metadata: {{name: vip, provider: {name}}}
spec: {{}}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {{name: kim, provider: {name}}}
spec: {{tags: [vip], phoneNumbers: [010-1234-5678]}}
---
apiVersion: reconciler/v1
kind: BlockList
metadata: {{name: ads, provider: {name}}}
spec: {{unsubscribeNumber: 080-123-4567, recipients: [010-1234-5678]}}
"""


@pytest.fixture(scope="module")
def port():
    with Port() as served:
        yield served


@pytest.fixture
def url(port, monkeypatch):
    port.serve()
    monkeypatch.setenv("K", "one")
    monkeypatch.setenv("SAME", "one")
    monkeypatch.setenv("OTHER", "two")
    return f"{port.url}/nhncloud-sms"


@pytest.fixture
def write(project, url):
    def call(*names, rest=(), variables=None, url=url):
        variables = variables or {}
        text = "".join(
            PROVIDER.format(name=name, url=url, variable=variables.get(name, "K")) for name in names
        )
        text += "".join(REST.format(name=name) for name in rest)
        (project / "nhn.yaml").write_text(text)

    return call


@pytest.fixture
def owning(write, run):
    write("nhn", rest=["nhn"])
    result = run("apply", "--auto-approve")
    assert result.code == 0, result.err + result.out


def test_two_names_for_one_account_are_a_fault_where_manifests_tell(write, run):
    write("one", "two", rest=["one", "two"])
    for words in (("validate",), ("plan",), ("apply", "--auto-approve")):
        result = run(*words)
        assert result.code == 1
        assert "Provider/two: is the account of Provider/one at nhn.yaml:2:1 again" in (
            result.out + result.err
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:8025/x", "http://127.0.0.1:8025/x/"),
        ("https://api.example.com", "https://API.example.com:443/"),
    ],
)
def test_spellings_of_a_base_url_do_not_make_another_account(project, write, run, one, other):
    write("one", url=one)
    first = (project / "nhn.yaml").read_text()
    write("two", url=other)
    with (project / "nhn.yaml").open("a") as file:
        file.write(first)
    result = run("validate")
    assert result.code == 1
    assert "is the account of Provider/two" in result.out + result.err


def test_two_names_for_one_account_are_refused_where_only_their_keys_tell(write, run, port):
    write("one", "two", rest=["one", "two"], variables={"two": "SAME"})
    assert run("validate").code == 0
    for words in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        result = run(*words)
        assert result.code == 1
        assert "the providers one and two are one account" in result.err
        assert "nhn.yaml:2:1: Provider/one" in result.err
        assert "Provider/two" in result.err
    assert port.app.state.requests == []


def test_two_accounts_of_one_type_are_fine(write, run):
    write("one", "two", rest=["one", "two"], variables={"two": "OTHER"})
    assert run("apply", "--auto-approve").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_plan_after_renaming_a_provider_names_the_one_command_that_does_it(owning, write, run):
    write("sms", rest=["sms"])
    for words in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        result = run(*words)
        assert result.code == 1
        assert "provider sms is the account that this state knows as nhn" in result.err
        assert "reconciler state mv nhn sms" in result.err
        assert "Blocked" not in result.out


def test_a_renamed_provider_takes_all_that_it_owns_along(owning, write, run, port):
    write("sms", rest=["sms"])
    sent = len(port.app.state.requests)
    result = run("state", "mv", "nhn", "sms")
    assert result.code == 0, result.err
    assert "nhn is sms now: 3 owned objects." in result.out
    assert len(port.app.state.requests) == sent
    assert run("plan", "--detailed-exitcode").code == 0
    rows = run("state", "list", "--output", "json").json["objects"]
    assert {row["provider"] for row in rows} == {"sms"}
    assert [row["dependsOn"] for row in rows if row["kind"] == "Contact"] == [["sms/Tag/vip"]]
    write("sms")  # the members that are ours went along, too
    assert run("apply", "--auto-approve", "--allow-deletes", "9").code == 0
    assert run("drift", "--unmanaged").code == 0


def test_another_account_is_not_given_the_objects_of_this_one(owning, write, run):
    write("sms", rest=["sms"], variables={"sms": "OTHER"})
    result = run("state", "mv", "nhn", "sms")
    assert result.code == 1
    assert "is not shown to be the account that this state knows as nhn" in result.err
    assert "nhn/Tag/vip" in run("state", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nhn", "nobody"), 'there is no provider "nobody"'),
        (("ghost", "sms"), 'state knows no provider "ghost"'),
        (("nhn/Tag/vip", "sms/Tag/vip"), "A whole provider is renamed by its names"),
    ],
)
def test_what_is_no_rename_of_a_provider_says_so(owning, write, run, words, said):
    write("sms")
    result = run("state", "mv", *words)
    assert result.code == 64
    assert said in result.err


def test_a_name_with_a_manifest_of_its_own_is_not_handed_over(owning, write, run):
    write("nhn", "sms", variables={"sms": "OTHER"})
    result = run("state", "mv", "nhn", "sms")
    assert result.code == 64
    assert "provider nhn still has a manifest" in result.err


def test_all_of_a_provider_is_forgotten_once_its_number_is_said(owning, run):
    for words in ((), ("--count", "2")):
        result = run("state", "rm", "--provider", "nhn", *words)
        assert result.code == 64
        assert "state owns 3 objects of nhn" in result.err
        assert "state rm --provider nhn --count 3" in result.err
    assert run("state", "rm", "--provider", "nhn", "--count", "3").code == 0
    assert run("state", "list", "--output", "json").json["objects"] == []


def test_a_provider_that_was_forgotten_may_be_another_account(owning, write, run, monkeypatch):
    assert run("state", "rm", "--provider", "nhn", "--count", "3").code == 0
    monkeypatch.setenv("K", "three")
    assert run("apply", "--auto-approve").code == 0


@pytest.mark.parametrize("words", [(), ("nhn/Tag/vip", "--provider", "nhn")])
def test_rm_takes_addresses_or_a_provider(owning, run, words):
    assert run("state", "rm", *words).code == 64


def test_what_referred_to_a_moved_object_refers_to_it_by_its_new_name(owning, run):
    assert run("state", "mv", "nhn/Tag/vip", "nhn/Tag/gold").code == 0
    row = run("state", "show", "nhn/Contact/kim", "--output", "json").json
    assert row["dependsOn"] == ["nhn/Tag/gold"]
