"""What differs, and what is remembered of it.

| module | does |
|---|---|
| `fields` | the difference of one object's fields, three ways |
| `members` | the members of a set kind |
| `identity` | whether the object with a remembered id is still the one that state means |
| `rows` | the state row that a resource has once it is as desired |
| `shown` | how values look in a plan: numbers masked, owned objects by name |
"""
