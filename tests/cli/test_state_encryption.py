"""`spec.stateEncryption`, `state init` and `state rekey`, on S3 and PostgreSQL."""

import boto3
import pytest

from reconciler.age import IDENTITY
from reconciler.state.base import Put
from reconciler.state.chest import Encryption
from reconciler.state.database.tables import TABLES
from reconciler.state.open import open_store
from tests.support.postgres import Server
from tests.support.recipients import ANN, BEN, EVE
from tests.support.shared_stores import server, url
from tests.support.states import CANARY, do, intent, owned

__all__ = ["server", "url"]


@pytest.fixture
def names(project, url):
    """Return what lets the project name recipients of its state."""

    def name(*people, state=url):
        recipients = ", ".join(each.recipient for each in people)
        encryption = f"  stateEncryption: {{recipients: [{recipients}]}}\n" if people else ""
        (project / "reconciler.yaml").write_text(
            f'apiVersion: reconciler/v1\nkind: Project\nspec:\n  state: "{state}"\n{encryption}'
        )

    return name


@pytest.fixture
def be(monkeypatch):
    """Return what makes us somebody."""

    def become(person):
        if person is None:
            monkeypatch.delenv(IDENTITY, raising=False)
        else:
            monkeypatch.setenv(IDENTITY, person.environ[IDENTITY])

    become(ANN)
    return become


@pytest.fixture
def fill(url, project):
    """Return what a run does that puts a canary into the state."""

    def put(who, *recipients):
        encryption = Encryption(recipients=tuple(each.recipient for each in recipients))
        store = open_store(url, root=project, encryption=encryption, environ=who.environ)
        with store.begin("apply") as run:
            do(run.intend(intent("op", applied={"body": CANARY})))
            row = owned(applied={"body": CANARY}, key=CANARY)
            do(run.settle(Put(row=row), closes={"op": "done"}))
            run.finish("done", {})
        store.close()

    return put


