"""What the accounts hold now.

| module | does |
|---|---|
| `observer` | reads live state of all accounts, in bulk and in parallel |
| `index` | finds the live object of an address: by id, by group, by natural key |
| `absence` | decides when an object that is not listed counts as gone |
| `unlisted` | marks objects that were made and that no list has shown yet |
| `reviews` | which review a piece of work has to wait for |
| `review_findings` | findings about objects whose review is pending or rejected them |
| `delivered` | whether delivered secrets are still in their sinks, and what may be overwritten |
"""
