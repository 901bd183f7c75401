"""`reconciler state resolve`: what a person says is believed once it was seen to be so."""

import shutil

import pytest

MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec: {type: nhncloud-sms, credentials: {appKey: {fromEnv: K}}}
"""

KEY = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec: {type: octeth, baseUrl: "https://mail.example.com", credentials: {apiKey: {fromEnv: K}}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com}
spec: {}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: {file: secrets/shop}}
"""


def tags(*names):
    head = "---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: %s}\nspec: {}\n"
    return MANIFESTS + "".join(head % name for name in names)


@pytest.fixture
def state(run):
    def call(*words):
        return run("state", *words, "--emulate")

    return call


@pytest.fixture
def resolve(state):
    def call(address, *words):
        return state("resolve", address, *words)

    return call


@pytest.fixture
def owning(project, run):
    """A project that owns two tags."""
    (project / "nhn.yaml").write_text(tags("a", "b"))
    assert run("apply", "--emulate", "--auto-approve").code == 0
    return project


@pytest.fixture
def ids(state):
    def read():
        objects = state("list", "--output", "json").json["objects"]
        return {row["address"]: row["id"] for row in objects}

    return read


def test_an_object_that_another_address_owns_cannot_be_taken(owning, resolve, ids):
    before = ids()
    result = resolve("nhn/Tag/a", "--adopt", before["nhn/Tag/b"])
    assert result.code == 1
    assert f"{before['nhn/Tag/b']} is nhn/Tag/b already" in result.err
    assert "state mv nhn/Tag/b nhn/Tag/a" in result.err
    assert ids() == before


@pytest.mark.parametrize("identifier", ["NOSUCHID", "WTKA00000", "wtka0000"])
def test_an_object_that_is_not_there_cannot_be_taken(owning, resolve, ids, identifier, state):
    assert state("rm", "nhn/Tag/a").code == 0
    before = ids()
    result = resolve("nhn/Tag/a", "--adopt", identifier)
    assert result.code == 1
    assert f"no live Tag of nhn has the id {identifier}" in result.err
    assert "Nobody owns: WTKA0000." in result.err
    assert ids() == before


def test_an_address_that_nothing_knows_cannot_be_resolved(owning, resolve, state, ids):
    assert state("rm", "nhn/Tag/a").code == 0
    before = ids()
    taken = resolve("nhn/Tag/ghost", "--adopt", "WTKA0000")
    forgotten = resolve("nhn/Tag/ghost", "--forget")
    assert (taken.code, forgotten.code) == (1, 1)
    assert "neither manifests nor state know nhn/Tag/ghost" in taken.err
    assert "nothing is open about nhn/Tag/ghost" in forgotten.err
    assert ids() == before


def test_an_address_that_owns_a_live_object_keeps_it(owning, resolve, state, run, ids):
    (owning / "nhn.yaml").write_text(tags("a", "b", "c"))
    assert run("apply", "--emulate", "--auto-approve").code == 0
    identifier = ids()["nhn/Tag/c"]
    assert state("rm", "nhn/Tag/c").code == 0
    before = ids()
    result = resolve("nhn/Tag/a", "--adopt", identifier)
    assert result.code == 1
    assert "nhn/Tag/a is the live object WTKA0000, and nothing about it is open" in result.err
    assert ids() == before


@pytest.mark.parametrize("identifier", ["../WTKA0000", "a\nb", "..", " ", "a/../b", "\x00"])
def test_what_no_id_can_be_is_refused_before_anything_is_read(owning, resolve, identifier):
    result = resolve("nhn/Tag/a", "--adopt", identifier)
    assert result.code == 64
    assert "is not an id" in result.err


@pytest.mark.parametrize("name", ["a b", "a\nb", "-a", "a:b"])
def test_a_name_that_no_manifest_can_have_is_refused_everywhere(owning, state, resolve, name):
    for result in (
        state("mv", "nhn/Tag/a", f"nhn/Tag/{name}"),
        resolve(f"nhn/Tag/{name}", "--adopt", "WTKA0000"),
        resolve(f"nhn/Tag/{name}", "--forget"),
    ):
        assert result.code == 64
        assert "is not a name that a manifest could have" in result.err


