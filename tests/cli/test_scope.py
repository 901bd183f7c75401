"""What a run looks at: targets, labels, paths; and what a deletion takes with it."""

import pytest

from tests.support.manifests import NHN, resource

SURE = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: sure}
spec: {type: surenotify, credentials: {apiKey: {fromEnv: K}}}
"""
OCTETH = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec: {type: octeth, baseUrl: "https://mail.example.com", credentials: {apiKey: {fromEnv: K}}}
"""


TEMPLATE = '{category: c, sender: "15446859", type: sms, body: hi}'
MAIL = {
    "domain": resource("SenderDomain", "mail.example.com"),
    "key": resource(
        "ApiKey",
        "shop",
        "{domain: mail.example.com, deliverTo: {file: secrets/key}}",
        lifecycle="{protect: true}",
    ),
    "webhook": resource(
        "Webhook",
        "bounces",
        "{domain: mail.example.com, events: [bounce], url: 'https://hooks.example.com/b'}",
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder):
    def put(path, *documents):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("---\n".join(documents))

    return put


@pytest.fixture
def owned(run):
    def addresses():
        found = run("state", "list", "--emulate", "--output", "json").json["objects"]
        return sorted(each["address"] for each in found)

    return addresses


def actions(result):
    return {each["address"]: each["action"] for each in result.json["changes"]}


# --- paths


@pytest.fixture
def two_teams(write, apply):
    write("a/m.yaml", NHN, resource("Tag", "a"))
    write("b/m.yaml", resource("Tag", "b"), resource("Tag", "b2"))
    write(
        "reconciler.yaml",
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {manifests: [a, b]}\n",
    )
    apply()


@pytest.mark.parametrize("path", ["a", "a/", "./a/m.yaml", "b/../a", "link"])
def test_a_path_leaves_alone_what_came_from_other_manifests(two_teams, folder, run, plan, path):
    (folder / "link").symlink_to("a")
    result = plan(path)
    assert result.code == 0
    assert "2 owned objects of manifests outside these paths were not looked at." in result.out
    assert "No changes among the 1 resource looked at (of 3)." in result.out
    scope = plan(path, "--output", "json").json["scope"]
    assert (scope["outsidePaths"], scope["lookedAt"], scope["of"]) == (2, 1, 3)
    assert not scope["complete"]


def test_a_path_prunes_what_came_from_its_own_manifests(two_teams, write, folder, plan, run):
    write("a/m.yaml", NHN)
    assert actions(plan("a", "--output", "json")) == {"nhn/Tag/a": "delete"}
    assert actions(run("-C", "a", "plan", "--emulate", "m.yaml", "--output", "json")) == {
        "nhn/Tag/a": "delete"
    }


def test_a_document_that_moved_to_another_file_is_not_deleted_by_a_run_of_the_old_one(
    two_teams, write, plan
):
    write("a/m.yaml", NHN)
    write("b/n.yaml", resource("Tag", "a"))
    result = plan("a")
    assert result.code == 0
    assert "3 owned objects" in result.out


def test_a_resource_that_moved_under_another_name_is_not_deleted_by_a_run_of_its_old_file(
    two_teams, write, plan, run
):
    write("a/m.yaml", NHN)
    write("b/n.yaml", resource("Tag", "c", "{displayName: a}", lifecycle="{movedFrom: a}"))
    assert actions(plan("a", "--output", "json")) == {}
    assert actions(run("plan", "--destroy", "--emulate", "a", "--output", "json")) == {}
    moves = plan("a", "b", "--output", "json").json["moves"]
    assert moves == [{"from": "nhn/Tag/a", "to": "nhn/Tag/c"}]


def test_a_slot_that_another_manifest_took_stays_when_a_run_of_the_old_file_gives_it_up(
    write, apply, plan
):
    def hook(name, events):
        spec = f'{{channel: email, events: [{events}], url: "https://example.com/"}}'
        return resource("Webhook", name, spec)

    write("p.yaml", SURE)
    write("a.yaml", hook("a", "click, bounce"))
    apply()
    write("a.yaml", hook("a", "bounce"))
    write("b.yaml", hook("b", "click"))
    apply("p.yaml", "b.yaml")
    apply("p.yaml", "a.yaml")
    assert "No changes. Live state matches the manifests." in plan().out


def test_paths_that_hold_the_whole_project_speak_for_it(two_teams, plan):
    assert "No changes. Live state matches the manifests." in plan("a", "b").out
    assert "No changes. Live state matches the manifests." in plan(".").out
    assert "scope" not in plan("a", "b", "--output", "json").json


def test_the_file_of_an_object_follows_its_manifest(two_teams, write, apply, plan, run):
    write("a/m.yaml", NHN)
    write("b/n.yaml", resource("Tag", "a"))
    assert "brought up to date" not in apply().out
    assert (
        run("state", "show", "nhn/Tag/a", "--emulate", "--output", "json").json["manifest"]
        == "b/n.yaml"
    )


def test_destroying_paths_takes_what_came_from_them(two_teams, run, owned):
    result = run("destroy", "--emulate", "--auto-approve", "a")
    assert result.code == 0, result.err
    assert "2 owned objects of manifests outside these paths were not looked at." in result.out
    assert owned() == ["nhn/Tag/b", "nhn/Tag/b2"]


def test_a_deletion_that_reaches_beyond_the_paths_is_blocked(write, apply, plan, run):
    write("a/m.yaml", NHN, resource("Category", "c"))
    write("b/m.yaml", resource("Template", "t", TEMPLATE))
    apply()
    result = run("plan", "--destroy", "--emulate", "a")
    assert result.code == 1
    assert "nhn/Template/t" in result.out
    assert "b/m.yaml" in result.out


# --- labels


def test_a_selector_prunes_by_the_labels_that_state_remembers(write, apply, plan):
    shop = "{team: shop}"
    tags = [resource("Tag", name, labels=shop) for name in ("a", "b")]
    write("m.yaml", NHN, *tags, resource("Tag", "c", labels="{team: mail}"))
    apply()
    write("m.yaml", NHN, tags[0])
    assert actions(plan("--selector", "team=shop", "--output", "json")) == {"nhn/Tag/b": "delete"}
    assert plan("--selector", "team=mail").code == 2
    result = plan("--selector", "team=shop", "--no-prune")
    assert "No changes among the 1 resource looked at (of 3)." in result.out
    assert "Limited to --selector team=shop" in result.out


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        ("tema=shop", "Known labels: team=shop."),
        ("team==shop", "is not a selector"),
        ("team!=x", "is not a selector"),
        ("!team", "is not a selector"),
        ("team in (shop,mail)", "is not a selector"),
        ("team=shop,team=mail", "--selector stage=live"),
        ("team=shop,stage=live", "is not a selector"),
        ("team", "is not a selector"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "drift"])
