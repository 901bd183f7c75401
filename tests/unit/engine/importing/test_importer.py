"""An import on emulated accounts: killed after any step, odd objects, secrets, other providers."""

import os
import signal

import pytest
import yaml

from reconciler.engine.importing.importer import Step
from reconciler.engine.importing.options import Delivery
from reconciler.errors import ImportNotEmpty
from tests.support.project import Project, provider, resource

NHN = provider("nhncloud-sms")


def account_with(tmp_path, *documents, types=("nhncloud-sms",)):
    """The emulator, with what these manifests make in each account; the raw calls of its maker."""
    root = tmp_path / "maker"
    root.mkdir()
    maker = Project(root)
    maker.write(*map(provider, types), *documents)
    maker.apply()
    return maker


def heir_of(maker, tmp_path, *documents, name="heir", **options):
    """A project with the accounts alone, and what else it is given."""
    root = tmp_path / name
    root.mkdir(exist_ok=True)
    heir = Project(root, emulator=maker.app, readings=maker.readings, **options)
    accounts = yaml.safe_load_all((maker.root / "manifests.yaml").read_text())
    heir.write(*[each for each in accounts if each["kind"] == "Provider"], *documents)
    return heir


def documents(project):
    return [
        each
        for path in sorted((project.root / "manifests").rglob("*.yaml"))
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def quiet(project):
    plan = project.plan()
    assert plan.changes == ()
    assert plan.blocked == {}


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("next_run", ["import", "apply"])
def test_killed_after_any_step_the_next_run_takes_everything_over(tmp_path, step, next_run):
    maker = account_with(
        tmp_path,
        resource("Category", "above"),
        resource("Template", "welcome", category="above", sender=15446859, type="sms", body="Hi"),
        resource("Tag", "vip"),
    )
    state = str(tmp_path / "heir/.reconciler/state.db")
    heir_of(maker, tmp_path)

    def killed():
        def reached(now):
            if now is step:
                os.kill(os.getpid(), signal.SIGKILL)

        heir_of(maker, tmp_path, state=state).import_(reached=reached)

    child = os.fork()
    if child == 0:
        try:
            killed()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    before = maker.stored("nhncloud-sms")
    heir = heir_of(maker, tmp_path, state=state)
    if next_run == "apply" and step in {Step.MOVED, Step.REMEMBERED}:
        heir.apply()
    else:
        heir.import_()
    quiet(heir)
    assert len(heir.state) == 3
    assert len(documents(heir)) == 3
    assert [path for path in heir.root.rglob(".import-*") if "apply" not in next_run] == []
    assert maker.stored("nhncloud-sms") == before


def test_what_lies_in_something_that_is_not_there_is_pointed_at_by_id(tmp_path):
    maker = account_with(tmp_path, resource("Category", "above"))
    tables = maker.app.state.store._tables
    heir = heir_of(maker, tmp_path)
    maker.call(
        "nhn",
        "POST",
        "/templates",
        json={
            "templateId": "welcome",
            "categoryId": "<int Category/above>",
            "templateName": "welcome",
            "sendNo": "15446859",
            "sendType": "0",
            "title": "",
            "body": "Hi",
            "useYn": "Y",
        },
    )
    [categories] = [table for name, table in tables.items() if name.endswith("/categories")]
    known = maker.state["nhn/Category/above"].remote_id
    del categories[known]
    heir.import_()
    text = (heir.root / "manifests/nhn/templates.yaml").read_text()
    assert f"category: {{id: {known}}}  # no live Category has this id\n" in text
    quiet(heir)


@pytest.mark.parametrize("column", ["templateDesc", "title"])
def test_what_no_manifest_may_hold_is_left_out_and_said(tmp_path, column):
    maker = account_with(
        tmp_path,
        resource("Category", "above"),
        resource("Template", "welcome", category="above", sender=15446859, type="sms", body="Hi"),
    )
    tables = maker.app.state.store._tables
    [rows] = [table for name, table in tables.items() if name.endswith("/templates")]
    rows["welcome"] = {**rows["welcome"], column: "two\nlines"}
    heir = heir_of(maker, tmp_path)
    report = heir.import_()
    field = {"templateDesc": "description", "title": "title"}[column]
    [template] = [each for each in report.imported if each.address.kind == "Template"]
    assert field in template.left_out
    assert "no manifest may have this, so not managed here" in (
        (heir.root / "manifests/nhn/templates.yaml").read_text()
    )
    quiet(heir)


def test_pictures_cannot_be_read_so_nobody_manages_them(tmp_path):
    (tmp_path / "maker/images").mkdir(parents=True)
    (tmp_path / "maker/images/a.jpg").write_bytes(b"a picture")
    maker = Project(tmp_path / "maker")
    spec = {"sender": 15446859, "type": "mms", "title": "Hi", "body": "Hi"}
    maker.write(
        NHN,
        resource("Category", "above"),
        resource("Template", "welcome", category="above", attachments=["images/a.jpg"], **spec),
    )
    maker.apply()
    heir = heir_of(maker, tmp_path)
    heir.import_()
    text = (heir.root / "manifests/nhn/templates.yaml").read_text()
    assert "# not readable, so not managed here: attachments (1 on the live template)\n" in text
    quiet(heir)


def octeth(tmp_path):
    return account_with(
        tmp_path,
        resource("SenderDomain", "example.com"),
        resource("ApiKey", "key", domain="example.com", deliverTo={"file": "secrets/key"}),
        resource(
            "Webhook", "bounces", domain="example.com", events=["bounce"], url="https://a.example/b"
        ),
        types=("octeth",),
    )


def test_what_has_a_secret_is_left_out_unless_it_is_said_where_that_goes(tmp_path):
    maker = octeth(tmp_path)
    heir = heir_of(maker, tmp_path)
    report = heir.import_()
    [left] = report.skipped
    assert (left.kind, left.reason.value) == ("ApiKey", "secret")
    assert "--deliver-to" in left.why
    heir.import_(delivery=Delivery(file="secrets/{name}.env", variable="KEY_{NAME}"))
    [key] = [each for each in documents(heir) if each["kind"] == "ApiKey"]
    place = key["spec"]["deliverTo"]["envFile"]
    assert place["variable"].startswith("KEY_")
    secret = (maker.root / "secrets/key").read_text().strip()
    assert secret in (heir.root / place["path"]).read_text(), "the list shows it"
    for path in (heir.root / "manifests").rglob("*.yaml"):
        assert secret not in path.read_text()
    quiet(heir)


def test_a_secret_that_nobody_shows_any_more_is_asked_for(tmp_path):
    maker = account_with(
        tmp_path,
        resource("SenderDomain", "example.com"),
        resource("SmtpConfig", "app", domain="example.com", deliverTo={"file": "secrets/app"}),
        types=("octeth",),
    )
    heir = heir_of(maker, tmp_path)
    report = heir.import_(delivery=Delivery(file="secrets/{name}"))
    [found] = [each for each in report.findings if each.rule == "secret-undelivered"]
    assert found.address.kind == "SmtpConfig"
    assert "is missing, where its secret belongs; it was shown once" in found.message


def test_a_secret_is_not_written_over_what_is_there(tmp_path):
    maker = octeth(tmp_path)
    heir = heir_of(maker, tmp_path)
    [left] = heir.import_().skipped
    assert left.kind == "ApiKey"
    (heir.root / "secrets").mkdir()
    [row] = [r for a, r in maker.state.items() if "/ApiKey/" in a]
    theirs = heir.root / f"secrets/key-{row.remote_id}-of-example.com"
    theirs.write_text("mine")
    with pytest.raises(Exception, match="is there already"):
        heir.import_(delivery=Delivery(file="secrets/{name}"))
    assert theirs.read_text() == "mine"
    assert [each for each in documents(heir) if each["kind"] == "ApiKey"] == []


def test_without_state_nothing_is_imported_that_only_an_id_tells_from_others(tmp_path):
    heir = heir_of(octeth(tmp_path), tmp_path)
    report = heir.import_(state=False, delivery=Delivery(file="secrets/{name}"))
    assert [(each.kind, each.reason.value) for each in report.skipped] == [
        ("ApiKey", "unidentified")
    ]


def test_a_slot_that_two_urls_have_is_nobodys(tmp_path):
    maker = account_with(
        tmp_path,
        resource("Webhook", "w", channel="email", events=["open"], url="https://a.example/x"),
        types=("surenotify",),
    )
    [rows] = [t for name, t in maker.app.state.store._tables.items() if name.endswith("s-email")]
    [row] = rows.values()
    rows["second"] = {**row, "url": "https://b.example/y"}
    heir = heir_of(maker, tmp_path)
    report = heir.import_()
    assert report.imported == ()
    assert [each.reason.value for each in report.skipped] == ["twin", "twin"]


def test_a_webhook_of_another_domain_is_left_to_it(tmp_path):
    maker = account_with(
        tmp_path,
        resource("Webhook", "w", channel="email", events=["open"], url="https://a.example/x"),
        types=("surenotify",),
    )
    [rows] = [t for name, t in maker.app.state.store._tables.items() if name.endswith("s-email")]
    [row] = rows.values()
    rows["second"] = {**row, "url": "https://b.example/y", "domain": "other.example"}
    heir = heir_of(maker, tmp_path)
    report = heir.import_()
    assert len(report.imported) == 1
    assert [each.why for each in report.skipped] == ["it belongs to the domain other.example alone"]
    quiet(heir)


def test_a_secret_that_a_failed_import_delivered_stays_and_the_error_names_its_place(tmp_path):
    maker = octeth(tmp_path)
    heir = heir_of(maker, tmp_path)
    delivery = Delivery(file="secrets/{name}")
    heir.import_()

    def reached(step):
        if step is Step.REMEMBERED:
            raise ImportNotEmpty("made up", hint="Nothing was imported.")

    with pytest.raises(ImportNotEmpty) as caught:
        heir.import_(delivery=delivery, reached=reached)
    [place] = (heir.root / "secrets").iterdir()
    [told] = caught.value.details
    assert told.endswith(f": its secret was delivered to file secrets/{place.name}")
    assert "the next import goes on with them" in caught.value.hint
    assert place.read_text().strip() not in str(caught.value)
    assert [each for each in documents(heir) if each["kind"] == "ApiKey"] == []
    heir.import_(delivery=delivery)
    quiet(heir)
