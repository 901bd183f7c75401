"""Sending, and asking what became of it.

| module | does |
|---|---|
| `sender`, `tag_sender` | send to numbers; to everybody who carries some tags |
| `orders`, `recipients` | read what is to be sent, and to whom |
| `texts` | fills titles and bodies, and holds them against limits and law |
| `progress` | tells how far a message is at a moment |
| `results`, `searches`, `statistics` | ask what became of messages |
| `downloads` | makes a file of what a query finds |
| `reservations` | lists and cancels what is to be sent later |
| `times` | moments as the page writes them |

The page's parts on SMS, MMS, authentication, advertisements, tags, results, statistics and
reservations.

Times are those of the emulator's clock, in Korea.
"""
