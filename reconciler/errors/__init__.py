"""All errors that reach a user, as one tree.

```text
ReconcilerError                 exit 1   a message, and a hint what to do
├── UsageError                  exit 64  the command line itself is wrong
│   ├── DeprecatedRefused       exit 64  it has an old spelling, and CI is to refuse those
│   ├── EnvironmentMissing      exit 64  the project has environments, and none is named
│   └── EnvironmentUnknown      exit 64  it has none of that name
├── ManifestError               exit 1   faults in manifests, all of one run
│   └── PolicyInvalid           exit 1   faults in policies
├── PolicyEngineMissing         exit 1   there are policies, and no engine is installed
├── UnsafeTrigger               exit 1   a stranger's pull request may be after credentials
├── UntrustedHost               exit 1   credentials would be sent to a host not trusted
├── StateError                  exit 1   the state store
│   ├── StateLocked             exit 1   another run holds the lock
│   │   └── Overtaken           exit 1   another run was quicker to take it
│   ├── StateLockedKey          exit 1   it is encrypted, and no key here opens it
│   ├── StateUnsafeStore        exit 1   an object store lets one run overwrite another's work
│   ├── StateNewer              exit 1   a newer version of the tool wrote it
│   ├── StateMoved              exit 1   it was moved elsewhere
│   ├── StateOfAnother          exit 1   the store belongs to another environment
│   ├── StateCorrupt            exit 1   the store is damaged; never started empty
│   ├── StaleEpoch              exit 1   another run took over; this one must stop writing
│   └── IntentNotDurable        exit 1   an intent could not be written, so nothing was sent
├── ResponseNotDurable          exit 74  an answer could not be written; see the emergency file
├── DnsMissing                  exit 1   no record of any sender domain is known
├── SinkError                   exit 1   a place for generated secrets cannot be used
├── AcceptRefused               exit 1   live values cannot be written into manifests
├── PlanRefused                 exit 1   the plan needs a flag, an edit or another account
│   ├── SharedAccount           exit 1   another environment has this account
│   ├── PolicyViolated          exit 1   a policy of severity error is violated
│   ├── PolicyUnevaluated       exit 1   one could not be evaluated, which counts as a violation
│   ├── ChangesDiffer           exit 1   it is not the plan that was approved
│   ├── PlanDamaged, PlanLocked exit 1   a saved plan was changed; cannot be decrypted
│   ├── PlanExpired             exit 1   it is too old
│   ├── PlanUsed                exit 1   it was applied already
│   ├── PlanStale               exit 1   manifests, state or accounts have changed since
│   ├── PlanAccount             exit 1   a provider is another account
│   ├── PlanEnvironment         exit 1   it is of another environment
│   └── NotApproved             exit 1   the user was asked, and did not say yes
├── ImportRefused               exit 1   live objects were not imported, none of them
│   ├── ImportIncomplete        exit 1   a collection could not be read whole
│   ├── ImportNotEmpty          exit 1   a plan right after would have changed something
│   └── ImportOutsideManifests  exit 1   the project reads no manifests from there
├── ProviderError               exit 1   a provider's answer, or the lack of one
│   ├── ReadFailed              exit 1   a read failed; nothing may be concluded from it
│   ├── Reappeared              exit 1   what was called gone is listed again
│   ├── SecretUntold            exit 1   an object was made, and its secret cannot be had
│   ├── NotSent                 exit 1   the request never left
│   ├── Rejected                exit 1   the provider refused; nothing was changed
│   │   └── InReview            exit 1   it will accept it once a review is over
│   └── OutcomeUnknown          exit 4   it may or may not have happened
├── NeedsDecision               exit 4   an earlier unknown outcome needs a decision
└── Stopped                     exit 130/143  SIGINT or SIGTERM
```

`code` is the stable word in JSON (explained in `render/commands/code_texts.py`); `hint` names the
command that helps. `explain CODE` shows the first paragraph of a class's docstring.

| module | holds |
|---|---|
| `tree` | the root, and all errors that the other modules do not hold |
| `refusals` | a plan, a saved plan, an import or an acceptance of drift is refused |
| `provider` | a request to a provider fails |
| `reasons` | the reason in errors of the system and of libraries |
"""

from __future__ import annotations

from reconciler.errors.provider import (
    InReview,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    ReadFailed,
    Reappeared,
    Rejected,
    SecretUntold,
)
from reconciler.errors.reasons import reason
from reconciler.errors.refusals import (
    AcceptRefused,
    ChangesDiffer,
    ImportIncomplete,
    ImportNotEmpty,
    ImportOutsideManifests,
    ImportRefused,
    NotApproved,
    PlanAccount,
    PlanDamaged,
    PlanEnvironment,
    PlanExpired,
    PlanLocked,
    PlanRefused,
    PlanStale,
    PlanUsed,
    PolicyUnevaluated,
    PolicyViolated,
    SharedAccount,
)
from reconciler.errors.tree import (
    DeprecatedRefused,
    DnsMissing,
    EnvironmentMissing,
    EnvironmentUnknown,
    IntentNotDurable,
    ManifestError,
    NeedsDecision,
    Overtaken,
    PolicyEngineMissing,
    PolicyInvalid,
    ReconcilerError,
    ResponseNotDurable,
    SinkError,
    StaleEpoch,
    StateCorrupt,
    StateError,
    StateLocked,
    StateLockedKey,
    StateMoved,
    StateNewer,
    StateOfAnother,
    StateUnsafeStore,
    Stopped,
    UnsafeTrigger,
    UntrustedHost,
    UsageError,
)

__all__ = [
    "AcceptRefused",
    "ChangesDiffer",
    "DeprecatedRefused",
    "DnsMissing",
    "EnvironmentMissing",
    "EnvironmentUnknown",
    "ImportIncomplete",
    "ImportNotEmpty",
    "ImportOutsideManifests",
    "ImportRefused",
    "InReview",
    "IntentNotDurable",
    "ManifestError",
    "NeedsDecision",
    "NotApproved",
    "NotSent",
    "OutcomeUnknown",
    "Overtaken",
    "PlanAccount",
    "PlanDamaged",
    "PlanEnvironment",
    "PlanExpired",
    "PlanLocked",
    "PlanRefused",
    "PlanStale",
    "PlanUsed",
    "PolicyEngineMissing",
    "PolicyInvalid",
    "PolicyUnevaluated",
    "PolicyViolated",
    "ProviderError",
    "ReadFailed",
    "Reappeared",
    "ReconcilerError",
    "Rejected",
    "ResponseNotDurable",
    "SecretUntold",
    "SharedAccount",
    "SinkError",
    "StaleEpoch",
    "StateCorrupt",
    "StateError",
    "StateLocked",
    "StateLockedKey",
    "StateMoved",
    "StateNewer",
    "StateOfAnother",
    "StateUnsafeStore",
    "Stopped",
    "UnsafeTrigger",
    "UntrustedHost",
    "UsageError",
    "reason",
]
