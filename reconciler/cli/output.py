"""The only writer to stdout and stderr.

stdout carries the result alone; notes, questions and progress go to stderr. Secrets are masked and
control characters made harmless in everything. When a reader goes away (`| head`), only the writing
ends: an apply goes on, and the exit code still tells its outcome.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO, cast

from msgspec.structs import replace

from reconciler.ci import in_ci
from reconciler.cli.streams import silence
from reconciler.errors import ReconcilerError
from reconciler.model.secret import Secret
from reconciler.redaction import redact
from reconciler.render.envelope import dump, error_document
from reconciler.render.errors import error_text
from reconciler.render.layout.safe_text import neutralise
from reconciler.render.layout.style import Style

_ASCII = str.maketrans(
    {"→": "->", "…": "...", "•": "*", "✗": "x", "·": "-", "×": "x", "–": "-", "⋮": ":"}
)
_REHEARSING = "RECONCILER_EMULATE=1 "
_OF_STATE = re.compile(
    rf"(?<!{_REHEARSING})\breconciler state (?:history|list|mv|resolve|rm|show|trust|unlock)\b"
)
_PIPE_WIDTH = 80
_NARROWEST = 40


def wants_colour(stream: TextIO, environ: Mapping[str, str], choice: bool | None) -> bool:
    """Decide on colour: `--no-color`, then NO_COLOR, FORCE_COLOR, and whether it is a terminal."""
    if choice is not None:
        return choice
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") not in {None, "", "0"}:
        return True
    return _terminal(stream) and environ.get("TERM") != "dumb"


def _terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _width(stream: TextIO) -> int:
    return max(_NARROWEST, _columns(stream) or _PIPE_WIDTH)


def _columns(stream: TextIO) -> int:
    """Return the width that COLUMNS says, else the terminal behind a stream; 0 where none does."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or a stream without a descriptor
        return 0


class Output:
    """Writes results, notes and errors."""

    def __init__(self, *, json: bool = False, colour: bool | None = None) -> None:
        """Use stdout and stderr as they are now; `colour` overrides whether they take colours."""
        self.json = json
        self._stdout, self._stderr = sys.stdout, sys.stderr
        self.style = self._style(self._stdout, colour)
        self.note_style = self._style(self._stderr, colour)
        self._redact = redact
        self._noted: set[str] = set()
        self.documented = False
        """Whether the one JSON document has been written."""
        self.kept: dict[str, Any] | None = None
        """The document that reports are made from; secrets in it are masked."""
        for stream in (self._stdout, self._stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")

    def _style(self, stream: TextIO, colour: bool | None) -> Style:
        return Style(
            colour=wants_colour(stream, os.environ, colour),
            width=_width(stream),
            terminal=_terminal(stream),
            redact=redact,
        )

    def rehearse(self) -> None:
        """From now on, put `RECONCILER_EMULATE=1` before `state` commands in messages.

        Without it, a copied command would read or change the real state.
        """
        self._redact = _rehearsed
        self.style = replace(self.style, redact=_rehearsed)
        self.note_style = replace(self.note_style, redact=_rehearsed)

    @property
    def interactive(self) -> bool:
        """Tell whether a person can be asked: stdin and stderr are terminals."""
        return sys.stdin is not None and _terminal(sys.stdin) and _terminal(self._stderr)

    @property
    def live(self) -> bool:
        """Tell whether stderr can show a moving progress display."""
        dumb = os.environ.get("TERM") == "dumb"
        return not self.json and not dumb and not in_ci(os.environ) and _terminal(self._stderr)

    @property
    def notes_stream(self) -> TextIO:
        """The stream of notes, for a moving progress display."""
        return self._stderr

    def result(self, text: str) -> None:
        """Write the result as text."""
        self._write(self._stdout, neutralise(redact(text)))

    def document(self, document: dict[str, Any]) -> None:
        """Write the result as a JSON document."""
        self.documented = True
        self.keep(document)
        self._write(self._stdout, dump(self.kept or {}) + "\n")

    def keep(self, document: dict[str, Any]) -> None:
        """Keep the result's document for reports, secrets masked."""
        self.kept = self.masked(document)

    def masked(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document with the secrets in its texts masked."""
        made: dict[str, Any] = _redacted(document, self._redact)
        return made

    def annotate(self, command: str) -> None:
        """Write a workflow command of GitHub Actions to stderr, which the runner reads as well."""
        self._write(self._stderr, redact(command) + "\n")

    def raw(self, text: str) -> None:
        """Write text that programs read, such as a graph or a schema; only secrets are masked."""
        self._write(self._stdout, redact(text))

    def note(self, text: str) -> None:
        """Write a line to stderr."""
        self._write(self._stderr, neutralise(redact(text)) + "\n")

    def note_once(self, text: str) -> None:
        """Write a line to stderr, unless this run wrote it already."""
        if text not in self._noted:
            self._noted.add(text)
            self.note(text)

    def ask(self, text: str) -> None:
        """Write a question; the answer follows on the same line."""
        self._write(self._stderr, neutralise(redact(text)))

    def error(self, error: ReconcilerError) -> None:
        """Write an error to stderr; as JSON also to stdout, unless a document is there already."""
        self._write(self._stderr, neutralise(redact(error_text(error, self.note_style))))
        if self.json and not self.documented:
            self.document(error_document(error))
        elif self.kept is None:
            self.keep(error_document(error))

    def mask_in_ci(self, secrets: Mapping[str, Secret]) -> None:
        """Tell GitHub Actions to mask these secrets in its log, in case one ever gets there.

        The commands go to stderr, which the runner reads as well. Each line of a secret has its
        own command, because the runner masks line by line.
        """
        if os.environ.get("GITHUB_ACTIONS") != "true":
            return
        for secret in secrets.values():
            for line in secret.reveal().splitlines():
                if line.strip():
                    self._write(self._stderr, f"::add-mask::{_escape_command(line)}\n")

    def log_stream(self) -> TextIO:
        """Return a stream for the log that writes to stderr through this writer."""
        return cast("TextIO", _LogStream(self))

    def flush(self) -> None:
        """Flush both streams."""
        for stream in (self._stdout, self._stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                silence(stream)

    def _write(self, stream: TextIO, text: str) -> None:
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        if not encoding.startswith("utf") and not text.isascii():
            text = text.translate(_ASCII)
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            silence(stream)
        except OSError as error:  # a full disk, or a closed terminal: no reason to end the work
            silence(stream)
            if stream is self._stdout:
                raise ReconcilerError(f"cannot write to stdout: {error.strerror}") from None
        except ValueError:  # the stream is closed
            return


def _rehearsed(text: str) -> str:
    return _OF_STATE.sub(rf"{_REHEARSING}\g<0>", redact(text))


def _redacted(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a document with the secrets in its texts masked; its structure stays."""
    known: dict[str, str] = {}

    def masked(text: str) -> str:  # the same keys above all occur again and again
        found = known.get(text)
        if found is None:
            found = known[text] = mask(text)
        return found

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return masked(value)
        if isinstance(value, dict):
            return {masked(name): walk(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [walk(item) for item in value]
        return value

    return walk(value)


def _escape_command(text: str) -> str:
    """Escape a workflow command's data, as GitHub's own toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


class _LogStream(io.TextIOBase):
    """The stream that the log handler writes to."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, text: str) -> int:
        self._output.ask(text)
        return len(text)
