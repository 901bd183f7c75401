"""One write, crash-safely.

| module | does |
|---|---|
| `writer` | the intent first, then the request, then its answer |
| `sending` | sends a step for as long as the run may write |
| `delivery` | brings generated secrets to their sinks |
"""
