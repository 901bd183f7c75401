"""EngageLab SMS: signatures and templates, both reviewed by people at EngageLab.

| module | holds |
|---|---|
| `provider` | the `Provider` |
| `client` | what its answers mean |
| `kinds` | the kinds, as data |
| `convert` | between JSON and the words of manifests |
| `reviewed` | what both kinds have in common |
| `signatures`, `templates` | one kind each |
| `callbacks` | reads receipts, which nothing else tells |
| `messages`, `older_messages` | send a canary, with `/v1/messages` or `/v1/send` |
| `lint` | what the review refuses, and placeholders |
"""

from reconciler.providers.engagelab_sms.provider import EngageLabSms

PROVIDER = EngageLabSms
"""EngageLab SMS, management API v1."""
