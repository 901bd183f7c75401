"""A double of GitLab: which jobs a pipeline has, and what a runner hands from one to the next."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.ci.conftest import ROOT

PUSH = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
SCHEDULE = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
}
FROM_A_FORK = {**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}
PREDEFINED = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_ID": "7", "CI_DEFAULT_BRANCH": "main"}


def component(include: dict[str, Any]) -> dict[str, Any]:
    """The jobs of an included component, its inputs checked and filled in as text."""
    name = re.search(r"/reconciler/(\w+)@", include["component"])[1]
    spec, jobs = (ROOT / "templates" / f"{name}.yml").read_text().split("\n---\n")
    declared = yaml.safe_load(spec)["spec"]["inputs"]
    given = {key: (each or {}).get("default") for key, each in declared.items()}
    given |= include["inputs"]
    assert set(given) == set(declared)
    assert None not in given.values()
    for key, each in declared.items():
        assert re.search((each or {}).get("regex", ""), given[key]), key
    return yaml.safe_load(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda at: given[at[1]], jobs))


class Pipeline:
    """One pipeline: every job has a checkout of its own, and the artifacts of those it needs."""

    def __init__(self, repository: Path, builds: Path, variables: dict[str, str]) -> None:
        self.jobs: dict[str, Any] = {}
        self._repository = repository
        self._builds = builds
        self._variables = {**PREDEFINED, **variables}
        self._artifacts: dict[str, Path] = {}

    def include(self, jobs: dict[str, Any]) -> None:
        """Take the jobs whose rules hold here."""
        for name, job in jobs.items():
            if any(self._holds(rule["if"]) for rule in job["rules"]):
                self.jobs[name] = job

    def run(self, name: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a job, as `bash -eo pipefail` does, and keep the artifacts that it names."""
        job = self.jobs[name]
        folder = self._builds / f"{len(list(self._builds.iterdir()))}"
        shutil.copytree(self._repository, folder)
        for needed in job.get("needs", ()):
            shutil.copytree(self._artifacts[needed], folder, dirs_exist_ok=True)
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
            cwd=folder,
            env=self._environ(folder) | environ | job["variables"],
            capture_output=True,
            text=True,
            check=False,
        )
        self._keep(name, job, folder)
        return done

    def reports(self, name: str) -> set[str]:
        """The reports that a job said it would make, and did."""
        return {path.name for path in (self._builds / f"reports-{name}").iterdir()}

    def _holds(self, rule: str) -> bool:
        def value(word: str) -> str:
            return self._variables.get(word[1:], "") if word.startswith("$") else word.strip('"')

        sides = [re.split(r" (==|!=) ", each) for each in rule.split(" && ")]
        return all((value(a) == value(b)) == (how == "==") for a, how, b in sides)

    def _environ(self, folder: Path) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"PATH": path, "HOME": str(self._builds), "CI_PROJECT_DIR": str(folder)}
        return own | self._variables

    def _keep(self, name: str, job: dict[str, Any], folder: Path) -> None:
        kept = self._artifacts[name] = self._builds / f"artifacts-{name}"
        told = self._builds / f"reports-{name}"
        wanted = job["artifacts"]
        for target, names in ((kept, wanted.get("paths", [])), (told, wanted["reports"].values())):
            target.mkdir(exist_ok=True)
            for each in names:
                if (folder / each).exists():
                    shutil.copy(folder / each, target)
