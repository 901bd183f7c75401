"""`reconciler state …`: no terminal, no provider."""

import pytest

from reconciler.state.open import open_store


def test_an_unused_project_owns_nothing(project, run):
    assert run("state", "list").out == "State owns nothing.\n"
    assert run("state", "list", "--output", "json").json == {
        "formatVersion": "1.0",
        "objects": [],
        "inDoubt": [],
    }
    assert run("state", "history").out == "No run so far.\n"
    assert run("state", "history", "--operations").out == "No operation so far.\n"
    assert run("state", "unlock").out == "No run holds the lock.\n"
    assert not (project / ".reconciler").exists()


def test_list_shows_what_is_owned_as_a_table_and_as_json(applied, run):
    lines = run("state", "list").out.splitlines()
    assert lines[0].split() == ["ADDRESS", "ID", "KEY"]
    assert [line.split()[0] for line in lines[1:]] == [
        "nhn/Category/transactional",
        "nhn/Tag/vip",
        "nhn/Template/welcome",
    ]
    found = run("state", "list", "nhn/T", "--output", "json").json["objects"]
    assert [row["address"] for row in found] == ["nhn/Tag/vip", "nhn/Template/welcome"]
    assert found[1]["dependsOn"] == ["nhn/Category/transactional"]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("Template", ["nhn/Template/welcome"]),
        ("template", ["nhn/Template/welcome"]),
        ("nhn", ["nhn/Category/transactional", "nhn/Tag/vip", "nhn/Template/welcome"]),
        ("nhn/Tag", ["nhn/Tag/vip"]),
        ("nhn/Tag/vip", ["nhn/Tag/vip"]),
        ("n", ["nhn/Category/transactional", "nhn/Tag/vip", "nhn/Template/welcome"]),
        ("Contact", []),
    ],
)
def test_list_takes_a_kind_a_provider_or_the_beginning_of_addresses(applied, run, chosen, found):
    result = run("state", "list", chosen, "--output", "json")
    assert result.code == 0
    assert [row["address"] for row in result.json["objects"]] == found


def test_a_filter_that_matches_nothing_says_so_and_guesses(applied, run):
    result = run("state", "list", "Contact")
    assert (result.code, result.out) == (
        0,
        "None of the 3 owned objects matches 'Contact'.\n",
    )
    result = run("state", "list", "nhn/Tags")
    assert result.code == 0
    assert 'Did you mean "nhn/Tag"?' in result.out


@pytest.mark.parametrize("word", ["Templates", "nhm", "zzz"])
def test_a_word_that_can_match_nothing_is_a_wrong_command_line(applied, run, word):
    result = run("state", "list", word)
    assert result.code == 64
    assert f"'{word}' is no kind, no provider and not the beginning of an address" in result.err
    assert "hint" in result.err


def test_show_tells_what_was_last_applied(applied, run):
    text = run("state", "show", "nhn/Template/welcome").out
    assert "Last applied" in text
    assert "sender:     15446859" in text
    document = run("state", "show", "nhn/Template/welcome", "--output", "json").json
    assert document["applied"]["sender"] == "15446859"
    assert document["operations"] == []


def test_show_of_something_unknown_guesses(applied, run):
    result = run("state", "show", "nhn/Template/welcom")
    assert result.code == 64
    assert 'did you mean "nhn/Template/welcome"?' in result.err


def test_history_tells_runs_and_single_writes(applied, run):
    text = run("state", "history").out
    assert "apply" in text
    assert "3 create done" in text
    runs = run("state", "history", "--output", "json").json["runs"]
    assert runs[0]["outcome"] == "done"
    assert runs[0]["summary"] == {"create done": 3}
    operations = run("state", "history", "--operations", "--output", "json").json["operations"]
    assert {o["address"] for o in operations} >= {"nhn/Template/welcome", "nhn/Tag/vip"}
    assert all(o["outcome"] == "done" for o in operations)
    assert len(run("state", "history", "--operations", "-n", "1").out.splitlines()) == 2


def test_a_row_can_be_renamed_and_dropped(applied, run):
    assert run("state", "mv", "nhn/Tag/vip", "nhn/Tag/gold").code == 0
    assert run("state", "show", "nhn/Tag/gold").code == 0
    assert run("state", "mv", "nhn/Tag/vip", "nhn/Tag/gold").code == 64
    assert run("state", "mv", "nhn/Tag/gold", "nhn/Category/gold").code == 64
    result = run("state", "rm", "nhn/Tag/gold", "--output", "json")
    assert result.code == 0
    assert "Forgotten: nhn/Tag/gold" in result.json["message"]
    assert run("state", "rm", "nhn/Tag/gold").code == 64


