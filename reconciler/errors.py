"""Every error that reaches a user, as one tree.

```text
ReconcilerError                 exit 1   one message, one way out
├── UsageError                  exit 64  the command line itself is wrong
│   ├── EnvironmentMissing      exit 64  the project has environments, and none is named
│   └── EnvironmentUnknown      exit 64  it has none of that name
├── ManifestError               exit 1   faults in manifests, all of one run
│   └── PolicyInvalid           exit 1   faults in policies
├── PolicyEngineMissing         exit 1   there are policies, and nothing that evaluates them
├── UnsafeTrigger               exit 1   a stranger's pull request may be after credentials
├── UntrustedHost               exit 1   credentials would be sent to a host nobody trusts
├── StateError                  exit 1   the state store
│   ├── StateLocked             exit 1   another run holds the lock
│   ├── StateOfAnother          exit 1   the store belongs to another environment
│   ├── StateCorrupt            exit 1   the store is damaged; never started empty
│   ├── StaleEpoch              exit 1   another run took over; this one must stop writing
│   └── IntentNotDurable        exit 1   an intent could not be written, so nothing was sent
├── ResponseNotDurable          exit 74  an answer could not be written; see the emergency file
├── DnsMissing                  exit 1   no record of any sender domain is known
├── SinkError                   exit 1   a place for generated secrets cannot be used
├── AcceptRefused               exit 1   live values cannot be written into manifests
├── PlanRefused                 exit 1   the plan would do something nobody agreed to
│   ├── SharedAccount           exit 1   another environment has this account
│   ├── PolicyViolated          exit 1   a policy of severity error is violated
│   ├── PolicyUnevaluated       exit 1   one could not be evaluated, which counts as a violation
│   ├── ChangesDiffer           exit 1   it is not the plan that was approved
│   ├── PlanDamaged, PlanLocked exit 1   a saved plan is not as it was saved; cannot be opened
│   ├── PlanExpired             exit 1   it is too old
│   ├── PlanUsed                exit 1   it was applied already
│   ├── PlanStale               exit 1   manifests, state or accounts are not as it saw them
│   ├── PlanAccount             exit 1   a provider is another account
│   ├── PlanEnvironment         exit 1   it is of another environment
│   └── NotApproved             exit 1   somebody was asked, and did not say yes
├── ImportRefused               exit 1   live objects were not imported, none of them
│   ├── ImportIncomplete        exit 1   a collection could not be read whole
│   ├── ImportNotEmpty          exit 1   a plan right after would have changed something
│   └── ImportOutsideManifests  exit 1   the project reads no manifests from there
├── ProviderError               exit 1   a provider's answer, or the lack of one
│   ├── ReadFailed              exit 1   a read failed; nothing may be concluded from it
│   ├── SecretUntold            exit 1   it was made, and its secret is nowhere to be had
│   ├── NotSent                 exit 1   the request never left
│   ├── Rejected                exit 1   the provider refused; nothing was changed
│   │   └── InReview            exit 1   it will take it once a review is over
│   └── OutcomeUnknown          exit 4   it may or may not have happened
├── NeedsDecision               exit 4   an earlier unknown outcome needs a person
└── Stopped                     exit 130/143  SIGINT or SIGTERM
```

`code` is the stable word in JSON (`render/code_texts.py`); `hint` names the command that helps.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.exit_codes import ExitCode


class ReconcilerError(Exception):
    """Root of all errors meant for a user. Its text never holds a secret."""

    exit_code: ExitCode = ExitCode.ERROR
    code: str = "error"

    def __init__(self, message: str, *, hint: str = "", details: Sequence[str] = ()) -> None:
        """Keep what happened (`message`), the way out (`hint`) and single `details`, one a line."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        """Say what happened, then each detail, then the way out."""
        return "\n".join(part for part in (self.message, *self.details, self.hint) if part)


class UsageError(ReconcilerError):
    """The command line is wrong."""

    exit_code = ExitCode.USAGE
    code = "usage"


class EnvironmentMissing(UsageError):
    """The project has environments, and none is named."""

    code = "environment-missing"


class EnvironmentUnknown(UsageError):
    """The project has no environment of the name that was given."""

    code = "environment-unknown"


class ManifestError(ReconcilerError):
    """Faults in manifests; `details` holds a `file:line:column: address: message` line for each."""

    code = "manifest"


class PolicyInvalid(ManifestError):
    """Faults in expressions of policies; `details` as of `ManifestError`."""

    code = "policy-invalid"


class PolicyEngineMissing(ReconcilerError):
    """There are policies, and the package that evaluates them is not installed."""

    code = "policy-engine-missing"


class UnsafeTrigger(ReconcilerError):
    """CI was started by what gives secrets to a stranger's pull request; none was read."""

    code = "unsafe-trigger"