def test_a_selector_that_chooses_nothing_is_refused(write, apply, run, command, selector, says):
    write("m.yaml", NHN, resource("Tag", "a", labels="{team: shop}"))
    apply()
    approve = ["--auto-approve"] if command in {"apply", "destroy"} else []
    result = run(command, "--emulate", *approve, "--selector", selector)
    assert result.code == 64
    assert says in result.err


def test_several_selectors_must_all_match(write, plan, run):
    both = resource("Tag", "a", labels='{team: shop, regions: "kr,jp"}')
    write("m.yaml", NHN, both, resource("Tag", "b", labels="{team: shop}"))
    chosen = plan("--selector", "team=shop", "--selector", "regions=kr,jp", "--output", "json")
    assert list(actions(chosen)) == ["nhn/Tag/a"]
    refused = run("plan", "--emulate", "--selector", "team=shop", "--selector", "team=mail")
    assert refused.code == 64


# --- what depends on what goes


@pytest.fixture
def mail(write, apply):
    write("m.yaml", OCTETH, *MAIL.values())
    apply()


def test_destroying_a_target_leaves_what_it_refers_to(mail, run, owned):
    result = run("destroy", "--emulate", "--auto-approve", "--target", "mail/Webhook/bounces")
    assert result.code == 0, result.err
    assert owned() == ["mail/ApiKey/shop", "mail/SenderDomain/mail.example.com"]


