"""NHN Cloud SMS: categories, templates, tags, contacts and block lists.

| module | holds |
|---|---|
| `provider` | the account: credentials, and which module handles which kind |
| `client` | requests, the envelope of answers, pages, what codes mean |
| `kinds` | the kinds, as data |
| `convert` | numbers, codes, names of files: between JSON and the words of manifests |
| `callbacks` | webhook calls |
| `categories`, `templates`, `attachments`, `senders`, `tags`, `contacts`, `blocklist` | one each |
| `use` | how a template is used |
| `messages` | sends a canary, and asks what became of it |
| `lint/` | lint rules, by what they look at |
| `euc_kr`, `jpeg` | how Korean carriers count text; how large a picture is |
"""

from reconciler.providers.nhncloud_sms.provider import NhnCloudSms

PROVIDER = NhnCloudSms
