"""The page on adding a provider type is all that it takes: what it shows is built, and proved."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
FILE = re.compile(
    r"^`(reconciler_acme_mail/[\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture
def run(tmp_path):
    """Write the page's files into a folder that Python imports from; run programs that see it."""
    files = FILE.findall(PAGE)
    assert len(files) == PAGE.count("```") / 2, "each block says which file it is"
    for name, text in files:
        path = tmp_path / "packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def runs(*arguments, cwd=ROOT):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": f"{tmp_path / 'packages'}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return runs


def test_the_contract_suite_passes_on_what_the_page_shows(run):
    options = ("-k", "acme-mail", "-q", "-n", "0", "-p", "no:cacheprovider")
    assert "passed" in run("pytest", "tests/contract", *options)


def test_users_see_the_new_kind_like_any_other(run, tmp_path):
    assert "What people can subscribe to." in run(
        "reconciler", "explain", "acme-mail/Topic", cwd=tmp_path
    )


def test_a_package_in_the_current_directory_is_left_alone(run, tmp_path):
    assert "Acme" not in run("reconciler", "providers", cwd=tmp_path / "packages")
