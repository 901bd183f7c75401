"""Manifests: YAML and JSON text to checked resources. Offline, and without running anything.

| module | holds |
|---|---|
| `loader` | `load`: the one way in |
| `fault` | `Fault`, `Loaded` |
| `files` | finding and reading files, inside the project |
| `text`, `yaml_reader`, `json_reader`, `scalars` | text to values, within limits |
| `positions`, `document` | documents, and where their values stand |
| `schema`, `rules` | the JSON Schemas, and what is compiled of them |
| `validator`, `explain` | whether a document fits; why it does not, in words |
| `project`, `accounts`, `resource_reader` | the three sorts of documents |
| `paths`, `references` | checks beyond the schema |
| `members` | the numbers of block lists, as streams |
"""

from reconciler.manifests.fault import Fault, Loaded
from reconciler.manifests.loader import load
from reconciler.manifests.members import member_faults, members_of
from reconciler.manifests.schema import (
    all_kinds,
    kinds_of,
    manifest_schema,
    project_schema,
    provider_types,
    schema_of,
)

__all__ = [
    "Fault",
    "Loaded",
    "all_kinds",
    "kinds_of",
    "load",
    "manifest_schema",
    "member_faults",
    "members_of",
    "project_schema",
    "provider_types",
    "schema_of",
]
