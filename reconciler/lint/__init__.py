"""Lint rules: what an experienced messaging engineer would say about manifests. Offline.

A rule is a small function in a module of `rules`, found by scanning; `rule` has the decorators.
Its `source` names the documentation page or the law it follows from.

| rule | severity | finds |
|---|---|---|
| `nhn-ad-english` | warning | The words (Ads) and "Deny for free", which translate the Korean ones that are required. |
| `nhn-ad-number` | warning | An advertisement whose 080 number is not that of any BlockList, where there are some. |
| `nhn-ad-text` | warning | An advertisement without the free opt-out at its end, or the opt-out without (광고). |
| `nhn-attachment` | warning | A picture that is no JPEG inside, or larger than 1000 by 1000 pixels, or on an SMS. |
| `nhn-blocklist-exclusive` | warning | A block list in mode exclusive, which takes off people who opted out by themselves. |
| `nhn-contact-empty` | warning | A contact whose lists of tags and phone numbers are both empty. |
| `nhn-contact-half` | info | Contacts with tags alone or phone numbers alone, where the API's table requires both. |
| `nhn-duplicate-number` | warning | A phone number that stands twice in a list, once hyphens, spaces and +82 are dropped. |
| `nhn-mms-bytes` | warning | An MMS body of more than 2,000 bytes, or a title of more than 40: carriers cut them. |
| `nhn-placeholder` | warning | A placeholder that is not closed, or is written in another product's way. |
| `nhn-sender-format` | warning | A sender of other than 8 to 11 digits, with a country code, or a wrong area code. |
| `nhn-sms-bytes` | warning | An SMS body of more than 90 bytes, where carriers cut it; Korean letters count two. |
| `nhn-sms-length` | error | An SMS body of more than 255 characters, which NHN Cloud refuses. |
| `nhn-sms-title` | info | A title on a template of type sms, which no recipient sees. |
| `nhn-template-count` | warning | More than 1,000 templates for one account, which is NHN Cloud's documented most. |
| `nhn-unencodable` | warning | Characters that the carriers' EUC-KR lacks, such as emoji: sending fails, or `?` arrives. |
| `webhook-no-bounce` | info | Opens and clicks of e-mail are reported, but neither bounces nor complaints. |
| `webhook-url-insecure` | warning | A webhook over http: recipients' addresses would pass the network in clear. |
| `webhook-url-private` | warning | A webhook whose host the provider cannot reach: localhost, private, link-local, .local. |
| `webhook-url-secret` | warning | A webhook URL with a query parameter that looks like a secret, in Git and in logs. |
"""  # noqa: E501 -- a row of a table is one line; `registry.table` makes them

from reconciler.lint.registry import all_rules
from reconciler.lint.rule import Rule
from reconciler.lint.runner import lint

__all__ = ["Rule", "all_rules", "lint"]
