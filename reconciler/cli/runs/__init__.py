"""Runs: planning, asking, carrying out, verifying, as several commands do them.

| module | does |
|---|---|
| `planning`, `applying` | what plan, apply and destroy have in common |
| `choosing` | which resources are meant |
| `confirm` | asks before anything is changed |
| `policing`, `judging` | which policies judge, if any; what they judge, and when |
| `importing` | reads what is asked of an import, and carries it out |
| `accepting` | writes drift into manifests |
| `verifying` | verifies what is chosen |
| `watching` | shows what the engine tells about its progress |
| `endings` | what `state history` says of a run that changed nothing |
"""