def test_destroying_a_target_takes_its_dependents_and_stops_at_a_protected_one(mail, run, owned):
    domain = "mail/SenderDomain/mail.example.com"
    result = run("destroy", "--emulate", "--auto-approve", "--target", domain)
    assert result.code == 1
    assert "mail/ApiKey/shop" in result.err
    assert "protect" in result.err
    assert len(owned()) == 3


def test_destroying_a_category_takes_its_templates(write, apply, run, owned):
    write("m.yaml", NHN, resource("Category", "c"), resource("Template", "t", TEMPLATE))
    apply()
    result = run("destroy", "--emulate", "--auto-approve", "--target", "nhn/Category/c")
    assert result.code == 0, result.err
    assert owned() == []


def test_pruning_a_target_takes_dependents_that_lost_their_manifests_too(mail, write, plan):
    write("m.yaml", OCTETH)
    result = plan("--target", "mail/SenderDomain/mail.example.com")
    assert result.code == 1
    assert "mail/ApiKey/shop" in result.out
    assert "mail/Webhook/bounces" in result.out


def test_replacing_by_selector_replaces_what_is_inside(mail, write, run, plan):
    key = MAIL["key"].replace("protect: true", "protect: false")
    write("m.yaml", OCTETH, MAIL["domain"], key, MAIL["webhook"])
    assert run("apply", "--emulate", "--auto-approve").code == 0
    moved = resource(
        "SenderDomain", "mail.example.com", "{domain: mail2.example.com}", labels="{team: mail}"
    )
    write("m.yaml", OCTETH, moved, key, MAIL["webhook"])
    found = actions(plan("--selector", "team=mail", "--output", "json"))
    assert found == {
        "mail/SenderDomain/mail.example.com": "replace",
        "mail/ApiKey/shop": "replace",
        "mail/Webhook/bounces": "replace",
    }


def test_replacing_a_target_with_something_protected_inside_is_blocked(mail, write, plan):
    moved = resource("SenderDomain", "mail.example.com", "{domain: mail2.example.com}")
    write("m.yaml", OCTETH, moved, MAIL["key"], MAIL["webhook"])
    result = plan("--target", "mail/SenderDomain/mail.example.com")
    assert result.code == 1
    assert "mail/ApiKey/shop" in result.out


def test_what_stays_without_pruning_blocks_a_replacement_that_would_take_it(mail, write, plan):
    moved = resource("SenderDomain", "mail.example.com", "{domain: mail2.example.com}")
    write("m.yaml", OCTETH, moved)
    result = plan("--no-prune")
    assert result.code == 1
    assert "mail/ApiKey/shop" in result.out


def test_a_template_that_names_its_category_by_id_blocks_the_deletion(write, apply, run, plan):
    write("m.yaml", NHN, resource("Category", "c"))
    apply()
    shown = run("state", "show", "nhn/Category/c", "--emulate", "--output", "json").json
    by_id = TEMPLATE.replace("category: c", f"category: {{id: {shown['id']}}}")
    write("m.yaml", NHN, resource("Category", "c"), resource("Template", "t", by_id))
    apply()
    write("m.yaml", NHN, resource("Template", "t", by_id))
    result = plan()
    assert result.code == 1
    assert "nhn/Template/t" in result.out


