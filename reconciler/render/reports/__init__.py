"""One run, many outputs: what `--report FORMAT=PATH` writes.

Every format is made from the same `Report`, which holds the JSON document of the run. All of it may
be text of somebody else's: each format encodes what it takes over, and none trusts it.

| module | holds |
|---|---|
| `report` | what a report is made from |
| `formats` | which formats there are, and which command has which |
| `markdown` | a comment for a pull request |
| `html` | a page |
| `page_parts` | what all parts of that page are made of |
| `page_records` | the part with DNS records |
| `page_style` | the style of that page, light and dark |
| `sarif` | findings for code scanning |
| `junit` | a case for each resource |
| `gitlab` | GitLab's code quality and Terraform widgets |
| `github` | step summary, outputs and annotations of GitHub Actions |
"""

from reconciler.render.reports.formats import FORMATS, Format, encoded
from reconciler.render.reports.report import Report

__all__ = ["FORMATS", "Format", "Report", "encoded"]
