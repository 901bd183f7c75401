"""What becomes of a delivered secret: seen, moved, given again, mentioned."""

import pytest

MAIL = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec: {type: octeth, baseUrl: "https://mail.example.com", credentials: {apiKey: {fromEnv: K}}, options: {smtpPasswordFromList: true}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com}
spec: {}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: {file: secrets/shop-key}}
---
apiVersion: reconciler/v1
kind: SmtpConfig
metadata: {name: app}
spec: {domain: news.example.com, deliverTo: {envFile: {path: .env, variable: SMTP}}}
---
apiVersion: reconciler/v1
kind: Webhook
metadata: {name: hooks}
spec: {domain: news.example.com, events: [open], url: "https://x.example.com", signingKeyTo: {file: secrets/sign}}
"""


class Mail:
    """A project with a key, an SMTP access and a webhook, rehearsed."""

    def __init__(self, folder, run, edit):
        self.folder, self._run, self.edit = folder, run, edit
        self.sinks = folder / ".reconciler" / "emulated" / "sinks"

    def run(self, *words):
        return self._run(*words, "--emulate")

    def apply(self, code=0):
        result = self.run("apply", "--auto-approve")
        assert result.code == code, result.out + result.err
        return result

    def text(self, name):
        return (self.sinks / name).read_text()

    def keys(self):
        return {name: self.text(name) for name in ("secrets/shop-key", "secrets/sign", ".env")}


@pytest.fixture
def mail(project, run, edit):
    (project / "nhn.yaml").write_text(MAIL)
    mail = Mail(project, run, edit)
    mail.apply()
    return mail


def actions(plan):
    return {each["address"]: each["action"] for each in plan["changes"]}


def test_creating_says_where_secrets_went(mail, project, run):
    mail.edit("secrets/shop-key}", "secrets/shop-key}, rotation: again")
    out = mail.apply().out
    assert "its secret went to file secrets/shop-key" in out


@pytest.mark.parametrize("spoil", ["gone", "changed"])
def test_a_readable_secret_that_is_not_in_its_place_is_delivered_again(mail, spoil):
    before = mail.keys()
    for name in ("secrets/shop-key", "secrets/sign"):
        if spoil == "gone":
            (mail.sinks / name).unlink()
        else:
            (mail.sinks / name).write_text("something else")
    plan = mail.run("plan", "--output", "json", "--detailed-exitcode")
    assert plan.code == 2
    assert actions(plan.json) == {"mail/ApiKey/shop": "update", "mail/Webhook/hooks": "update"}
    drift = mail.run("drift", "--output", "json")
    assert drift.code == 2
    assert {d["address"]: d["status"] for d in drift.json["drift"]} == {
        "mail/ApiKey/shop": "undelivered",
        "mail/Webhook/hooks": "undelivered",
    } | {d["address"]: "unverifiable" for d in drift.json["drift"] if d["status"] == "unverifiable"}
    mail.apply()
    assert mail.keys() == before
    assert mail.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("line", "becomes"), [("SMTP_PASSWORD", ""), ("SMTP_PASSWORD", "SMTP_PASSWORD=other\n")]
)
def test_a_secret_that_nobody_can_read_again_is_a_finding_with_its_way_out(mail, line, becomes):
    lines = mail.text(".env").splitlines(keepends=True)
    spoilt = [becomes if each.startswith(line) else each for each in lines]
    (mail.sinks / ".env").write_text("".join(spoilt))
    result = mail.run("plan", "--detailed-exitcode")
    assert result.code == 2
    assert "secret-undelivered" in result.out
    assert "change `rotation`" in " ".join(result.out.split())
    assert mail.run("drift").code == 2
    mail.edit("variable: SMTP}}", "variable: SMTP}}, rotation: again")
    assert "secret-undelivered" not in mail.run("plan").out
    mail.apply()
    assert mail.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("{file: secrets/shop-key}", "{file: keys/shop}", "secrets/shop-key", "keys/shop"),
        ("{file: secrets/sign}", "{file: keys/sign}", "secrets/sign", "keys/sign"),
    ],
)
def test_a_moved_sink_moves_the_file_and_makes_no_new_secret(mail, before, after, old, new):
    secret = mail.text(old)
    mail.edit(before, after)
    plan = mail.run("plan")
    assert "0 to replace" in plan.out
    assert "moves the delivered secret" in plan.out
    mail.apply()
    assert mail.text(new) == secret
    assert not (mail.sinks / old).exists()
    assert mail.run("plan", "--detailed-exitcode").code == 0


def test_a_secret_moves_between_files_and_variables_and_leaves_other_lines(mail):
    secret, access = mail.text("secrets/shop-key"), mail.text(".env")
    (mail.sinks / ".env").write_text(f"A=1\n{access}B=2\n")
    mail.edit("{file: secrets/shop-key}", "{envFile: {path: .env, variable: SHOP}}")
    mail.edit("{envFile: {path: .env, variable: SMTP}}", "{file: smtp}")
    assert "0 to replace" in mail.run("plan").out
    mail.apply()
    assert mail.text(".env") == f"A=1\nB=2\nSHOP={secret}\n"
    assert "password" in mail.text("smtp")
    mail.edit("{file: smtp}", "{envFile: {path: .env, variable: MAIL}}")
    mail.apply()
    assert mail.text(".env").endswith(access.replace("SMTP_", "MAIL_"))
    assert not (mail.sinks / "smtp").exists()


def test_an_altered_file_does_not_move_and_a_new_secret_is_made(mail):
    text = mail.text(".env")
    (mail.sinks / ".env").write_text(text.replace("SMTP_PASSWORD=", "SMTP_PASSWORD=x"))
    mail.edit("variable: SMTP}", "variable: MAIL}")
    assert "1 to replace" in mail.run("plan").out


def test_what_a_move_had_time_for_before_a_crash_is_not_done_again(mail):
    (mail.sinks / "secrets/shop-key").rename(mail.sinks / "secrets/moved")
    mail.edit("secrets/shop-key", "secrets/moved")
    plan = mail.run("plan")
    assert "holds the secret already" in plan.out
    assert "0 to replace" in plan.out
    mail.apply()
    assert mail.run("plan", "--detailed-exitcode").code == 0


def test_deleting_names_the_files_that_still_hold_dead_secrets(mail):
    out = mail.run("destroy", "--auto-approve", "--allow-deletes", "9").out
    assert "file secrets/shop-key still holds the deleted secret" in " ".join(out.split())
    assert "envFile .env (SMTP) still holds the deleted secret" in " ".join(out.split())
    mail.apply()  # the files are ours: they may be written over


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("notes", "dear diary", "{file: notes"),
        (".env", "A=1\nOTHER=mine\n", "{envFile: {path: .env, variable: OTHER}"),
    ],
)
def test_what_we_never_wrote_is_written_over_only_where_the_manifest_says_so(
    mail, name, content, place
):
    path = mail.sinks / name
    path.write_text(content if name == "notes" else mail.text(name) + content)
    there = path.read_text()
    mail.edit("deliverTo: {file: secrets/shop-key}", f"rotation: a, deliverTo: {place}}}")
    plan = mail.run("plan")
    assert plan.code == 1
    assert "adopt: true" in plan.out
    mail.apply(code=1)
    assert path.read_text() == there
    mail.edit(place, f"{place}, adopt: true")
    mail.apply()
    assert path.read_text() != there
    assert mail.run("plan", "--detailed-exitcode").code == 0
    mail.edit(", adopt: true", "")
    assert mail.run("plan", "--detailed-exitcode").code == 0


def test_drift_says_how_each_lost_secret_comes_back(mail):
    for name in ("secrets/shop-key", "secrets/sign", ".env"):
        (mail.sinks / name).unlink()
    seen = mail.run("drift", "--output", "json")
    assert seen.code == 2
    ways = {each["address"]: each.get("reason", "") for each in seen.json["drift"]}
    assert ways["mail/ApiKey/shop"] == "`reconciler apply` delivers it again"
    assert ways["mail/Webhook/hooks"] == "`reconciler apply` delivers it again"
    assert "change `rotation`" in ways["mail/SmtpConfig/app"]
    assert "undelivered: `reconciler apply` delivers it again" in mail.run("drift").out