def test_a_tag_that_goes_takes_its_contact_along_when_both_are_destroyed(write, apply, run, owned):
    contact = resource("Contact", "kim", "{tags: [vip], phoneNumbers: [010-1234-5678]}")
    write("m.yaml", NHN, resource("Tag", "vip"), contact, resource("Tag", "other"))
    apply()
    shown = run("plan", "--destroy", "--emulate", "--target", "nhn/Tag/vip", "--output", "json")
    assert actions(shown) == {"nhn/Tag/vip": "delete", "nhn/Contact/kim": "delete"}
    assert run("destroy", "--emulate", "--auto-approve", "--target", "nhn/Tag/vip").code == 0
    assert owned() == ["nhn/Tag/other"]


# --- the last line, and plans of a destruction


def test_only_a_plan_of_everything_says_that_live_state_matches(write, apply, plan, run):
    write("m.yaml", NHN, resource("Tag", "a"), resource("Tag", "b"))
    apply()
    whole = "Live state matches the manifests."
    assert whole in plan().out
    assert "No changes among the 1 resource looked at (of 2)." in plan("--target", "nhn/Tag/a").out
    write("m.yaml", NHN, resource("Tag", "a"))
    kept = plan("--no-prune")
    assert whole not in kept.out
    assert "1 owned object has no manifest and was left alone: nothing is pruned." in kept.out


def test_plan_destroy_shows_a_destruction_without_a_terminal(write, apply, run):
    write("m.yaml", NHN, resource("Tag", "a"))
    assert "Nothing to destroy. State owns nothing." in run("plan", "--destroy", "--emulate").out
    apply()
    shown = run("plan", "--destroy", "--emulate", "--detailed-exitcode", "--output", "json")
    assert shown.code == 2
    assert actions(shown) == {"nhn/Tag/a": "delete"}
    assert "reconciler plan --destroy" in run("destroy", "--emulate").err
    assert "plan --destroy --output json" in run("destroy", "--emulate", "--output", "json").out


def test_drift_looks_at_what_is_chosen(write, apply, run):
    write("m.yaml", NHN, resource("Tag", "a", labels="{team: shop}"), resource("Tag", "b"))
    apply()
    chosen = run("drift", "--emulate", "--selector", "team=shop")
    assert "No drift among the 1 owned object looked at (of 2)." in chosen.out
    assert run("drift", "--emulate", "--target", "nhn/Tag/b").code == 0
    assert run("drift", "--emulate", "--target", "nhn/Tag/x").code == 64
    assert run("drift", "--emulate", "--target", "nhn/Tag/b", "--unmanaged").code == 64


def test_paths_without_the_account_say_once_that_its_file_may_be_named_too(write, run):
    write("accounts.yaml", NHN)
    write("sms/tags.yaml", resource("Tag", "a"), resource("Tag", "b"))
    result = run("validate", "sms")
    assert result.code == 1
    assert result.out.count("there is no provider") == 1
    assert "or name its file beside the others" in result.out
    assert run("validate", "sms", "accounts.yaml").code == 0


@pytest.mark.parametrize("option", [("--adopt",), ("--no-prune",)])
def test_a_destruction_is_shown_with_what_destroy_takes_alone(project, run, option):
    result = run("plan", "--emulate", "--destroy", *option)
    assert result.code == 64
    assert f"{option[0]} cannot stand beside --destroy" in result.err


def test_a_target_beside_a_selector_is_told_as_either(project, run, edit):
    edit("name: vip", "name: vip, labels: {team: shop}")
    chosen = ("--target", "nhn/Category/transactional", "--selector", "team=shop")
    result = run("plan", "--emulate", *chosen)
    assert "to --target nhn/Category/transactional, or --selector team=shop" in result.out
    assert "Plan: 2 to create" in result.out


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("nhn-sms-byte", 'did you mean "nhn-sms-bytes"?'),
        ("nope", "`reconciler explain rules` lists them"),
    ],
)
def test_a_finding_that_no_rule_makes_cannot_be_ignored(project, run, rule, hint):
    result = run("plan", "--emulate", "--ignore-finding", rule)
    assert result.code == 64
    assert f"--ignore-finding {rule}: " in result.err
    assert hint in result.err
