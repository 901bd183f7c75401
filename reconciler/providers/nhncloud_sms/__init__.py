"""NHN Cloud SMS: categories, templates, tags, contacts and block lists.

| module | holds |
|---|---|
| `provider` | the `Provider`, which hands each kind to its module |
| `client` | requests, the envelope of answers, what their codes mean |
| `paging` | lists in pages, read in parallel until they add up |
| `kinds` | the kinds, as data |
| `convert` | numbers, flags, ids: between JSON and the words of manifests |
| `handler` | what the modules of the kinds have in common |
| `categories`, `templates`, `attachments`, `senders`, `tags`, `contacts`, `blocklist` | one each |
"""

from reconciler.providers.nhncloud_sms.provider import NhnCloudSms

PROVIDER = NhnCloudSms
