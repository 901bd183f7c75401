"""Policies: compiles a team's own rules, runs their tests, and evaluates them in a run.

A policy sees only what a report shows: parts of the JSON documents, in which secrets are null and
personal data is masked. A policy that cannot be evaluated counts as violated.

| module | holds |
|---|---|
| `engine` | compiles and evaluates CEL expressions: the only module that knows CEL |
| `functions` | the functions that expressions have in addition to CEL's |
| `bounds` | refuses expressions that could fill the memory |
| `compiling` | compiles policies, or finds faults with their places |
| `judging` | `Bench`: evaluates policies on elements, and counts violations |
| `trying` | runs the tests of policies |
| `digest` | a digest of what policies say, for saved plans |
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
