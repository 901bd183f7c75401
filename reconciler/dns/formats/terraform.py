"""Zones as a local value for Terraform and OpenTofu, for resources of any DNS provider."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from reconciler.dns.formats.comments import MARK, by_hand
from reconciler.model.zones import RecordSet, RecordType, Zone

LOCAL = "messaging_dns_records"
_USES = """\
Records by zone/type/name. TXT values are plain text: quote and split them where a
provider wants that. One resource takes them all, for example one of these:
resource "aws_route53_record" "messaging" {
  for_each = local.messaging_dns_records
  zone_id  = var.zone_ids[each.value.zone]
  name     = each.value.fqdn
  type     = each.value.type
  ttl      = each.value.ttl
  records = [for value in each.value.records : each.value.type != "TXT" ? value :
    join("\\"\\"", regexall(".{1,255}", value))]
}
resource "google_dns_record_set" "messaging" {
  for_each     = local.messaging_dns_records
  managed_zone = var.managed_zones[each.value.zone]
  name         = "${each.value.fqdn}."
  type         = each.value.type
  ttl          = each.value.ttl
  rrdatas = [for value in each.value.records : each.value.type != "TXT" ? value :
    join(" ", [for part in regexall(".{1,255}", value) :
      format("\\"%s\\"", replace(part, "/[\\"\\\\\\\\]/", "\\\\$0"))])]
}
resource "cloudflare_dns_record" "messaging" {
  for_each = merge([for key, record in local.messaging_dns_records : {
    for value in record.records : "${key}/${sha1(value)}" => merge(record, { value = value })
  }]...)
  zone_id = var.zone_ids[each.value.zone]
  name    = each.value.fqdn
  type    = each.value.type
  ttl     = each.value.ttl
  content = trimsuffix(each.value.value, ".")
}
"""
"""A comment with examples of how records become resources of three DNS providers."""


def terraform(zones: Iterable[Zone]) -> str:
    """Return all zones as one file in Terraform's JSON syntax."""
    kept = list(zones)
    comments = [f"{MARK}: what sender domains need in DNS.", *_USES.splitlines()]
    comments += [line for zone in kept for line in by_hand(zone)]
    records = {
        f"{zone.name}/{record.type}/{record.name(zone.name) or '@'}": _record(record, zone)
        for zone in kept
        for record in zone.written
    }
    document = {"//": comments, "locals": {LOCAL: records}}
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def _record(record: RecordSet, zone: Zone) -> dict[str, object]:
    return {
        "zone": zone.name,
        "name": record.name(zone.name) or "@",
        "fqdn": record.fqdn,
        "type": record.type.value,
        "ttl": record.ttl,
        "records": _values(record),
    }


def _values(record: RecordSet) -> Sequence[str]:
    dot = "." if record.type in {RecordType.CNAME, RecordType.MX} else ""
    return [literal(f"{value}{dot}") for value in record.values]


def literal(text: str) -> str:
    """Return a text for Terraform's JSON syntax, where `${` and `%{` would begin a template."""
    return text.replace("${", "$${").replace("%{", "%%{")
