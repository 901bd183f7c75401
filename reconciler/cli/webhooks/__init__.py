"""Webhook calls of providers, for `reconciler webhook` and `verify`.

| module | does |
|---|---|
| `callbacks` | whose calls are checked, and the key of their signatures |
| `receiving` | the web application that receives and checks calls |
| `collected` | reads delivery receipts from files of collected calls |
"""
