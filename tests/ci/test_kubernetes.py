"""The jobs for Kubernetes fit its API, alone and as Kustomize builds them."""

import shutil
import subprocess

import pytest
import yaml

from tests.ci.conftest import MANIFESTS, ROOT, shown, tool

FILES = sorted((ROOT / "ci/kubernetes").rglob("*.yaml"))
JOBS = [path for path in FILES if path.name != "kustomization.yaml"]
KUSTOMIZATIONS = [path for path in FILES if path.name == "kustomization.yaml"]
BASE = "https://github.com/OWNER/reconciler//ci/kubernetes/base?ref=COMMIT"


def kustomized(folder, tmp_path):
    """The objects that `kubectl kustomize` makes of a folder, once the API's schema takes them."""
    if not shutil.which("kubectl"):
        pytest.skip("no kubectl, which has Kustomize built in")
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder), "--load-restrictor=LoadRestrictionsNone"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    built = tmp_path / "built.yaml"
    built.write_text(done.stdout)
    checked = tool("kubernetes-validate", "--strict", built)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return list(yaml.safe_load_all(done.stdout))


def pods(objects):
    return [
        each["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        for each in objects
        if each["kind"] == "CronJob"
    ]


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_a_job_fits_the_api(path):
    done = tool("kubernetes-validate", "--strict", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_names_files_that_are_there(path):
    for named in yaml.safe_load(path.read_text())["resources"]:
        assert (path.parent / named).exists(), named


@pytest.mark.parametrize(
    ("name", "jobs"),
    [("base", ["reconciler-drift"]), ("apply", ["reconciler-apply", "reconciler-drift"])],
)
def test_a_kustomization_is_built(name, jobs, tmp_path):
    built = kustomized(ROOT / "ci/kubernetes" / name, tmp_path)
    assert [each["metadata"]["name"] for each in built] == jobs


@pytest.fixture(params=["base", "apply"])
def overlay(request, tmp_path):
    """The kustomization of docs/ci.md, over the base of this checkout in place of GitHub's."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    (folder / "nhn.yaml").write_text(MANIFESTS)
    (folder / "reconciler.yaml").write_text("kind: Project\n")
    text = shown("docs/ci.md", "kustomization.yaml")
    assert BASE in text
    # Kustomize takes no absolute path.
    (folder / "ci").symlink_to(ROOT / "ci/kubernetes")
    (folder / "kustomization.yaml").write_text(text.replace(BASE, f"ci/{request.param}"))
    return folder


def test_the_documented_overlay_gives_every_job_image_manifests_and_hosts(overlay, tmp_path):
    built = kustomized(overlay, tmp_path)
    [manifests] = [each for each in built if each["kind"] == "ConfigMap"]
    assert set(manifests["data"]) == {"nhn.yaml", "reconciler.yaml"}
    assert {each["metadata"]["namespace"] for each in built} == {"messaging"}
    for pod in pods(built):
        containers = [*pod["initContainers"], *pod["containers"]]
        assert {each["image"] for each in containers} == {"REGISTRY/reconciler@sha256:DIGEST"}
        [volume] = [each for each in pod["volumes"] if each["name"] == "manifests"]
        assert volume["configMap"]["name"] == manifests["metadata"]["name"]
        variables = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
        assert variables == {
            "RECONCILER_ENV": "production",
            "RECONCILER_TRUSTED_HOSTS": "mail.example.com",
        }
