"""Applies the project's levels and the manifests' `ignoreRules` to findings of any origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from reconciler.lint.registry import offline_rules
from reconciler.manifests.loading_rules import IGNORE_EXPIRED, IGNORE_UNNEEDED
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.lint import Ignore, Level, RuleLevel
from reconciler.model.resource import Configuration

_SAYS = "metadata.ignoreRules has"


def rate(
    findings: Iterable[Finding],
    configuration: Configuration,
    *,
    today: date,
    whole: bool,
) -> tuple[Finding, ...]:
    """Return findings with the project's severities: rules off left out, ignored findings marked.

    Findings about `ignoreRules` entries that have expired or that nothing needs are added.

    Args:
        findings: What rules found, offline and in live state.
        configuration: The manifests, with levels and `ignoreRules`.
        today: The date in UTC.
        whole: Whether `findings` has all that offline rules find. Only then an entry for such a
            rule without a finding counts as unneeded.
    """
    levels = configuration.project.lint.rules
    ignores = ignores_by_address(configuration)
    if not levels and not ignores:
        return tuple(findings)
    found = list(_levelled(findings, levels))
    marked = [_marked(each, ignores, today) for each in found]
    if not ignores:
        return tuple(marked)
    entries = _Entries(
        today=today,
        found=frozenset((each.address, each.rule) for each in found),
        offline=frozenset(rule.id for rule in offline_rules()) if whole else frozenset(),
    )
    return (*marked, *_levelled(entries.remarks(ignores), levels))


def ignores_by_address(configuration: Configuration) -> dict[Address, Sequence[Ignore]]:
    """Return the `ignoreRules` of all manifests that have any."""
    resources, canaries = configuration.resources, configuration.canaries
    found: dict[Address, Sequence[Ignore]] = {a: r.ignores for a, r in resources.items()}
    found |= {address: canary.ignores for address, canary in canaries.items()}
    return {address: ignores for address, ignores in found.items() if ignores}


def judges_entries(configuration: Configuration) -> bool:
    """Tell whether an unneeded `ignoreRules` entry can be recognised from these manifests alone.

    With several environments it cannot: only `validate` reads them all.
    """
    return configuration.whole and not configuration.environment.name


def without_needed_elsewhere(
    found: Sequence[tuple[Configuration, Sequence[Finding]]],
) -> list[tuple[Finding, ...]]:
    """Return each environment's findings; an entry that any environment needs is not unneeded."""
    unneeded = [{f.origin for f in each if f.rule == IGNORE_UNNEEDED.id} for _, each in found]

    def needed(finding: Finding) -> bool:
        return any(
            finding.origin not in here and _declares(configuration, finding.address)
            for (configuration, _), here in zip(found, unneeded, strict=True)
        )

    return [
        tuple(f for f in findings if f.rule != IGNORE_UNNEEDED.id or not needed(f))
        for _, findings in found
    ]


def _declares(configuration: Configuration, address: Address | None) -> bool:
    return address in configuration.resources or address in configuration.canaries


def _levelled(findings: Iterable[Finding], levels: Mapping[str, RuleLevel]) -> Iterator[Finding]:
    for finding in findings:
        setting = levels.get(finding.rule)
        if setting is None:
            yield finding
        elif setting.level is not Level.OFF:
            severity = Severity(setting.level.value)
            yield replace(finding, severity=severity, refuses_writes=False)


def _marked(finding: Finding, ignores: Mapping[Address, Sequence[Ignore]], today: date) -> Finding:
    if finding.address is None:
        return finding
    for ignore in ignores.get(finding.address, ()):
        if ignore.rule == finding.rule and not _expired(ignore, today):
            return replace(finding, ignored=ignore)
    return finding


def _expired(ignore: Ignore, today: date) -> bool:
    return ignore.until is not None and ignore.until < today


class _Entries(Struct, frozen=True, kw_only=True):
    """Tells which `ignoreRules` entries have expired or are unneeded."""

    today: date
    found: frozenset[tuple[Address | None, str]]
    offline: frozenset[str]
    """The rules of which every finding is known."""

    def remarks(self, ignores: Mapping[Address, Sequence[Ignore]]) -> Iterator[Finding]:
        for address, several in ignores.items():
            seen: set[str] = set()
            for ignore in several:
                in_use = (address, ignore.rule) in self.found
                judged = in_use or ignore.rule in self.offline
                if judged and _expired(ignore, self.today):
                    yield _expired_finding(ignore, address, in_use=in_use)
                elif judged and (not in_use or ignore.rule in seen):
                    message = f"{_SAYS} {ignore.rule}, which finds nothing here; remove the entry"
                    yield IGNORE_UNNEEDED.found(message, ignore.origin, address)
                else:
                    seen.add(ignore.rule)


def _expired_finding(ignore: Ignore, address: Address, *, in_use: bool) -> Finding:
    way_out = "mend what it finds, or give a new day" if in_use else "remove the entry"
    message = f"{_SAYS} {ignore.rule} until {ignore.until}, which is over; {way_out}"
    return IGNORE_EXPIRED.found(message, ignore.origin, address)