class UntrustedHost(ReconcilerError):
    """Credentials would be sent to a host that nobody trusts; none was read."""

    code = "untrusted-host"


class StateError(ReconcilerError):
    """The state store cannot do what was asked."""

    code = "state"


class StateLocked(StateError):
    """Another run holds the lock; the message names it."""

    code = "state-locked"


class Overtaken(StateLocked):
    """Another run was quicker to take the lock."""


class StateUnsafeStore(StateError):
    """The object store does not refuse what would overwrite another run's work."""

    code = "state-unsafe-store"


class StateNewer(StateError):
    """A newer version of the tool wrote the state."""

    code = "state-newer"


class StateMoved(StateError):
    """The state lies elsewhere now; the message says where."""

    code = "state-moved"

    def __init__(self, place: str, target: str) -> None:
        """Name the place that was opened, and the URL to open."""
        super().__init__(
            f"the state {place} has moved to {target}",
            hint="Name that one: spec.state in reconciler.yaml, or --state.",
        )


class StateOfAnother(StateError):
    """The store belongs to another environment."""

    code = "state-environment"


class StateCorrupt(StateError):
    """The store is damaged, foreign or from a newer version."""

    code = "state-corrupt"


class StaleEpoch(StateError):
    """A newer run has fenced this one off."""

    code = "state-stale-epoch"


class IntentNotDurable(StateError):
    """An intent could not be made durable, so its request was not sent."""

    code = "intent-not-durable"


class ResponseNotDurable(ReconcilerError):
    """The provider answered but the answer could not be stored (EX_IOERR)."""

    exit_code = ExitCode.UNSTORED
    code = "response-not-durable"


class DnsMissing(ReconcilerError):
    """There are sender domains, and of none of them it is known which DNS records it needs."""

    code = "dns-missing"


class SinkError(ReconcilerError):
    """A sink cannot take, or did not keep, a generated secret."""

    code = "sink"


class PlanRefused(ReconcilerError):
    """The plan holds something that needs a flag, an edit or another account."""

    code = "plan-refused"


class SharedAccount(PlanRefused):
    """An account belongs to another environment, whose state owns what is there."""

    code = "shared-account"


class PolicyViolated(PlanRefused):
    """A policy of severity error is violated: `details` holds a line for each violation."""

    code = "policy-violated"


class PolicyUnevaluated(PlanRefused):
    """A policy of severity error could not be evaluated, which counts as a violation."""

    code = "policy-error"


class ChangesDiffer(PlanRefused):
    """The plan is not the one that was approved: `details` holds what it would change."""

    code = "changes-differ"


class PlanDamaged(PlanRefused):
    """The file is no saved plan of this state, or not as it was saved."""

    code = "plan-damaged"


class PlanLocked(PlanRefused):
    """The saved plan is encrypted, and what opens it is not at hand."""

    code = "plan-locked"


class PlanExpired(PlanRefused):
    """The saved plan is too old."""

    code = "plan-expired"


class PlanUsed(PlanRefused):
    """The saved plan was applied already; `details` says by which run."""

    code = "plan-used"


class PlanStale(PlanRefused):
    """Manifests, state or accounts are not as the saved plan saw them: `details` has each."""

    code = "plan-stale"


