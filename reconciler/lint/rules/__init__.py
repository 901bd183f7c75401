"""The rules for all providers. Modules are found by scanning: a new one needs no other edit."""
