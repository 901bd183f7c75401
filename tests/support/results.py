"""What came of a command line, in this process or another."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.support import documents


@dataclass(frozen=True, kw_only=True)
class Result:
    """Its exit code, and what it wrote."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    """Of CPU time, where it was started by `Preloaded`."""

    @property
    def json(self) -> Any:
        """The JSON document on stdout, which fits its schema."""
        document = json.loads(self.out)
        documents.check(document)
        return document

    @property
    def both(self) -> str:
        """All that was written."""
        return f"{self.out}\n{self.err}"

    @property
    def said(self) -> str:
        """Everything, with the lines that were broken to fit put together again."""
        return " ".join(self.both.split())

    @property
    def adoptions(self) -> list[list[str]]:
        """The printed `reconciler state resolve ADDR --adopt ID`, as words behind the program."""
        found = re.findall(r"`reconciler (state resolve \S+ --adopt \S+)`", self.both)
        return [words.split() for words in dict.fromkeys(found)]
