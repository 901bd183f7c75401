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
| `asking` | asks one server one question: the one module that puts anything on the wire |
| `sparing` | asks nothing of servers that are silent |
| `servers` | finds the servers of zones |
| `judging` | what an answer says about a record that is needed |
| `checking`, `waiting` | looks for records at all servers, once or until they are there |
| `mending` | what the SPF record that DNS has must become |
| `counting`, `remarks` | counts look-ups of SPF; what else is to be said about what DNS has |

No provider is known here: what its answers mean, its own folder says (`Handler.look_at_dns`).
"""
