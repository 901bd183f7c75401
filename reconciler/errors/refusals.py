"""Errors that refuse a plan, a saved plan, an import, or an acceptance of drift."""

from __future__ import annotations

from reconciler.errors.tree import ReconcilerError


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


class ImportNotEmpty(ImportRefused):
    """A plan right after would not have left everything as it is.

    Because something was changed meanwhile; else it is a fault of this tool.
    """

    code = "import-not-empty"


class ImportOutsideManifests(ImportRefused):
    """The project reads no manifests from the folder that was named."""

    code = "import-outside-manifests"
