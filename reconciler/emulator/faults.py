"""Rules that make an emulated provider misbehave, the same way in every run.

A rule says which requests it is for and what happens to them. Rules are a JSON list, or Python:

    [{"method": "POST", "path": "/templates$", "nth": 3, "fault": "drop-after"},
     {"provider": "octeth", "body": "AddAPI", "every": 2, "times": 5,
      "fault": "rate-limit", "form": "envelope", "seconds": 12}]

Which requests (all given conditions must hold; one left out always holds):

    provider   the type, as in the path's first segment: "nhncloud-sms"
    method     "GET", "POST", …
    path       regular expression, searched in the decoded path below the provider's mount
    query      regular expression, searched in the raw query string
    body       regular expression, searched in the request's body as text; for RPC-style APIs
    nth        1-based number, or list of numbers, of the request among those this rule matches
    every      every how-many-th of them (2: the second, the fourth, …)
    times      how often the rule strikes at most

What happens (`fault`), with the fields each one reads:

    drop-before     connection dropped, nothing executed
    drop-after      executed and durable, then the connection dropped
    status-before   `status` (default 503), nothing executed; `text` replaces the body
    status-after    executed, then `status` instead of the answer
    rate-limit      nothing executed; `seconds` (default 12), `text` replaces the message; `form`:
                    "header" 429 with Retry-After · "text" 429 with the message alone ·
                    "please" the other documented sentence · "bare" no number in the text ·
                    "placeholder" an unfilled {seconds} · "errors" 429 with `Errors[].Code` ·
                    "envelope" HTTP 200 with `Errors[].Code` 429
    truncate        executed, the answer's body cut in half; `cut`: "body" (a complete HTTP
                    message, default) or "connection" (dropped midway)
    html            200 with an HTML page instead of the answer; `executed` (default false)
    hang            no answer for `seconds` (default 3600), then dropped; `executed`
    late            dropped at once, executed `seconds` later (default 1)
    redirect        `status` (default 307) to `location`, nothing executed
    delay           answered as usual, `seconds` later; adds up over rules
    stale-list      lists omit what was made within the last `seconds` (default 5)
    page-shift      pages after the first start `rows` (default 1) later than they should, as when a
                    row of an earlier page was deleted meanwhile; negative repeats rows

The first rule that strikes decides; `delay`, `stale-list` and `page-shift` combine with others.
"""

from __future__ import annotations

import json
import re
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct
from msgspec.structs import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class FaultRuleError(ValueError):
    """A fault rule that cannot be understood; the message names the rule and its field."""


class ConnectionDropped(Exception):
    """Raised through the ASGI application where a server would drop the TCP connection."""


class FaultKind(StrEnum):
    """What a rule does; see the module's docstring."""

    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    STATUS_BEFORE = "status-before"
    STATUS_AFTER = "status-after"
    RATE_LIMIT = "rate-limit"
    TRUNCATE = "truncate"
    HTML = "html"
    HANG = "hang"
    LATE = "late"
    REDIRECT = "redirect"
    DELAY = "delay"
    STALE_LIST = "stale-list"
    PAGE_SHIFT = "page-shift"


_COMBINING = frozenset({FaultKind.DELAY, FaultKind.STALE_LIST, FaultKind.PAGE_SHIFT})
_DEFAULT_SECONDS = {
    FaultKind.RATE_LIMIT: 12.0,
    FaultKind.HANG: 3600.0,
    FaultKind.LATE: 1.0,
    FaultKind.STALE_LIST: 5.0,
}
_DEFAULT_STATUS = {FaultKind.REDIRECT: 307}
_FORMS = ("header", "text", "please", "bare", "placeholder", "errors", "envelope")
_CUTS = ("body", "connection")


class Rule(Struct, frozen=True, kw_only=True):
    """One rule; field names are those of the JSON, see the module's docstring."""

    fault: FaultKind
    provider: str | None = None
    method: str | None = None
    path: re.Pattern[str] | None = None
    query: re.Pattern[str] | None = None
    body: re.Pattern[str] | None = None
    nth: frozenset[int] | None = None
    every: int | None = None
    times: int | None = None
    status: int = 503
    seconds: float = 0.0
    text: str | None = None
    form: str = "header"
    cut: str = "body"
    location: str = "http://canary.invalid/"
    executed: bool = False
    rows: int = 1

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """A rule from its JSON object. Raises `FaultRuleError`."""
        unknown = sorted(set(data) - {field.name for field in fields(cls)})
        if unknown:
            raise FaultRuleError(_complaint(data, f"unknown field {unknown[0]!r}"))
        try:
            kind = FaultKind(data.get("fault", ""))
        except ValueError:
            kinds = ", ".join(FaultKind)
            raise FaultRuleError(_complaint(data, f"'fault' must be one of {kinds}")) from None
        values = dict(data) | {"fault": kind}
        for name in ("path", "query", "body"):
            if data.get(name) is not None:
                values[name] = _pattern(data, name)
        if data.get("nth") is not None:
            values["nth"] = _numbers(data)
        if data.get("method") is not None:
            values["method"] = str(data["method"]).upper()
        values.setdefault("seconds", _DEFAULT_SECONDS.get(kind, 0.0))
        values.setdefault("status", _DEFAULT_STATUS.get(kind, 503))
        _check(data, values)
        return cls(**values)

    def matches(self, request: FaultRequest) -> bool:
        """Whether the rule is for this request, regardless of `nth`, `every` and `times`."""
        return (
            (self.provider is None or self.provider == request.provider)
            and (self.method is None or self.method == request.method)
            and (self.path is None or self.path.search(request.path) is not None)
            and (self.query is None or self.query.search(request.query) is not None)
            and (
                self.body is None
                or self.body.search(request.body.decode("utf-8", "replace")) is not None
            )
        )

    def strikes(self, count: int, fired: int) -> bool:
        """Whether the `count`-th matching request is hit, after `fired` hits so far."""
        if self.times is not None and fired >= self.times:
            return False
        if self.nth is not None:
            return count in self.nth
        return self.every is None or count % self.every == 0