def test_state_can_be_read_while_manifests_are_broken(applied, run):
    (applied / "nhn.yaml").write_text("a: [")
    assert "nhn/Tag/vip" in run("state", "list").out


@pytest.mark.parametrize("command", ["list", "history"])
def test_a_foreign_state_url_is_an_error(project, run, command):
    result = run("state", command, "--state", "mongodb://x")
    assert result.code == 1
    assert result.err.startswith("error: ")


def test_show_lists_the_dns_records_of_a_sender_domain(project, run):
    (project / "mail.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Provider\nmetadata: {name: mail}\n"
        "spec: {type: surenotify, credentials: {apiKey: {fromEnv: K}}}\n---\n"
        "apiVersion: reconciler/v1\nkind: SenderDomain\nmetadata: {name: news.example.com}\nspec: {}\n"
    )
    applied = run("apply", "mail.yaml", "--emulate", "--auto-approve")
    assert applied.code == 0
    assert "news.example.com TXT v=spf1" in " ".join(applied.out.split())
    address = "mail/SenderDomain/news.example.com"
    shown = run("state", "--emulate", "show", address)
    assert "DNS records" in shown.out
    assert "v=spf1" in shown.out
    document = run("state", "--emulate", "show", address, "--output", "json").json
    assert {record["type"] for record in document["dnsRecords"]} == {"TXT", "CNAME"}


@pytest.mark.parametrize("clock", [285_616_414_800.0, 1e18, -1e15])
def test_a_clock_that_ran_wild_is_told_as_it_was(project, run, clock):
    store = open_store(None, root=project, clock=lambda: clock)
    with store.begin("apply") as state:
        state.finish("done", {})
    store.close()
    text = run("state", "history")
    assert text.code == 0
    assert "no date" in text.out
    document = run("state", "history", "--output", "json")
    assert document.code == 0
    assert document.json["runs"][0]["outcome"] == "done"


@pytest.mark.parametrize(
    "words",
    [
        ("mv", "nhn/Tag/vip", "nhn/Tag/vips"),
        ("mv", "old", "nhn"),
        ("rm", "nhn/Tag/vip"),
        ("rm", "--provider", "nhn", "--count", "1"),
        ("resolve", "nhn/Tag/vip", "--forget"),
        ("trust", "nhn"),
    ],
)
def test_where_there_is_no_state_none_is_made_to_be_changed(project, run, monkeypatch, words):
    monkeypatch.setenv("NHN_APP_KEY", "key")
    result = run("state", *words, "--output", "json")
    assert result.code == 1
    error = result.json["error"]
    place = project / ".reconciler" / "state.db"
    assert error["message"] == f"there is no state at {place} for `state {words[0]}` to write to"
    assert "`reconciler state environments`" in error["hint"]
    assert not place.parent.exists()


def test_who_rehearsed_is_told_where_that_state_is(applied, run, monkeypatch):
    monkeypatch.delenv("RECONCILER_EMULATE")
    result = run("state", "rm", "nhn/Tag/vip")
    assert result.code == 1
    assert "what was rehearsed has a state of its own: --emulate" in result.err


def test_a_count_beside_addresses_is_refused(applied, run):
    result = run("state", "rm", "nhn/Tag/vip", "--count", "3")
    assert result.code == 64
    assert "--count is about --provider" in result.err
    assert "nhn/Tag/vip" in run("state", "list").out


def test_of_several_addresses_all_are_forgotten_or_none(applied, run):
    def owned():
        return run("state", "list", "--emulate").out

    before = owned()
    result = run("state", "rm", "nhn/Tag/vip", "nhn/Tag/no", "--emulate")
    assert result.code == 64
    assert "nhn/Tag/no is not in state" in result.err
    assert owned() == before
    words = ("nhn/Tag/vip", "nhn/Template/welcome", "nhn/Tag/vip", "--emulate")
    result = run("state", "rm", *words)
    assert result.code == 0
    assert "Forgotten: nhn/Tag/vip, nhn/Template/welcome." in result.out
    assert "vip" not in owned()
