"""DNS records of sender domains, for `reconciler dns`.

| module | does |
|---|---|
| `steps` | one way of the command after the other |
| `domains` | which records are known; has providers verify domains |
| `checks` | asks DNS whether it has the records |
| `zone_files` | writes zones |
"""
