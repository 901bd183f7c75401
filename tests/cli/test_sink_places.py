"""A secret is delivered over nothing that the project is made of."""

import pytest

MAIL = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec: {type: octeth, baseUrl: "https://mail.example.com", credentials: {apiKey: {fromFile: key.txt}}}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec: {type: nhncloud-sms, credentials: {appKey: {fromEnv: K}}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com}
spec: {}
---
apiVersion: reconciler/v1
kind: BlockList
metadata: {name: ads}
spec: {unsubscribeNumber: 080-123-4567, recipientsFrom: [{file: lists/n.csv}]}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: SINK}
"""


@pytest.fixture
def validate(project, run):
    (project / "nhn.yaml").unlink()
    (project / "lists").mkdir()
    (project / "lists" / "n.csv").write_text("01012345678\n")
    (project / "key.txt").write_text("the-key")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {}\n"
    )

    def check(sink):
        (project / "m.yaml").write_text(MAIL.replace("SINK", sink))
        return run("validate")

    return check


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("m.yaml", "is a manifest"),
        ("M.YAML", "is a manifest"),
        ("./lists/../m.yaml", "is a manifest"),
        ("reconciler.yaml", "is the project file"),
        ("lists/n.csv", "is a file that a manifest reads"),
        ("key.txt", "is a file that a manifest reads"),
        ("secrets/access.json", "would be read as a manifest"),
        (".git/config", "must not be in .git"),
        ("sub/.git/config", "must not be in .git"),
        ("vendor/deep/.Git/hooks/pre-commit", "must not be in .git"),
        (".Reconciler/state.db", "must not be in .git or .reconciler"),
    ],
)
@pytest.mark.parametrize("sink", ["{{file: {}}}", "{{envFile: {{path: {}, variable: A}}}}"])
def test_a_file_of_the_project_is_no_sink(validate, sink, path, why):
    result = validate(sink.format(path))
    assert result.code == 1
    assert why in result.out
    assert "m.yaml:24:" in result.out


@pytest.mark.parametrize("path", ["secrets/key", ".env", ".secrets/a.json", "gitlike/.github/key"])
def test_any_other_file_is_one(validate, path):
    result = validate(f"{{file: {path}}}")
    assert result.code == 0, result.out
