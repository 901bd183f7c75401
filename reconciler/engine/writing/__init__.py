"""Sends one write crash-safely, and delivers the secret that came back.

| module | does |
|---|---|
| `writer` | writes one step: stores the intent, sends the request, stores the answer |
| `sending` | sends a request, as long as the run may write |
| `delivery` | delivers generated secrets to their sinks |
"""
