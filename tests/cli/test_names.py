"""Folders and files of any name, in any locale: paths are bytes."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_apart import OCTETH
from tests.cli.test_emulator_command import COMMAND

ASCII = {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}


@pytest.mark.parametrize(
    ("name", "locale"), [(b"\xb0\xa1", {}), ("한글".encode(), ASCII), (b"a b?c#d%25", {})]
)
def test_a_project_is_applied_in_a_folder_of_any_name(tmp_path, name, locale):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    folder.mkdir()
    text = OCTETH.replace("URL", "http://127.0.0.1:1/x").replace("app/key", "비밀/열쇠")
    (folder / "m.yaml").write_text(text)
    for words in (
        ("apply", "--auto-approve"),
        ("plan", "--detailed-exitcode", "--output", "json"),
        ("state", "show", "nhn/ApiKey/app"),
        ("apply", "--auto-approve"),
    ):
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=folder,
            env=os.environ | locale | {"RECONCILER_EMULATE": "1"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
    emulated = folder / ".reconciler/emulated"
    assert (emulated / "sinks/비밀/열쇠").exists()
    assert len(list((emulated / "state.db.reconciler/backups").glob("*.db"))) == 2
