"""Verifying: does what was applied work?

| module | holds |
|---|---|
| `due` | whether a canary is to be sent now, as a pure function |
"""
