from __future__ import annotations

from pathlib import Path

import pytest

PROVIDER = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
"""


class Folder:
    """A project folder that tests write manifests into."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, *documents: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\n".join(documents), encoding="utf-8")
        return path

    def provider(self) -> None:
        self.write("provider.yaml", PROVIDER)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    return Folder(root)
