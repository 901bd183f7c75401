"""What the accounts hold now.

| module | does |
|---|---|
| `observer` | reads live state of all accounts, in bulk and in parallel |
| `index` | finds the live object of an address: by id, by group, by natural key |
| `absence` | when an object that is not listed may be called gone |
| `reviews`, `review_findings` | what waits for a provider's reviewers; what they say, for people |
| `unlisted` | what was made and no list has shown yet |
| `delivered` | whether delivered secrets are still in their sinks |
"""
