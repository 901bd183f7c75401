"""The rules. A module here is found by scanning; adding one edits no other file."""
