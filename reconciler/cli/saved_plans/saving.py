"""Saves a plan that was just made, or removes an older file that could be taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

from msgspec import Struct

from reconciler.cli.parameters.choice import Choice, SaveOptions
from reconciler.cli.parameters.labels import labels
from reconciler.cli.saved_plans import files
from reconciler.cli.saved_plans.allowed_paths import path_outside
from reconciler.cli.saved_plans.encryption import recipients_of
from reconciler.cli.settings import Settings
from reconciler.engine.saving.binding import Lifetime, bind
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.model.changes_digest import short
from reconciler.model.durations import seconds_of
from reconciler.model.moment import moment_text
from reconciler.model.plan import Plan
from reconciler.model.resource import STDIN, Project
from reconciler.model.saved_plan import Binding, SavedOptions
from reconciler.render.json import plan_document
from reconciler.render.layout.style import count
from reconciler.render.plans.saved_plans import saved_text, shortened

LIFETIME = "24h"
_SHORTEST, _LONGEST = "5m", "7d"


class Saving(Struct, frozen=True, kw_only=True):
    """How a plan is to be saved."""

    path: Path
    recipients: Sequence[Any]
    seconds: float
    """How long the plan may be applied."""
    options: SavedOptions

    def save_if_good(
        self, settings: Settings, workspace: Workspace, plan: Plan, *, good: bool
    ) -> None:
        """Save a plan that can be applied (`good`); otherwise remove an older one from its path."""
        if good:
            self.save(settings, workspace, plan)
        else:
            files.remove(self.path)

    def save(self, settings: Settings, workspace: Workspace, plan: Plan) -> None:
        """Write the file; note on stderr what was saved and the command that applies it."""
        document = plan_document(plan)
        name = workspace.configuration.environment.name
        named = {"environment": name} if name else {}
        lifetime = Lifetime(made_at=plan.made_at, seconds=self.seconds)
        binding = bind(workspace, document, self.options, lifetime)
        shown = shortened(settings.out.kept or settings.out.masked(document | named))
        sign = workspace.store.digest if workspace.store.lineage else None
        if sign is None and self.options.paths:
            raise UsageError(
                "there is no state yet that could sign a plan of some manifests alone",
                hint="Save a plan of the whole project, or apply these once without a saved one.",
            )
        files.write(self.path, saved_text(shown, binding, sign), self.recipients)
        if settings.report_order is not None:
            settings.report_order.plan_file = str(self.path)
        self._tell(settings, plan, binding)

    def _tell(self, settings: Settings, plan: Plan, binding: Binding) -> None:
        facts = [binding.environment] if binding.environment else []
        facts += [
            count(len(plan.changes), "change"),
            f"until {moment_text(plan.made_at + self.seconds)}",
        ]
        style = settings.out.note_style
        digest = short(binding.changes_digest)
        settings.out.note(style.clean(f"Saved plan {digest} ({', '.join(facts)})"))
        settings.out.note(style.clean(f"reconciler apply --plan {quote(str(self.path))}"))


def place_of(asked: SaveOptions, paths: Sequence[str]) -> Path | None:
    """Return the path for the plan, `None` to save none; raises `UsageError` before any work."""
    if asked.out is None:
        if asked.recipients or asked.expires_after:
            raise UsageError(
                "--encrypt-to and --expires-after are about a plan that is saved",
                hint="Add --out FILE.",
            )
        return None
    if STDIN in paths:
        raise UsageError(
            "manifests from stdin are not there any more when a saved plan is applied",
            hint="Name a file or a folder.",
        )
    if outside := path_outside(paths):
        raise UsageError(
            f"{outside} is not of the project that this command stands in",
            hint="A saved plan is made in its project's folder: -C DIR goes there.",
        )
    return files.place_at(asked.out)


@contextmanager
def removed_on_error(path: Path | None) -> Iterator[None]:
    """Remove an older plan if the work inside fails: a later job could apply it by mistake."""
    try:
        yield
    except BaseException:
        if path is not None:
            files.remove(path)
        raise


def saving_of(asked: SaveOptions, path: Path, project: Project, options: SavedOptions) -> Saving:
    """Return how a plan is saved; raises `UsageError` for a wrong recipient or lifetime."""
    return Saving(
        path=path,
        recipients=recipients_of(asked.recipients or project.plan.recipients),
        seconds=asked.expires_after or _lifetime(project.plan.expires_after or LIFETIME),
        options=options,
    )


def options_of(choice: Choice, paths: Sequence[str], *, emulate: bool) -> SavedOptions:
    """Return the options of the command line that are saved with a plan."""
    return SavedOptions(
        paths=tuple(paths),
        targets=choice.targets,
        selectors=labels(choice.selectors),
        prune=not choice.no_prune,
        adopt=choice.adopt,
        allow_empty_remote=choice.allow_empty_remote,
        destroy=choice.destroy,
        ignore_findings=choice.ignored,
        emulated=emulate,
    )


def choice_of(options: SavedOptions) -> Choice:
    """Return the choice that a plan was saved with: the reverse of `options_of`."""
    return Choice(
        targets=options.targets,
        selectors=tuple(f"{key}={value}" for key, value in options.selectors.items()),
        no_prune=not options.prune,
        adopt=options.adopt,
        allow_empty_remote=options.allow_empty_remote,
        destroy=options.destroy,
        ignored=options.ignore_findings,
    )


def _lifetime(text: str) -> float:
    seconds = seconds_of(text)
    if not seconds_of(_SHORTEST) <= seconds <= seconds_of(_LONGEST):
        raise UsageError(
            f"a saved plan cannot expire after {text}",
            hint=f"Write a span of {_SHORTEST} to {_LONGEST}, such as {LIFETIME}.",
        )
    return seconds
