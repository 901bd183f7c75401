"""Policies: compiles a team's own rules, tries their tests, and judges what a run is about.

A policy sees what a report shows and nothing else: elements of the JSON documents, in which secrets
are null and people's numbers masked. What cannot be evaluated counts as a violation.

| module | holds |
|---|---|
| `engine` | the one module that knows CEL |
| `functions` | the functions that expressions have beside those of CEL |
| `bounds` | refuses expressions that could fill the memory |
| `compiling` | policies to `Compiled`, or faults at the place in their files |
| `judging` | `Bench`: judges elements, and counts |
| `trying` | runs the tests of policies |
| `digest` | one digest for policies that say the same |
"""

from reconciler.policies.compiling import Compiled, compiled
from reconciler.policies.digest import policies_digest
from reconciler.policies.judging import Bench, Element, Surroundings
from reconciler.policies.trying import faults_of_tests

__all__ = [
    "Bench",
    "Compiled",
    "Element",
    "Surroundings",
    "compiled",
    "faults_of_tests",
    "policies_digest",
]
