"""Manifests: YAML and JSON text to checked resources. Offline, and without running anything.

| module or folder | holds |
|---|---|
| `loader` | `load`: the one way in |
| `fault` | `Fault`, `Loaded` |
| `files`, `paths` | finding and reading files; none outside the project |
| `text/` | YAML and JSON to values, with positions |
| `schema/` | what a `spec` may hold, and whether a document fits |
| `project`, `accounts`, `resources`, `canaries`, `policies` | the five sorts of documents |
| `environments`, `variables` | what `reconciler.yaml` declares; its values put into documents |
| `selection` | picks the documents that an environment has |
| `comparing` | what differs between two environments, field by field |
| `references` | what resources have to do with each other |
| `ignores` | what a manifest says of lint rules |
| `loading_rules` | the rules of findings that are made while loading, and are no fault |
| `deprecated` | fields that have another name today |
| `members` | the numbers of block lists, as streams |
| `numbers` | checks that phone numbers can be dialled |
| `sinks` | keeps secrets away from the project's own files |
| `lists/` | reads files of phone numbers: plain, CSV, archives |
| `writing/` | the text of manifests, and how it gets to where it belongs |
"""

from reconciler.manifests.fault import Fault, Loaded
from reconciler.manifests.loader import load
from reconciler.manifests.loading_rules import LOADING_RULES, LoadingRule
from reconciler.manifests.members import member_faults, members_of
from reconciler.manifests.schema.rules import is_name
from reconciler.manifests.schema.schemas import (
    all_kinds,
    canary_schema,
    envelope_schema,
    kinds_of,
    manifest_schema,
    policy_schema,
    project_schema,
    provider_types,
    schema_of,
)

__all__ = [
    "LOADING_RULES",
    "Fault",
    "Loaded",
    "LoadingRule",
    "all_kinds",
    "canary_schema",
    "envelope_schema",
    "is_name",
    "kinds_of",
    "load",
    "manifest_schema",
    "member_faults",
    "members_of",
    "policy_schema",
    "project_schema",
    "provider_types",
    "schema_of",
]