def stored(server, url):
    """Return all bytes that lie in the store."""
    if isinstance(server, Server):
        schema = url.partition("schema=")[2]
        with server.connect(schema) as db:
            found = []
            for name in (*(table.name for table in TABLES), "about"):
                for row in db.execute(f"SELECT * FROM {name}").fetchall():
                    found += [
                        each if isinstance(each, bytes) else str(each).encode() for each in row
                    ]
            return b"\n".join(found)
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    bucket = url.removeprefix("s3://").partition("/")[0]
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]]
    return b"\n".join(client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


def refused(run, *words, code="state-locked-key", exit_code=1):
    result = run(*words, "--output", "json")
    assert result.code == exit_code, result.out + result.err
    error = result.json["error"]
    assert error["code"] == code
    return error


def test_init_makes_an_encrypted_state_that_both_read_and_nobody_else(
    names, run, be, server, url, fill
):
    names(ANN, BEN)
    assert run("state", "init").out.startswith("The state is made: lineage ")
    assert "There is a state already: serial 0." in run("state", "init").out
    fill(ANN, ANN, BEN)
    assert CANARY.encode() not in stored(server, url)
    for who in (ANN, BEN):
        be(who)
        assert CANARY in run("state", "show", "nhn/Template/welcome").out
        assert run("state", "verify").code == 0
    for who in (EVE, None):
        be(who)
        for words in (["state", "list"], ["state", "verify"], ["state", "unlock"], ["plan"]):
            error = refused(run, *words)
            assert "RECONCILER_AGE_IDENTITY" in error["hint"]


def test_one_recipient_is_refused_by_whatever_makes_the_state_unless_it_is_meant(
    names, run, be, project, monkeypatch
):
    names(ANN)
    monkeypatch.setenv("NHN_APP_KEY", "key")
    for words in (["state", "init"], ["apply", "--auto-approve"]):
        error = refused(run, *words, code="state")
        assert "one recipient alone" in error["message"]
        assert "--i-have-one-key" in error["hint"]
    assert run("state", "verify").out == "There is no state yet.\n"
    assert run("state", "init", "--i-have-one-key").code == 0
    assert "There is a state already" in run("state", "init").out


def test_rekey_follows_the_project_file(names, run, be, server, url, fill):
    names(ANN, EVE)
    fill(ANN, ANN, EVE)
    names(ANN, BEN)
    result = run("state", "rekey")
    assert result.out == "The state is encrypted anew, to 2 recipients.\n"
    be(EVE)
    refused(run, "state", "list")
    be(BEN)
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    history = run("state", "history", "--output", "json").json
    assert history["runs"][0]["command"] == "state rekey"
    assert CANARY.encode() not in stored(server, url)


def test_a_state_in_clear_is_encrypted_and_put_in_clear_again(names, run, be, server, url, fill):
    names()
    fill(ANN)
    assert CANARY.encode() in stored(server, url)
    names(ANN, BEN)
    assert run("state", "rekey").code == 0
    assert CANARY.encode() not in stored(server, url)
    names()
    error = refused(run, "state", "rm", "nhn/Template/welcome", code="state")
    assert "state rekey --decrypt" in error["hint"]
    assert run("state", "list").code == 0
    assert run("state", "rekey", "--decrypt").out == "The state lies in clear now.\n"
    be(None)
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    assert run("state", "rm", "nhn/Template/welcome").code == 0


def test_rekey_says_what_is_wrong_with_what_was_asked(names, run, be, fill):
    names()
    assert "names nobody to encrypt the state to" in run("state", "rekey").err
    names(ANN, BEN)
    result = run("state", "rekey", "--decrypt")
    assert result.code == 64
    assert "Take spec.stateEncryption out of it" in result.err
    assert "there is no state yet" in refused(run, "state", "rekey", code="state")["message"]
    names(ANN, BEN, state=".reconciler/here/state.db")
    assert run("state", "init").code == 0
    error = refused(run, "state", "rekey", code="state")
    assert "none that is encrypted" in error["message"]


def test_copies_of_an_encrypted_state(names, run, be, fill, server, tmp_path):
    names(ANN, BEN)
    fill(ANN, ANN, BEN)
    copies = tmp_path / "copies"
    copies.mkdir()
    backup, pulled = copies / "backup", copies / "pulled"
    assert "only the recipients can read it" in run("state", "backup", "--out", backup).out
    assert run("state", "backup", "--out", backup).code == 0
    assert CANARY.encode() not in backup.read_bytes()
    assert run("state", "pull", "--out", pulled).code == 0
    lineage = run("state", "pull").json["lineage"]
    assert run("state", "push", "--force", pulled).code == 0
    be(EVE)
    refused(run, "state", "restore", backup, "--lineage", lineage, "--auto-approve")
    be(BEN)
    done = run("state", "restore", backup, "--lineage", lineage, "--auto-approve")
    assert done.code == 0, done.err
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    names(ANN, BEN, state=server.place())  # as after the wrapped key was lost
    assert run("state", "restore", backup, "--lineage", lineage, "--auto-approve").code == 0
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    changed = bytearray(backup.read_bytes())
    changed[-1] ^= 1
    backup.write_bytes(bytes(changed))
    error = refused(run, "state", "restore", backup, "--lineage", lineage, code="state-corrupt")
    assert "was changed after it was encrypted" in error["message"]


def test_it_moves_to_a_file_and_back_encrypted(names, run, be, fill, server, url):
    names(ANN, BEN)
    fill(ANN, ANN, BEN)
    target = "sqlite:///.reconciler/moved/state.db"
    moved = run("state", "migrate", "--to", target, "--output", "json")
    assert moved.code == 0, moved.err
    names(ANN, BEN, state=".reconciler/moved/state.db")
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    there = server.place()
    again = run("state", "migrate", "--to", there, "--output", "json")
    assert again.json["digest"] == moved.json["digest"]
    names(ANN, BEN, state=there)
    assert CANARY in run("state", "show", "nhn/Template/welcome").out
    assert CANARY.encode() not in stored(server, there)


def test_a_recipient_with_a_slip_of_the_pen_is_told_at_its_place(names, run, project):
    names(ANN, BEN)
    file = project / "reconciler.yaml"
    slip = BEN.recipient[:20] + ("q" if BEN.recipient[20] != "q" else "p") + BEN.recipient[21:]
    file.write_text(file.read_text().replace(BEN.recipient, slip))
    result = run("validate")
    assert result.code == 1
    column = file.read_text().splitlines()[4].index(slip) + 1
    assert f"reconciler.yaml:5:{column}" in result.out
    assert "its checksum is wrong" in result.out


def test_the_error_is_explained(run):
    assert "RECONCILER_AGE_IDENTITY" in run("explain", "state-locked-key").out
    assert "docs/state.md" in run("explain", "state-rekey-due").out
