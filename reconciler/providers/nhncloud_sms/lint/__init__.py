"""Lint rules of NHN Cloud SMS, a module for each thing they look at.

| module | looks at |
|---|---|
| `text` | lengths, characters, placeholders |
| `templates` | sender numbers, pictures, and how many there may be |
| `advertising` | the mark and the way out that advertising needs |
| `phone_numbers` | numbers that are probably not those that are meant |
| `recipients` | contacts and block lists; shows no phone number |
| `senders` | sender numbers, which only the account tells |
"""
