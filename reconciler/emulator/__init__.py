"""Emulated messaging providers, written from the providers' own documentation.

Nothing here knows our clients: an emulator that shared their code would agree with their mistakes.
`app` builds the ASGI application, which needs no port; `server` serves it on one, `faults` makes it
misbehave on command, `store` keeps its data.
"""
