"""The longer explanations of `explain CODE`: why an error exists, and what to do.

The docstring of the error's class says what happened. Some codes need no longer explanation.
"""

from __future__ import annotations

from collections.abc import Mapping

EXPLANATIONS: Mapping[str, str] = {
    "accept-refused": (
        "`drift --accept` writes all of what it was given into manifests, or nothing. Something of "
        "it cannot be written: it comes from a variable, is a secret, cannot be read back, or is "
        "gone; each has its line, with its place.\n\n"
        "Leave those addresses out, or do what the line says. docs/drift.md has them all."
    ),
    "changes-differ": (
        "`apply --expect` names the digest of the plan that was approved, and what would be done "
        "now is something else. Nothing was changed.\n\n"
        "Look at `reconciler plan` again, and approve what it shows."
    ),
    "plan-account": (
        "Credentials or baseUrl lead to another account: what was reviewed would happen elsewhere. "
        "Use those of the plan, or make a new plan with these."
    ),
    "plan-damaged": (
        "The file is no saved plan, is of a newer major version, was changed after it was saved, "
        "or was saved with another state. Nothing of it is believed.\n\n"
        "Make a new plan: `reconciler plan --out FILE`. docs/saved-plans.md tells what is signed."
    ),
    "plan-environment": (
        "The environment is taken from the file. The project has none of that name, or "
        "RECONCILER_ENV names another: apply the plan where it belongs."
    ),
    "plan-expired": (
        "`plan --expires-after` says how long a plan may be applied, by default 24h. Clocks of two "
        "machines may differ by five minutes.\n\nMake a new plan: `reconciler plan --out FILE`."
    ),
    "plan-locked": (
        "Set RECONCILER_AGE_IDENTITY, or RECONCILER_AGE_IDENTITY_FILE to the file that "
        "`age-keygen` wrote; reconciler[age] has the library."
    ),
    "state-locked-key": (
        "State in a shared store is encrypted to the recipients of `spec.stateEncryption`. What "
        "opens it is the identity of one of them: set RECONCILER_AGE_IDENTITY, or "
        "RECONCILER_AGE_IDENTITY_FILE to the file that `age-keygen` wrote; reconciler[age] has the "
        "library. Whoever is not among the recipients is let in by one who is: add the public key "
        "to reconciler.yaml and run `reconciler state rekey`.\n\n"
        "Where the wrapped key is lost, `reconciler state restore FILE` makes the state from a "
        "backup at an empty place. Where all identities are, its backups are lost with them: a "
        "plan at an empty place takes over what it recognises."
    ),
    "plan-stale": (
        "A saved plan is applied only where everything is as it saw it: manifests, policies, state "
        "and the live objects that it changes. Nothing was changed; each line names a difference."
        "\n\nLook at a new plan: `reconciler plan --out FILE`."
    ),
    "import-incomplete": (
        "A read failed or was cut short, and half of an account would look like a whole one: what "
        "is missing from its manifests would be missing in every review from then on. Nothing was "
        "written.\n\n"
        "Import again once it can be read, or leave that account or kind out: --provider and "
        "--kind name those that are wanted."
    ),
    "import-not-empty": (
        "Before an import lands, all manifests are planned in memory with the new ones among them, "
        "and again from disk afterwards: every new object must be taken over without a changed "
        "field, everything else planned as before. That was not so, each line names an address. "
        "Files and rows are as they were.\n\n"
        "Where live objects, state or a file were changed meanwhile, import again. Else it is a "
        "fault of this tool: --keep leaves the files in .import-failed, which a report should "
        "have; --kind and --object import the rest in the meantime."
    ),
    "import-outside-manifests": (
        "The folder lies outside of the project's root, belongs to another project, is hidden, or "
        "is not among spec.manifests of reconciler.yaml. Manifests there would be read by nobody, "
        "and what they describe would look as if its manifest had been removed. Nothing was "
        "read.\n\n"
        "Name a folder that the project reads, add this one to spec.manifests, or go to the other "
        "project with -C."
    ),
    "plan-used": (
        "A plan counts as applied from the moment its run begins, also where that run was killed "
        "or found that something differs.\n\n"
        "Make a new plan, or run `reconciler apply` to finish what the run left."
    ),
    "policy-engine-missing": (
        "The project, or --policy, names policies, and a run that left them out would pass in "
        'silence what they are there to stop. Install the engine: pip install "reconciler[policy]".'
    ),
    "policy-error": (
        'A missing key is an error in CEL, not false: write `"team" in change.labels && …`, or '
        '`change.labels[?"team"].orValue("")`. Other causes: a value that is neither true nor '
        "false, a time zone that does not exist, or more steps than one evaluation may take.\n\n"
        "Add a test with such an object to the policy; `reconciler validate` runs it."
    ),
    "policy-invalid": (
        "An expression does not compile, is neither true nor false, or could grow without bound. "
        "Each line names the very character. What a policy sees depends on its `on`: a policy on: "
        "change has change, environment, now and actor, and no plan.\n\n"
        "`reconciler validate` shows all of them, and runs the tests of policies as well; "
        "docs/policies.md lists what expressions have."
    ),
    "policy-violated": (
        "A rule of the project's own, or of who runs the command, says that this must not be. "
        "Nothing was changed; where manifests violate it, nothing was even read. Each line says "
        "what is wrong and, where the policy does, what to do.\n\n"
        "A policy with `overridable: true` can be passed over once: apply --override-policy NAME "
        "--reason TEXT. The history and all reports keep the reason."
    ),
    "unsafe-trigger": (
        "GITHUB_EVENT_NAME is pull_request_target or workflow_run: such a workflow has the secrets "
        "of the repository also when somebody's fork started it, and a manifest from there could "
        "have credentials sent anywhere. Commands that read credentials refuse before they read "
        "any; validate, and whatever has --emulate, needs none and runs.\n\n"
        "Start the workflow with pull_request, push or schedule instead. Where it checks out "
        "nothing of the fork's, RECONCILER_ALLOW_PRIVILEGED_TRIGGER=1 says so."
    ),
    "untrusted-host": (
        "A Provider manifest names a baseUrl whose host may not have credentials. Who changes a "
        "manifest could otherwise have them sent anywhere before anybody has seen a plan. Nothing "
        "was read, and nothing sent.\n\n"
        "spec.trustedHosts in reconciler.yaml lists the hosts; where the environment variable "
        "RECONCILER_TRUSTED_HOSTS exists, which CI sets and no manifest can, it alone counts. A "
        "name without a port fits every port. The default hosts of provider types and this "
        "machine are always trusted."
    ),
}
