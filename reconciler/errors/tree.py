"""The root of all errors, and the errors that `refusals` and `provider` do not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.exit_codes import ExitCode


class ReconcilerError(Exception):
    """Root of all errors meant for a user. Its text never holds a secret."""

    exit_code: ExitCode = ExitCode.ERROR
    code: str = "error"

    def __init__(self, message: str, *, hint: str = "", details: Sequence[str] = ()) -> None:
        """Take what happened (`message`), what to do (`hint`), and `details`, a line each."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        """Return message, details and hint, a line each."""
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


class DeprecatedRefused(UsageError):
    """The command line has an old spelling, and the environment says that none may be used."""

    code = "deprecated"


class ManifestError(ReconcilerError):
    """Faults in manifests; `details` holds a `file:line:column: address: message` line for each."""

    code = "manifest"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: Sequence[str] = (),
        faults: Sequence[Mapping[str, str | int]] = (),
    ) -> None:
        """Take `faults` as well, if known: the same as `details`, in the form of JSON documents."""
        super().__init__(message, hint=hint, details=details)
        self.faults = tuple(faults)


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

    def __init__(self, what: str, versions: str) -> None:
        """Take the name of what was read, and a text that compares its version with ours."""
        super().__init__(
            f"{what} is of a newer reconciler: {versions}",
            hint="Install that version or a newer one.",
        )


class StateLockedKey(StateError):
    """The state is encrypted, and the key that opens it is not at hand."""

    code = "state-locked-key"


class StateMoved(StateError):
    """The state lies elsewhere now; the message says where."""

    code = "state-moved"

    def __init__(self, place: str, target: str) -> None:
        """Take the place that was opened, and the URL to open instead."""
        super().__init__(
            f"the state {place} has moved to {target}",
            hint="Name that one with --state, or as `state` in reconciler.yaml.",
        )


class StateOfAnother(StateError):
    """The store belongs to another environment."""

    code = "state-environment"


class StateCorrupt(StateError):
    """The store is damaged, or none of ours."""

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


class NeedsDecision(ReconcilerError):
    """An earlier unknown outcome cannot be settled without a person."""

    exit_code = ExitCode.UNDECIDED
    code = "needs-decision"


class Stopped(ReconcilerError):
    """A signal stopped the run after its journal was closed."""

    code = "stopped"

    def __init__(self, signal_number: int) -> None:
        """Take the signal, from which the exit code follows (128 + number)."""
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = ExitCode.of_signal(signal_number)
