"""DNS: the records that sender domains need, as zones and files, and whether they are there.

| module or folder | does |
|---|---|
| `names` | tells host names from anything else |
| `records` | makes records out of what providers say, or says why they are none |
| `suffixes` | finds the zone of a name, without a network |
| `zones` | sorts records into zones, and keeps apart what cannot stand together |
| `texts` | what a TXT record is for, and whether two say the same |
| `spf` | puts SPF records together |
| `formats/` | zones as the files of other tools |
| `queries` | asks one server one question: the one module that puts anything on the wire |
| `silent_servers` | asks nothing of servers that are silent |
| `servers` | finds the servers of zones |
| `record_status` | what an answer says about a record that is needed |
| `checking`, `waiting` | looks for records at all servers, once or until they are there |
| `spf_mending` | what the SPF record that DNS has must become |
| `spf_count` | counts the look-ups that an SPF record causes |
| `advice` | what an experienced mail engineer would say about what DNS has |

No provider is known here: what its answers mean, its own folder says (`Handler.look_at_dns`).
"""