def test_what_nobody_owns_is_taken_over_and_then_changed_as_the_manifest_says(
    owning, run, resolve, state, ids
):
    assert state("rm", "nhn/Tag/a").code == 0
    result = resolve("nhn/Tag/a", "--adopt", "WTKA0000", "--output", "json")
    assert result.code == 0
    assert result.json["adopted"]["id"] == "WTKA0000"
    assert result.json["adopted"]["provenance"] == "inferred"
    assert "is the live object WTKA0000" in result.json["message"]
    assert run("plan", "--emulate", "--detailed-exitcode").code == 0


def test_confirming_what_is_owned_makes_it_proven(owning, resolve, state):
    assert state("rm", "nhn/Tag/a").code == 0
    for provenance in ("inferred", "proven"):
        result = resolve("nhn/Tag/a", "--adopt", "WTKA0000", "--output", "json")
        assert result.json["adopted"]["provenance"] == provenance


def test_forgetting_what_is_owned_and_not_in_doubt_is_an_error(owning, resolve, ids):
    before = ids()
    result = resolve("nhn/Tag/a", "--forget")
    assert result.code == 1
    assert "nothing is open about nhn/Tag/a" in result.err
    assert ids() == before


def test_an_owned_key_has_nothing_to_settle_though_its_kind_looks_for_twins(project, run, resolve):
    (project / "m.yaml").write_text(KEY)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = resolve("mail/ApiKey/shop", "--forget")
    assert result.code == 1
    assert "nothing is open about mail/ApiKey/shop" in result.err


def test_without_its_provider_nothing_can_be_taken(owning, resolve):
    (owning / "nhn.yaml").write_text("{}")
    result = resolve("nhn/Tag/a", "--adopt", "WTKA0000")
    assert result.code == 1
    assert "no manifest has a provider nhn with the kind Tag" in result.err


def lose_state(project):
    """Remove the state of rehearsals, and leave what is live; return where it lay."""
    folder = project / ".reconciler" / "emulated"
    for path in [path for path in folder.iterdir() if not path.name.startswith("emulator")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder / "state.db"


@pytest.fixture
def stateless(project, run):
    """Two live tags that a state owned which is lost; return where it lay."""
    (project / "nhn.yaml").write_text(tags("a", "b"))
    assert run("apply", "--emulate", "--auto-approve").code == 0
    return lose_state(project)


def test_the_first_state_is_made_for_what_is_adopted(stateless, resolve, ids):
    assert resolve("nhn/Tag/a", "--adopt", "WTKA0000").code == 0
    assert ids() == {"nhn/Tag/a": "WTKA0000"}


@pytest.mark.parametrize("words", [("nhn/Tag/a", "NOSUCHID"), ("nhn/Tag/ghost", "WTKA0000")])
def test_no_first_state_is_made_where_nothing_can_be_adopted(stateless, resolve, words):
    address, identifier = words
    assert resolve(address, "--adopt", identifier).code == 1
    assert not stateless.exists()


def test_a_plan_without_a_state_offers_only_what_then_works(project, run, state, resolve):
    (project / "m.yaml").write_text(KEY)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    lose_state(project)
    plan = run("plan", "--emulate")
    assert "state resolve mail/ApiKey/shop --forget" in plan.out
    assert resolve("mail/ApiKey/shop", "--forget").code == 0
    assert "could already be this one" not in run("plan", "--emulate").out


def test_a_slip_in_an_address_is_guessed(owning, state, resolve):
    for result in (state("rm", "nnh/Tag/a"), state("mv", "nnh/Tag/a", "nnh/Tag/c")):
        assert result.code == 64
        assert 'did you mean "nhn/Tag/a"?' in result.err
    assert 'did you mean "nhn"?' in resolve("nnh/Tag/a", "--adopt", "WTKA0000").err


@pytest.mark.parametrize("command", [("apply",), ("destroy",), ("import", "--out", ".")])
def test_a_credential_that_is_missing_leaves_no_empty_state(project, run, command):
    result = run(*command, *["--auto-approve"] * (command[0] != "import"))
    assert result.code == 1
    assert "environment variable NHN_APP_KEY is not set" in result.err
    assert not (project / ".reconciler").exists()
