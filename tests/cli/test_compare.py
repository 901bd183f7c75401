"""`compare`: what differs between the manifests of two environments."""

import pytest

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  variables:
    sender: {type: string}
    tags: {type: strings, default: [a]}
    rate: {type: integer, default: 10}
  environments:
    staging: {variables: {sender: "0215880001"}}
    production: {variables: {sender: "15446859", tags: [a, b], rate: 20}}
    mirror: {variables: {sender: "15446859", tags: [a, b], rate: 20}}
"""
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: "NHN_${var.sender}"}}
  limits: {requestsPerSecond: "${var.rate}"}
---
apiVersion: reconciler/v1
kind: Category
metadata: {name: same}
spec: {description: The same}
---
apiVersion: reconciler/v1
kind: Template
metadata: {name: welcome, labels: {from: "${var.sender}"}}
spec: {category: same, sender: "${var.sender}", type: sms, body: Hello}
---
{apiVersion: reconciler/v1, kind: Tag, metadata: {name: a}, spec: {}}
---
{apiVersion: reconciler/v1, kind: Tag, metadata: {name: b, environments: [production, mirror]}, spec: {}}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {name: kim}
spec: {tags: "${var.tags}"}
---
apiVersion: reconciler/v1
kind: Contact
metadata: {name: lee, environments: [staging]}
spec: {phoneNumbers: [010-1234-5678]}
"""

DIFFERENCES = """\
Compare: from staging to production

  ~ Provider/nhn
      credentials.appKey.fromEnv: NHN_0215880001 → NHN_15446859
      limits.requestsPerSecond:   10 → 20

  ~ nhn/Contact/kim
      tags:
        + b

  - nhn/Contact/lee  only in staging

  + nhn/Tag/b  only in production

  ~ nhn/Template/welcome
      sender:               0215880001 → 15446859
      metadata.labels.from: 0215880001 → 15446859

3 changed, 1 only in staging, 1 only in production, 2 alike.
"""


@pytest.fixture
def compared(project, run):
    (project / "reconciler.yaml").write_text(PROJECT)
    (project / "nhn.yaml").write_text(MANIFESTS)

    def call(*words):
        return run("compare", *words)

    return call


def test_what_differs_is_shown_field_by_field(compared):
    result = compared("staging", "production")
    assert result.code == 2
    assert result.out == DIFFERENCES


def test_the_other_way_round_everything_is(compared):
    document = compared("production", "staging", "--output", "json").json
    assert {each["address"]: each["status"] for each in document["differences"]} == {
        "Provider/nhn": "changed",
        "nhn/Contact/kim": "changed",
        "nhn/Contact/lee": "added",
        "nhn/Tag/b": "removed",
        "nhn/Template/welcome": "changed",
    }
    assert (document["from"], document["to"], document["alike"]) == ("production", "staging", 2)


def test_personal_data_is_masked(compared):
    document = compared("production", "staging", "--output", "json", "--kind", "Contact").json
    lee = next(each for each in document["differences"] if each["address"] == "nhn/Contact/lee")
    assert lee["fields"] == [{"path": "phoneNumbers", "before": None, "after": ["010****5678"]}]


def test_what_is_equal_is_said_to_be(compared):
    result = compared("mirror", "production")
    assert result.code == 0
    assert "mirror and production are alike: 6 manifests.\n" in result.out


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        (("--kind", "tag"), ["nhn/Tag/b"]),
        (("--kind", "Provider"), ["Provider/nhn"]),
        (("--kind", "Tag", "--kind", "Provider"), ["Provider/nhn", "nhn/Tag/b"]),
        (("--kind", "Canary"), []),
        (("--selector", "from=15446859"), ["nhn/Template/welcome"]),
    ],
)
def test_a_part_is_chosen(compared, words, addresses):
    document = compared("staging", "production", "--output", "json", *words).json
    assert [each["address"] for each in document["differences"]] == addresses


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("staging", "prodution"), 'did you mean "production"?'),
        (("staging",), "missing argument"),
        (("staging", "production", "--env", "staging"), "--env has no meaning"),
        (("staging", "production", "--kind", "Tagg"), "did you mean"),
        (("staging", "production", "--selector", "from=1"), "neither staging nor production has"),
    ],
)
def test_wrong_words_are_refused(compared, words, said):
    result = compared(*words)
    assert result.code == 64
    assert said in result.err


def test_where_neither_has_any_of_a_kind_nothing_is_called_alike(compared):
    result = compared("staging", "production", "--kind", "Canary")
    assert result.code == 0
    assert "Nothing was compared" in result.out
    assert "alike" not in result.out


def test_a_project_without_environments_has_nothing_to_compare(project, run):
    result = run("compare", "staging", "production")
    assert result.code == 64
    assert "The project has none." in result.err


def test_faults_are_told_of_either(compared, edit):
    edit('sender: "0215880001"', "sender: ''", file="reconciler.yaml")
    for words in (("staging", "production"), ("production", "staging")):
        result = compared(*words)
        assert result.code == 1
        assert "nhn.yaml" in result.err
