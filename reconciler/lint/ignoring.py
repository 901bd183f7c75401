"""Applies levels and ignored rules to findings, whoever found them."""

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
    """Return findings as bad as the project says, without what is off; what is ignored says so.

    Args:
        findings: What rules found, offline and in live state.
        configuration: What manifests say.
        today: In UTC.
        whole: All that offline rules find is among the findings, so that an entry of theirs that
            meets none is not needed. Of other rules, and of parts, that cannot be told.
    """
    levels = configuration.project.lint.rules
    ignores = ignores_by_address(configuration)
    if not levels and not ignores:
        return tuple(findings)
    found = list(_levelled(findings, levels))
    told = [_told(each, ignores, today) for each in found]
    if not ignores:
        return tuple(told)
    entries = _Entries(
        today=today,
        found=frozenset((each.address, each.rule) for each in found),
        offline=frozenset(rule.id for rule in offline_rules()) if whole else frozenset(),
    )
    return (*told, *_levelled(entries.remarks(ignores), levels))


def ignores_by_address(configuration: Configuration) -> dict[Address, Sequence[Ignore]]:
    """Return the entries of all manifests that have any."""
    resources, canaries = configuration.resources, configuration.canaries
    found: dict[Address, Sequence[Ignore]] = {a: r.ignores for a, r in resources.items()}
    found |= {address: canary.ignores for address, canary in canaries.items()}
    return {address: ignores for address, ignores in found.items() if ignores}


def judges_entries(configuration: Configuration) -> bool:
    """Tell whether these manifests are all that an entry could be needed for.

    Of several environments `validate` alone reads all.
    """
    return configuration.whole and not configuration.environment.name


def without_needed_elsewhere(
    found: Sequence[tuple[Configuration, Sequence[Finding]]],
) -> list[tuple[Finding, ...]]:
    """Return the findings of each environment; an entry that one of them needs is not unneeded."""
    unneeded = [{f.origin for f in each if f.rule == IGNORE_UNNEEDED.id} for _, each in found]

    def needed(finding: Finding) -> bool:
        return any(
            finding.origin not in here and _has(configuration, finding.address)
            for (configuration, _), here in zip(found, unneeded, strict=True)
        )

    return [
        tuple(f for f in findings if f.rule != IGNORE_UNNEEDED.id or not needed(f))
        for _, findings in found
    ]


def _has(configuration: Configuration, address: Address | None) -> bool:
    return address in configuration.resources or address in configuration.canaries


def _levelled(findings: Iterable[Finding], levels: Mapping[str, RuleLevel]) -> Iterator[Finding]:
    for finding in findings:
        said = levels.get(finding.rule)
        if said is None:
            yield finding
        elif said.level is not Level.OFF:
            severity = Severity(said.level.value)
            yield replace(finding, severity=severity, refuses_writes=False)


def _told(finding: Finding, ignores: Mapping[Address, Sequence[Ignore]], today: date) -> Finding:
    if finding.address is None:
        return finding
    for ignore in ignores.get(finding.address, ()):
        if ignore.rule == finding.rule and not _expired(ignore, today):
            return replace(finding, ignored=ignore)
    return finding


def _expired(ignore: Ignore, today: date) -> bool:
    return ignore.until is not None and ignore.until < today


class _Entries(Struct, frozen=True, kw_only=True):
    """Tells which entries are of no use."""

    today: date
    found: frozenset[tuple[Address | None, str]]
    offline: frozenset[str]
    """The rules that have looked at every manifest."""

    def remarks(self, ignores: Mapping[Address, Sequence[Ignore]]) -> Iterator[Finding]:
        for address, several in ignores.items():
            seen: set[str] = set()
            for ignore in several:
                met = (address, ignore.rule) in self.found
                judged = met or ignore.rule in self.offline
                if judged and _expired(ignore, self.today):
                    yield _over(ignore, address, met=met)
                elif judged and (not met or ignore.rule in seen):
                    message = f"{_SAYS} {ignore.rule}, which finds nothing here; remove the entry"
                    yield IGNORE_UNNEEDED.found(message, ignore.origin, address)
                else:
                    seen.add(ignore.rule)


def _over(ignore: Ignore, address: Address, *, met: bool) -> Finding:
    way_out = "mend what it finds, or give a new day" if met else "remove the entry"
    message = f"{_SAYS} {ignore.rule} until {ignore.until}, which is over; {way_out}"
    return IGNORE_EXPIRED.found(message, ignore.origin, address)
