"""Octeth Email Gateway: sender domains, API keys, SMTP configurations and webhooks.

| module | holds |
|---|---|
| `provider` | the account, and which module handles which kind |
| `client`, `errors` | commands of `POST /api.php`, and what their answers mean |
| `kinds` | the kinds, as data |
| `convert`, `rows` | JSON of both generations to values, and what a row of each list tells |
| `domains`, `api_keys`, `smtp_configs`, `webhooks` | one kind each |
| `end_user` | what a domain's own API key opens |
| `messages`, `smtp` | sends a canary by API or key; logs in and sends by SMTP |
| `proofs` | tries whether delivered secrets still work |
| `lint` | what plan and drift say of accounts |
"""

from reconciler.providers.octeth.provider import OctethProvider

PROVIDER = OctethProvider

__all__ = ["PROVIDER"]
