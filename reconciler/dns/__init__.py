"""DNS: the records that sender domains need, as zones and files, and whether they are there.

| module or folder | does |
|---|---|
| `names` | tells host names from anything else |
| `cleaning` | makes records out of what providers say, or says why they are none |
| `suffixes` | finds the zone of a name, without a network |
| `zones` | sorts records into zones, and keeps apart what cannot stand together |
| `texts` | what a TXT record is for, and whether two say the same |
| `spf` | puts SPF records together |
| `formats/` | zones as the files of other tools |

No provider is known here: what its answers mean, its own folder says (`Handler.look_at_dns`).
"""
