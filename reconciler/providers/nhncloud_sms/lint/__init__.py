"""Lint rules of NHN Cloud SMS, a module for each thing they look at.

| module | looks at |
|---|---|
| `text` | lengths, characters, placeholders |
| `templates` | sender numbers, pictures, and how many there may be |
| `advertising` | the mark and the free opt-out that advertising needs |
| `phone_numbers` | phone numbers that are probably not the intended ones |
| `recipients` | contacts and block lists; shows no phone number |
| `senders` | sender numbers, as the account knows them |
"""
