"""Webhook calls of providers, for `reconciler webhook` and `verify`.

| module | does |
|---|---|
| `callbacks` | whose calls are checked, and with what key |
| `receiving` | opens a port for them |
| `collected` | reads receipts that somebody collected |
"""
