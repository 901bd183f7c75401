"""Reads, checks and writes manifests (YAML or JSON). Offline; no code in them is ever run.

| module or folder | does |
|---|---|
| `loader` | `load`: reads and checks all manifests; commands begin here |
| `fault` | `Fault`: one thing wrong at one place; `Loaded`: what `load` returns |
| `files` | finds manifest files, and reads files without leaving the project |
| `text/` | parses YAML and JSON to values, and finds where in the file each stands |
| `schema/` | the JSON Schemas of manifests, and checks against them |
| `document` | reads a file or stdin to documents, which can tell where their values stand |
| `document_faults` | checks one document against its schema, and for texts cut short by a comment |
| `project`, `accounts` | read `reconciler.yaml`, and `Provider` documents |
| `resources` | reads documents of providers' kinds, such as `Template` |
| `canaries`, `policies` | read `Canary` and `Policy` documents |
| `environments` | reads the variables and environments that `reconciler.yaml` declares |
| `variables` | replaces `${var.name}` in documents |
| `selection` | picks the documents that one environment has, and fills in their variables |
| `comparing` | compares two environments field by field |
| `references` | checks resources against each other: references, cycles, renames |
| `paths`, `numbers`, `sinks` | check paths, phone numbers, and where secrets are delivered |
| `ignores` | reads `metadata.ignoreRules` |
| `deprecated` | finds fields that are deprecated |
| `loading_rules` | the rules of warnings that are given while manifests are loaded |
| `members`, `lists/` | the members of a block list, and the files of phone numbers it names |
| `writing/` | writes new manifests, and changes existing ones in place |
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
