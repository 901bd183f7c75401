"""The formats of `--report FORMAT=PATH`.

Every format is made from the same `Report`, which holds the JSON document of the run. Any text in
it may be untrusted, so each format encodes what it takes from there.

| module | holds |
|---|---|
| `report` | `Report`, from which every format is made, and its problems |
| `formats` | how each format of a file is written and recognised |
| `markdown` | a comment for a pull request |
| `html` | a page |
| `page_parts` | helpers of all parts of that page |
| `page_records` | the part of that page with DNS records |
| `page_style` | the style sheet of that page, light and dark |
| `sarif` | findings for code scanning |
| `junit` | a case for each resource |
| `gitlab` | GitLab's code quality and Terraform widgets |
| `github` | step summary, outputs and annotations of GitHub Actions |
"""

from reconciler.render.reports.formats import FORMATS, Format, encoded
from reconciler.render.reports.report import Report

__all__ = ["FORMATS", "Format", "Report", "encoded"]
