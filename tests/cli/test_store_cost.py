"""`plan` tells what the store of the state costs, and is about right."""

import pytest

from reconciler.state.database.commit import Writer
from reconciler.state.objects.stores import ObjectBucket
from tests.cli import importing
from tests.support.shared_stores import server, url

__all__ = ["server", "url"]

UNITS = {"s3": "puts", "postgres": "commits"}
COUNTED = {"s3": [(ObjectBucket, "create")], "postgres": [(Writer, "begin"), (Writer, "commit")]}


@pytest.fixture
def world(project, monkeypatch):
    with importing.served(project, monkeypatch) as world:
        yield world


@pytest.fixture
def made(server, url, monkeypatch):
    """Count what is made durable there; runs that other tests left may still beat elsewhere."""
    counted = []

    def counting(real):
        def call(*arguments, **options):
            if url.startswith(getattr(arguments[0], "place", url)):
                counted.append(real)
            return real(*arguments, **options)

        return call

    for place, name in COUNTED[server.kind]:
        monkeypatch.setattr(place, name, counting(getattr(place, name)))
    return counted


def tags(number):
    return "".join(
        f"---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: t{n}}}\nspec: {{}}\n"
        for n in range(number)
    )


def planned(run, url):
    result = run("plan", "--state", url, "--output", "json")
    assert result.code == 0, result.err
    return result.json.get("storeCost")


def applied(run, url, made):
    made.clear()
    assert run("apply", "--auto-approve", "--state", url).code == 0
    return len(made)


def test_of_a_single_write_it_is_told_to_the_put(world, project, run, url, server, made):
    (project / "tags.yaml").write_text(tags(1))
    cost = planned(run, url)
    assert cost["unit"] == UNITS[server.kind]
    assert applied(run, url, made) == cost["number"]
    (project / "tags.yaml").write_text(tags(2))
    cost = planned(run, url)
    assert applied(run, url, made) == cost["number"]
    assert planned(run, url) is None


def test_what_has_nothing_to_say_does_not_reach_the_store(world, project, run, url, server, made):
    (project / "tags.yaml").write_text(tags(1))
    assert run("apply", "--auto-approve", "--state", url).code == 0
    (project / "tags.yaml").write_text(tags(2))
    least = {"postgres": 6, "s3": 9}  # begin, intent, answer, row, what was seen, end
    assert applied(run, url, made) == least[server.kind]


def test_of_many_it_is_about_right(world, project, run, url, made):
    (project / "tags.yaml").write_text(tags(12))
    told = planned(run, url)["number"]
    really = applied(run, url, made)
    assert told / 4 <= really <= told * 4


def test_people_read_it_below_the_requests(world, project, run, url, server):
    (project / "tags.yaml").write_text(tags(1))
    lines = run("plan", "--state", url).out.splitlines()
    [line] = [each for each in lines if each.startswith("  state: ")]
    assert line.startswith("  state: about ")
    assert f" {UNITS[server.kind]} to make, " in line
    assert lines[lines.index(line) - 1].startswith("  nhn: ")


def test_a_state_on_this_machine_costs_nothing_to_tell(world, project, run):
    (project / "tags.yaml").write_text(tags(1))
    assert planned(run, "state.db") is None


def test_a_plan_makes_nothing_durable_in_any_environments_state(world, project, run, url, made):
    (project / "tags.yaml").write_text(tags(1))
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\n"
        f'spec: {{state: "{url}", environments: {{one: {{}}, two: {{}}}}}}\n'
    )
    assert run("apply", "--auto-approve", "--env", "one").code == 0
    made.clear()
    result = run("plan", "--env", "two")
    assert "is the account of nhn in the environment one" in result.err
    assert not made
