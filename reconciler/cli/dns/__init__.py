"""DNS records of sender domains, for `reconciler dns`.

| module | does |
|---|---|
| `steps` | what the command does, step by step |
| `domains` | the records that state knows; asks providers for them, and to verify domains |
| `checks` | asks DNS servers whether they have the records |
| `zone_files` | writes or prints zones as files of other tools |
"""
