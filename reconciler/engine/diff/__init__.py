"""What differs between desired, live and last applied.

| module | does |
|---|---|
| `fields` | compares the fields of one object three ways: desired, live, last applied |
| `members` | compares the members of a set kind |
| `identity` | refuses a live object that has the remembered id but is another object |
| `rows` | makes the state row of a resource: as desired, or after one step |
| `shown` | how values look to people: numbers masked, owned objects by name |
"""
