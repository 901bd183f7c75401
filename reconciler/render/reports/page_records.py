"""The part of the page with DNS records: what is needed, and what each server has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler.render.envelope import Document
from reconciler.render.reports.page_parts import plain, section
from reconciler.render.reports.report import Report

_OK = "ok"


def by_status(report: Report) -> Mapping[str, int]:
    """Return the number of records by their status in DNS."""
    return Counter(record["status"] for record in report.records if "status" in record)


def records(report: Report) -> Iterator[str]:
    """Yield a section for each zone, problems first, and one with the answers of providers."""
    for zone in report.document.get("zones", ()):
        ordered = sorted(zone["records"], key=lambda each: each.get("status", _OK) == _OK)
        yield section(f"Zone {zone['zone']}", "".join(map(_record, ordered)))
    rows = "".join(map(_domain, report.document.get("domains", ())))
    yield section("What providers say", f"<table><tbody>{rows}</tbody></table>" if rows else "")


def _record(record: Document) -> str:
    status = record.get("status", _OK)
    aside = f"TTL {record['ttl']:,} · for {', '.join(record['for'])}"
    head = (
        f"<summary><span class='tag {plain(status)}'>{plain(status)}</span> <code>"
        f"{plain(record['fqdn'])} {plain(record['type'])}</code> "
        f"<span class=quiet>{plain(aside)}</span></summary>"
    )
    rows = _row("wanted", "", record["values"])
    if "change" in record:
        rows += _row("change yours to", "", [record["change"]])
    rows += "".join(
        _row(each["server"], each["status"], each["found"] or [each["reason"]])
        for each in record.get("servers", ())
    )
    opened = "" if status == _OK else " open"
    return f"<details{opened}>{head}<table><tbody>{rows}</tbody></table></details>"


def _row(who: str, status: str, values: Iterable[str]) -> str:
    lines = "".join(f"<div>{plain(value)}</div>" for value in values)
    tag = f"<span class='tag {plain(status)}'>{plain(status)}</span>" if status else ""
    return f"<tr><th>{plain(who)}</th><td>{tag}</td><td class=new>{lines}</td></tr>"


def _domain(domain: Document) -> str:
    status = "verified" if domain["verified"] else "unverified"
    return (
        f"<tr><td><span class='tag {status}'>{status}</span></td>"
        f"<td><code>{plain(domain['address'])}</code></td><td>{plain(domain['reason'])}</td></tr>"
    )
