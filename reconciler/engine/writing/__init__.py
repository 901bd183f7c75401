"""One write, crash-safely.

| module | does |
|---|---|
| `writer` | the intent first, then the request, then its answer |
| `delivery` | brings generated secrets to their sinks |
"""
