"""EngageLab SMS: signatures and templates, both reviewed by people at EngageLab.

| module | holds |
|---|---|
| `provider` | the account: credentials, and which module handles which kind |
| `client` | what answers mean |
| `kinds` | the kinds, as data |
| `convert` | from the API's JSON to the words of manifests, and back |
| `reviewed` | the common base of both kinds: reviewed after each change |
| `signatures`, `templates` | the handler of one kind each |
| `callbacks` | checks and reads callbacks, the only source of receipts |
| `messages`, `older_messages` | send a test message (a canary): by `/v1/messages`, by `/v1/send` |
| `lint` | rules about texts that the review refuses, and about placeholders |
"""

from reconciler.providers.engagelab_sms.provider import EngageLabSms

PROVIDER = EngageLabSms
"""EngageLab SMS, management API v1."""
