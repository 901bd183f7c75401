"""Octeth Email Gateway: sender domains, API keys, SMTP configurations and webhooks.

| module | holds |
|---|---|
| `provider` | the account, and which module handles which kind |
| `client`, `errors` | sends the commands of `POST /api.php`; tells what their answers mean |
| `kinds` | the kinds, as data |
| `convert`, `rows` | reads the JSON of older and newer servers; the values read from a list's row |
| `domains`, `api_keys`, `smtp_configs`, `webhooks` | the handler of one kind each |
| `end_user` | the endpoints that take a domain's own API key |
| `messages`, `smtp` | sends a test message (a canary), by API or SMTP; the SMTP client |
| `proofs` | tests whether delivered secrets still work |
| `lint` | what plan and drift report about domains and keys |
"""

from reconciler.providers.octeth.provider import OctethProvider

PROVIDER = OctethProvider

__all__ = ["PROVIDER"]
