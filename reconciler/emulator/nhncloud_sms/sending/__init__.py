"""Sending, and asking what became of it.

The page's parts on SMS, MMS, authentication, advertisements, tags, results, statistics and
reservations.

`orders` reads what is to be sent, `sender` sends it, `progress` tells how far a message is at a
moment; the rest are the ways to ask. Times are those of the emulator's clock, in Korea.
"""
