"""Octeth Email Gateway: sender domains, API keys, SMTP configurations and webhooks.

| module | holds |
|---|---|
| `provider` | the `Provider` |
| `client`, `errors` | commands of `POST /api.php`, and what their answers mean |
| `convert`, `rows`, `kinds` | JSON of both generations to values; the kinds as data |
| `observe`, `grouping` | reading an account; webhook rows grouped into webhooks |
| `domains`, `credentials`, `webhooks`, `tasks` | carrying out changes |
"""

from reconciler.providers.octeth.provider import OctethProvider

PROVIDER = OctethProvider

__all__ = ["PROVIDER"]