class FaultRequest(Struct, frozen=True, kw_only=True):
    """What rules look at."""

    provider: str
    method: str
    path: str
    """Below the provider's mount, decoded."""
    query: str = ""
    body: bytes = b""


class Injection(Struct, frozen=True, kw_only=True):
    """What the rules do to one request."""

    rule: Rule | None = None
    """The rule that decides the answer; never one that combines with others."""
    delay: float = 0.0
    hidden_seconds: float = 0.0
    shift: int = 0


class Faults:
    """A list of rules with their counters. Counting starts when the object is made."""

    def __init__(self, rules: Iterable[Rule | Mapping[str, Any]] = ()) -> None:
        self._lock = threading.Lock()
        self.rules: list[Rule] = []
        self._matched: list[int] = []
        self._fired: list[int] = []
        self.replace(rules)

    @classmethod
    def load(cls, path: Path) -> Faults:
        """Rules from a JSON file. Raises `FaultRuleError` or, for the file, `OSError`."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            msg = f"{path}: not JSON: {error}"
            raise FaultRuleError(msg) from error
        if not isinstance(data, list) or not all(isinstance(rule, dict) for rule in data):
            msg = f"{path}: must be a JSON list of rules"
            raise FaultRuleError(msg)
        return cls(data)

    def replace(self, rules: Iterable[Rule | Mapping[str, Any]]) -> None:
        """Replace all rules by these; counting starts again."""
        parsed = [rule if isinstance(rule, Rule) else Rule.parse(rule) for rule in rules]
        with self._lock:
            self.rules = parsed
            self._matched = [0] * len(parsed)
            self._fired = [0] * len(parsed)

    def fired(self) -> Sequence[int]:
        """How often each rule has struck so far, in the order of the rules."""
        return tuple(self._fired)

    def pick(self, request: FaultRequest) -> Injection:
        """Count the request, and return what the rules do to it."""
        decided: Rule | None = None
        delay = hidden = 0.0
        shift = 0
        with self._lock:
            for index, rule in enumerate(self.rules):
                if not rule.matches(request):
                    continue
                self._matched[index] += 1
                if not rule.strikes(self._matched[index], self._fired[index]):
                    continue
                if rule.fault not in _COMBINING:
                    if decided is not None:
                        continue
                    decided = rule
                self._fired[index] += 1
                delay += rule.seconds if rule.fault is FaultKind.DELAY else 0.0
                hidden = max(hidden, rule.seconds if rule.fault is FaultKind.STALE_LIST else 0.0)
                shift += rule.rows if rule.fault is FaultKind.PAGE_SHIFT else 0
        return Injection(rule=decided, delay=delay, hidden_seconds=hidden, shift=shift)


def _pattern(data: Mapping[str, Any], name: str) -> re.Pattern[str]:
    try:
        return re.compile(data[name])
    except (re.error, TypeError) as error:
        raise FaultRuleError(
            _complaint(data, f"{name!r} is no regular expression: {error}")
        ) from error


def _numbers(data: Mapping[str, Any]) -> frozenset[int]:
    nth = data["nth"]
    numbers = frozenset(nth) if isinstance(nth, (list, tuple, set, frozenset)) else frozenset({nth})
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise FaultRuleError(_complaint(data, "'nth' counts from 1: a number or a list of numbers"))
    return numbers


def _check(data: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for name in ("every", "times"):
        number = values.get(name)
        if number is not None and not (isinstance(number, int) and number > 0):
            raise FaultRuleError(_complaint(data, f"{name!r} must be a positive integer"))
    if not isinstance(values["seconds"], (int, float)) or values["seconds"] < 0:
        raise FaultRuleError(_complaint(data, "'seconds' must be a number, not negative"))
    if not isinstance(values["status"], int):
        raise FaultRuleError(_complaint(data, "'status' must be an HTTP status"))
    if values.get("form", "header") not in _FORMS:
        raise FaultRuleError(_complaint(data, f"'form' must be one of {', '.join(_FORMS)}"))
    if values.get("cut", "body") not in _CUTS:
        raise FaultRuleError(_complaint(data, f"'cut' must be one of {', '.join(_CUTS)}"))


def _complaint(data: Mapping[str, Any], what: str) -> str:
    return f"fault rule {json.dumps(dict(data), default=str)}: {what}"
