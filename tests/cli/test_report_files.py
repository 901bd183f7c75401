"""`--report`: written beside what stdout carries, whatever came of the run, and over nothing else."""

import json

import pytest

FORMATS = {
    "json": "plan.out.json",
    "markdown": "plan.md",
    "html": "plan.html",
    "sarif": "plan.sarif",
    "junit": "plan.xml",
    "gitlab-codequality": "quality.json",
    "gitlab-terraform": "terraform.json",
}


@pytest.fixture
def reports(project, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def wished(reports, *names):
    return [word for name in names for word in ("--report", f"{name}={reports / FORMATS[name]}")]


def test_a_plan_writes_all_formats_and_still_speaks_to_people(run, reports):
    result = run("plan", "--emulate", *wished(reports, *FORMATS))
    assert result.code == 0, result.err
    assert "Plan: 3 to create" in result.out
    assert {path.name for path in reports.iterdir()} == set(FORMATS.values())
    assert json.loads((reports / "terraform.json").read_text()) == {
        "create": 3,
        "update": 0,
        "delete": 0,
    }
    document = json.loads((reports / "plan.out.json").read_text())
    assert [each["action"] for each in document["changes"]] == ["create"] * 3


def test_reports_take_the_place_of_older_ones_alone(run, reports, edit):
    words = wished(reports, *FORMATS)
    assert run("plan", "--emulate", *words).code == 0
    edit("metadata: {name: vip}", "metadata: {name: regulars}")
    assert run("plan", "--emulate", *words).code == 0
    assert {path.name for path in reports.iterdir()} == set(FORMATS.values())
    for name in ("plan.out.json", "plan.md", "plan.html", "plan.xml"):
        text = (reports / name).read_text()
        assert "regulars" in text
        assert "vip" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_another_kind_is_left_as_it_is(run, reports, name):
    place = reports / FORMATS[name]
    place.write_text("precious")
    result = run("plan", "--emulate", *wished(reports, name))
    assert result.code == 64
    assert "a file of another kind lies there" in result.err
    assert place.read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "sarif"], "--report sarif needs a file"),
        (["--report", "sarf=x"], 'did you mean "sarif"'),
        (["--report", "junit=a.xml", "--report", "html=a.xml"], "two reports want"),
        (["--report", "github"], "GITHUB_STEP_SUMMARY is not set"),
        (["--report", "github=x"], "takes no file"),
        (["--report", "html=nowhere/a.html"], "there is no folder nowhere"),
        (["--report", "html=."], "it is no regular file"),
        (["--report", "html=/dev/null"], "it is no regular file"),
        (["--report", "json=plan.json"], "it would be read as a manifest"),
        (["--report", "html=link.html"], "it is no regular file"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(run, project, words, said):
    (project / "link.html").symlink_to("nhn.yaml")
    result = run("plan", "--emulate", *words)
    assert result.code == 64
    assert said in result.err
    assert result.out == ""
    assert not (project / ".reconciler").exists()


def test_a_report_never_goes_over_what_the_command_itself_made(run, project, reports):
    saved = reports / "saved"
    result = run("plan", "--emulate", "--out", saved, "--report", f"html={saved}")
    assert (result.code, "a report and --out want" in result.err) == (64, True)
    folder = project / ".reconciler" / "emulated"
    folder.mkdir(parents=True)
    report = ("--report", f"json={folder / 'state.db'}")
    result = run("apply", "--emulate", "--auto-approve", *report)
    assert result.code == 1
    assert "state.db could not be written: a file of another kind lies there" in result.err
    assert run("state", "list", "--emulate").out.count("nhn/") == 3


def test_a_saved_plan_is_no_report_to_be_replaced(run, reports):
    saved = reports / "saved"
    assert run("plan", "--emulate", "--out", saved).code == 0
    before = saved.read_bytes()
    result = run("show", saved, "--report", f"json={saved}")
    assert (result.code, saved.read_bytes()) == (64, before)
    assert "a file of another kind lies there" in result.err


def test_validate_has_no_page(run, project):
    result = run("validate", "--report", "html=a.html")
    assert result.code == 64
    assert "Reports: json, markdown, sarif, junit, gitlab-codequality, github." in result.err


def test_a_command_that_fails_leaves_a_report_of_its_error(run, project, reports, edit):
    (reports / "terraform.json").write_text('{"create": 1, "update": 0, "delete": 0}\n')
    edit("sender: 15446859", "sendr: 15446859")
    words = wished(reports, "junit", "markdown", "html", "json", "gitlab-terraform")
    result = run("plan", "--emulate", *words)
    assert result.code == 1
    assert "unknown field" in (reports / "plan.xml").read_text()
    assert "unknown field" in (reports / "plan.md").read_text()
    assert "unknown field" in (reports / "plan.html").read_text()
    assert json.loads((reports / "plan.out.json").read_text())["error"]["code"] == "manifest"
    assert not (reports / "terraform.json").exists()


def test_validate_places_faults_for_code_scanning(run, project, reports, edit):
    edit("sender: 15446859", "sendr: 15446859")
    (project / ".git").mkdir()
    result = run("validate", *wished(reports, "sarif", "gitlab-codequality"))
    assert result.code == 1
    [scan] = json.loads((reports / "plan.sarif").read_text())["runs"]
    found = {each["message"]["text"].partition(";")[0] for each in scan["results"]}
    assert 'unknown field "sendr" in spec' in found
    [first, *_] = json.loads((reports / "quality.json").read_text())
    assert first["location"]["path"] == "nhn.yaml"


def test_paths_are_those_of_the_repository(run, project, reports, edit, monkeypatch):
    edit("sender: 15446859", "sendr: 15446859")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    run("validate", *wished(reports, "gitlab-codequality"))
    [first, *_] = json.loads((reports / "quality.json").read_text())
    assert first["location"]["path"] == "project/nhn.yaml"


def test_a_report_that_cannot_be_written_in_the_end_is_told(run, reports, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reconciler.cli.reports.replace_file", full)
    result = run("plan", "--emulate", *wished(reports, "junit", "html"))
    assert result.code == 1
    assert "Plan: 3 to create" in result.out
    assert result.err.count("could not be written: No space left on device") == 2


def test_an_apply_and_a_drift_have_reports_too(run, reports):
    applied = run("apply", "--emulate", "--auto-approve", *wished(reports, "junit", "markdown"))
    assert applied.code == 0, applied.err
    assert 'tests="3"' in (reports / "plan.xml").read_text()
    assert "### Apply: 3 created" in (reports / "plan.md").read_text()
    drift = run("drift", "--emulate", *wished(reports, "junit", "sarif", "html"))
    assert drift.code == 0
    assert 'tests="0"' in (reports / "plan.xml").read_text()


def test_stdout_carries_a_comment(run, project):
    result = run("plan", "--emulate", "--output", "markdown")
    assert result.code == 0
    assert result.out.startswith("<!-- reconciler:plan:project:- -->\n### Plan: 3 to create\n")
    refused = run("graph", "--output", "markdown")
    assert refused.code == 64
    assert "`graph` has no Markdown" in refused.err


def test_github_gets_a_summary_outputs_and_annotations(run, project, tmp_path, edit, monkeypatch):
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        (tmp_path / name).write_text("before\n")
        monkeypatch.setenv(name, str(tmp_path / name))
    edit("Hello ##name##", "Hello ##name")
    result = run("plan", "--emulate", "--report", "github")
    assert "### Plan: 3 to create" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()
    outputs = (tmp_path / "GITHUB_OUTPUT").read_text()
    assert outputs.startswith("before\nexit-code<<reconciler-")
    assert "\ncreate<<" in outputs
    assert "::warning file=nhn.yaml,line=" in result.err


def test_no_report_holds_a_secret_or_a_whole_number(run, reports, monkeypatch):
    monkeypatch.setenv("NHN_APP_KEY", "canary-app-key-0001")
    run(
        "apply",
        "--emulate",
        "--auto-approve",
        *wished(reports, "json", "markdown", "html", "junit"),
    )
    for path in reports.iterdir():
        assert "canary-app-key" not in path.read_text()


@pytest.fixture
def on_github(tmp_path, monkeypatch):
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        (tmp_path / name).write_text("")
        monkeypatch.setenv(name, str(tmp_path / name))


def many_warnings(project):
    """Twelve manifests with a warning each, in files of their own."""
    for number in range(12):
        (project / f"tag{number:02}.yaml").write_text(
            "apiVersion: reconciler/v1\nkind: Tag\n"
            f"metadata: {{name: tag-{number:02}, provider: nhn,"
            " ignoreRules: [{rule: webhook-url-insecure, reason: it is meant so}]}\nspec: {}\n"
        )


@pytest.mark.parametrize(
    "listed",
    [
        "tag11.yaml\n",
        "\ufeff./tag11.yaml\r\n\r\nREADME.md\r\n",
        '"tag\\061\\061.yaml"',
    ],
    ids=["git", "windows", "quoted"],
)
def test_annotations_of_the_files_of_a_pull_request_come_first(run, project, on_github, listed):
    many_warnings(project)
    (project / "changed.txt").write_text(listed, encoding="utf-8")
    plain = run("validate", "--report", "github")
    assert "tag11.yaml" not in plain.err
    result = run("validate", "--report", "github", "--report-files-from", "changed.txt")
    first, *rest = [line for line in result.err.splitlines() if line.startswith("::warning")]
    assert first.startswith("::warning file=tag11.yaml,line=")
    assert len(rest) == 9
    assert "and 3 more" in rest[-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        (b"a.yaml\0b.yaml\0", "it holds NUL: list one path a line, without `-z`"),
        (b"\xff\xfea", "it is not UTF-8"),
        (b"a" * (16 * 1024 * 1024 + 1), "it is larger than 16 MiB"),
    ],
    ids=["missing", "nul", "utf-16", "large"],
)
def test_what_is_no_list_of_files_is_refused(run, project, on_github, content, said):
    if content is not None:
        (project / "changed.txt").write_bytes(content)
    words = ("--report", "github", "--report-files-from")
    result = run("validate", *words, "changed.txt")
    assert result.code == 64
    assert f"--report-files-from changed.txt: {said}" in result.err
    assert "git diff --name-only" in result.err
    assert "it is no regular file" in run("validate", *words, ".").err
    alone = run("validate", "--report-files-from", "changed.txt")
    assert alone.code == 64
    assert "Add --report github" in alone.err


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_a_fault_in_a_manifest_is_annotated_whatever_the_command(project, run, on_github, command):
    (project / "wrong.yaml").write_text("apiVersion: reconciler/v1\nkind: Tga\n")
    options = ("--emulate", "--auto-approve") if command == "apply" else ("--emulate",)
    seen = run(command, *options, "--report", "github", "--report", "markdown=said.md")
    assert seen.code == 1
    assert "::error file=wrong.yaml,line=2,col=7," in seen.out + seen.err
    said = (project / "said.md").read_text(encoding="utf-8")
    assert said.count('"Tga"') == 1
    assert run(command, *options, "--output", "json").json["error"]["faults"][-1]["line"] == 2


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (["validate", "--report-url", "https://ci/1"], "markdown=FILE, or github"),
        (["plan", "--report-limit", "32768"], "markdown=FILE"),
        (["plan", "--report-limit", "32768", "--report", "sarif=s"], "markdown=FILE"),
        (["plan", "--report-url", "https://ci/1", "--report", "junit=j"], "markdown=FILE, or html"),
        (["apply", "--report-root", "."], "markdown=FILE, or html=FILE, or junit=FILE, or github"),
        (["drift", "--report-root", ".", "--report", "json=j"], "markdown=FILE, or html"),
    ],
)
def test_an_option_that_no_report_heeds_is_refused(run, project, words, way):
    result = run(*words)
    assert result.code == 64
    assert f"{words[1]} would do nothing" in result.err
    assert f"Add --report {way}" in result.err
    assert not list(project.glob("[js]"))


def test_a_comment_in_a_file_keeps_to_the_limit_as_that_on_stdout_does(run, project):
    many_warnings(project)
    words = ("plan", "--emulate", "--report-limit", "1000")
    assert run(*words, "--report", "markdown=c.md").code == 0
    comment = (project / "c.md").read_text()
    assert len(comment) <= 1000
    assert run(*words, "--output", "markdown").out == comment


def test_paths_are_relative_to_a_folder_that_holds_the_project(run, project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for root in ("../elsewhere", "nowhere"):
        result = run("plan", "--report", "sarif=s", "--report-root", root)
        assert result.code == 64
        assert f"--report-root {root}: the project, {project}, does not lie in" in result.err