class PlanAccount(PlanRefused):
    """A provider is another account than the one that the saved plan was made with."""

    code = "plan-account"


class PlanEnvironment(PlanRefused):
    """The saved plan is of another environment."""

    code = "plan-environment"


class AcceptRefused(ReconcilerError):
    """Live values cannot be written into manifests: `details` holds a line for each, and why."""

    code = "accept-refused"


class NotApproved(PlanRefused):
    """Somebody was asked, and did not say yes."""

    code = "not-approved"


class ImportRefused(ReconcilerError):
    """Live objects were not imported: no manifest and no state was changed."""


class ImportIncomplete(ImportRefused):
    """A collection could not be read whole; `details` names each and why."""

    code = "import-incomplete"
    explanation = (
        "A read failed or was cut short, and half of an account would look like a whole one: what "
        "is missing from its manifests would be missing in every review from then on. Nothing was "
        "written.\n\n"
        "Import again once it can be read, or leave that account or kind out: --provider and "
        "--kind name those that are wanted."
    )


class ImportNotEmpty(ImportRefused):
    """A plan right after would not have left everything as it is.

    Because something was changed meanwhile; else it is a fault of this tool.
    """

    code = "import-not-empty"
    explanation = (
        "Before an import lands, all manifests are planned in memory with the new ones among them, "
        "and again from disk afterwards: every new object must be taken over without a changed "
        "field, everything else planned as before. That was not so, each line names an address. "
        "Files and rows are as they were.\n\n"
        "Where live objects, state or a file were changed meanwhile, import again. Else it is a "
        "fault of this tool: --keep leaves the files in .import-failed, which a report should "
        "have; --kind and --object import the rest in the meantime."
    )


class ImportOutsideManifests(ImportRefused):
    """The project reads no manifests from the folder that was named."""

    code = "import-outside-manifests"
    explanation = (
        "The folder lies outside of the project's root, belongs to another project, is hidden, or "
        "is not among spec.manifests of reconciler.yaml. Manifests there would be read by nobody, "
        "and what they describe would look as if its manifest had been removed. Nothing was "
        "read.\n\n"
        "Name a folder that the project reads, add this one to spec.manifests, or go to the other "
        "project with -C."
    )


class ProviderError(ReconcilerError):
    """What a provider answered, or that it did not."""

    code = "provider"


class ReadFailed(ProviderError):
    """A read failed or was incomplete; absence may not be concluded from it."""

    code = "read-failed"


class SecretUntold(ProviderError):
    """An object was made whose secret the server tells nobody, so another would be no better."""

    code = "secret-untold"


class NotSent(ProviderError):
    """The request never left this machine; nothing was changed."""

    code = "not-sent"


class Reappeared(ProviderError):
    """Something that was called gone is listed again, right before it would be made again."""

    code = "reappeared"


class Rejected(ProviderError):
    """The provider refused the request with an answer known to mean that nothing was changed."""

    code = "rejected"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: Sequence[str] = (),
        provider_code: str = "",
        status: int = 0,
    ) -> None:
        """Keep the provider's own error code and the HTTP status beside the message."""
        super().__init__(message, hint=hint, details=details)
        self.provider_code = provider_code
        self.status = status


class InReview(Rejected):
    """The provider refused it because a review is pending; it will take it once that is over."""

    code = "in-review"


class OutcomeUnknown(ProviderError):
    """The request left; whether it took effect is not known."""

    exit_code = ExitCode.UNDECIDED
    code = "outcome-unknown"
    repeatable = True
    """Whether sending it again at once may help."""


class NeedsDecision(ReconcilerError):
    """An earlier unknown outcome cannot be settled without a person."""

    exit_code = ExitCode.UNDECIDED
    code = "needs-decision"


class Stopped(ReconcilerError):
    """A signal stopped the run after its journal was closed."""

    code = "stopped"

    def __init__(self, signal_number: int) -> None:
        """Remember the signal, from which the exit code follows (128 + number)."""
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = ExitCode.of_signal(signal_number)
