"""Refusals: of a plan, of a saved one, of an import, and of what drift would accept."""

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
