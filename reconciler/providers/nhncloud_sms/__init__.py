"""NHN Cloud SMS: categories, templates, tags, contacts and block lists.

| module | holds |
|---|---|
| `provider` | the account: credentials, and which module handles which kind |
| `client` | builds requests; reads answers: their envelope, pages and result codes |
| `kinds` | the kinds, as data |
| `convert` | phone numbers, codes, file names: from the API's spelling to that of manifests |
| `callbacks` | checks and reads the calls of its webhooks |
| `categories`, `templates`, `tags`, `contacts`, `blocklist` | the handler of one kind each |
| `attachments`, `senders`, `use` | of templates: files, numbers to send from, how much is sent |
| `messages` | sends a test message (a canary), and asks whether it arrived |
| `lint/` | lint rules, by what they look at |
| `euc_kr`, `jpeg` | how Korean carriers count text; the size of a picture |
"""

from reconciler.providers.nhncloud_sms.provider import NhnCloudSms

PROVIDER = NhnCloudSms
