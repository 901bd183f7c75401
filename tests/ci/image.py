"""Does the Dockerfile's steps in a folder, for machines that have no engine of containers."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.ci.conftest import ROOT


def steps():
    """Each instruction of the Dockerfile with its words."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def copied():
    """The sources of the first stage, which come from this repository."""
    return [
        shlex.split(words)[:-1]
        for name, words in steps()
        if name == "COPY" and "--from" not in words
    ]


class Image:
    """What the Dockerfile makes, below a folder in place of `/`."""

    def __init__(self, folder: Path, **arguments: str) -> None:
        self.source = folder / "src"
        self.program = folder / "opt/reconciler/bin/reconciler"
        self._folder = folder
        self._arguments = arguments
        self.source.mkdir(parents=True)

    def build(self) -> None:
        """Do the first stage's steps, in order."""
        for name, words in steps():
            if name == "ARG":
                key, _, default = words.partition("=")
                self._arguments.setdefault(key, default)
            elif name == "COPY" and "--from" not in words:
                self._copy(shlex.split(words))
            elif name == "RUN":
                self._run(self._filled(words))

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        for each in sources:
            place = self.source / (target if len(sources) == 1 and target != "./" else each)
            copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copyfile
            copy(ROOT / each, place)

    def _filled(self, words: str) -> list[str]:
        text = re.sub(r"\$\{(\w+)\}", lambda found: self._arguments[found[1]], words)
        text = text.replace("/opt/reconciler", str(self._folder / "opt/reconciler"))
        return shlex.split(text)

    def _run(self, words: list[str]) -> None:
        program = sys.executable if words[0] == "python" else words[0]
        subprocess.run([program, *words[1:]], cwd=self.source, check=True)
