"""Pure data, shared by every layer: no input, no output, no clock.

| module | holds |
|---|---|
| `values` | the JSON values of fields, and how one points at another object |
| `address` | `Address`: `<provider>/<Kind>/<name>` |
| `base_url` | one spelling for all of the same base URL |
| `composed` | texts in NFC, so that what looks alike is alike |
| `resource` | what manifests say: `Resource`, `Account`, `Project`, `Configuration` |
| `live` | what a provider has: `LiveObject`, `Collection`, `Observation` |
| `owned` | what state remembers: `OwnedObject` |
| `change` | `Change` and its parts: actions, field and member changes |
| `finding` | `Finding`: what a rule noticed |
| `plan` | `Plan`: changes, findings and costs, as a value |
| `journal` | `Intent`, `Response`, `Watch`: the crash-safe record of writes |
| `result` | what apply and drift report |
| `secret` | `Secret`, which cannot be printed |
| `numbers` | `NumberSet`, a million phone numbers in a few megabytes |
"""
