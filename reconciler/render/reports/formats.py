"""The table of report formats: how each is written, and how one that exists is recognised."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from reconciler.render.envelope import dump
from reconciler.render.reports.gitlab import codequality, terraform
from reconciler.render.reports.html import GENERATOR, html
from reconciler.render.reports.junit import junit
from reconciler.render.reports.markdown import MARK, markdown
from reconciler.render.reports.report import Report
from reconciler.render.reports.sarif import sarif


class Format(Struct, frozen=True, kw_only=True):
    """One format of a report file."""

    write: Callable[[Report], str]
    ours: Callable[[str], bool]
    """Tells whether a text is a report of this format, which a new one may replace."""
    of_failures: bool = True
    """Whether a failed run has the format, too."""


def _json(report: Report) -> str:
    return dump(report.document) + "\n"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_document(text: str) -> bool:
    found = _parsed(text)
    others = {"apiVersion", "kind", "stateCopy"}  # manifests, saved plans, states
    return isinstance(found, dict) and "formatVersion" in found and not others & found.keys()


def _is_sarif(text: str) -> bool:
    found = _parsed(text)
    return isinstance(found, dict) and found.get("version") == "2.1.0" and "runs" in found


def _is_codequality(text: str) -> bool:
    found = _parsed(text)
    return isinstance(found, list) and all(
        isinstance(each, dict) and {"check_name", "fingerprint"} <= each.keys() for each in found
    )


def _is_terraform(text: str) -> bool:
    found = _parsed(text)
    return isinstance(found, dict) and found.keys() == {"create", "update", "delete"}


FORMATS: Mapping[str, Format] = {
    "json": Format(write=_json, ours=_is_document),
    "markdown": Format(write=markdown, ours=lambda text: text.startswith(MARK)),
    "html": Format(write=html, ours=lambda text: GENERATOR in text[:1000]),
    "sarif": Format(write=sarif, ours=_is_sarif),
    "junit": Format(write=junit, ours=lambda text: "<testsuites" in text[:200]),
    "gitlab-codequality": Format(write=codequality, ours=_is_codequality),
    "gitlab-terraform": Format(write=terraform, ours=_is_terraform, of_failures=False),
}


def encoded(report: Report, name: str) -> bytes:
    """Return a report in a format of a file; raises `KeyError` for an unknown one."""
    return FORMATS[name].write(report).encode("utf-8", "replace")
