"""The values of the global options, and what every command starts with."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.cli.interrupts import Interrupts
from reconciler.cli.old_spellings import tell
from reconciler.cli.output import Output
from reconciler.errors import UsageError
from reconciler.redaction import log_filter, quiet_loggers

if TYPE_CHECKING:
    from reconciler.cli.reports import ReportOrder
    from reconciler.deprecations import Deprecation
    from reconciler.render.envelope import Document

ENV = "RECONCILER_ENV"
"""The variable that names an environment where `--env` does not."""
_HANDLER = "reconciler command line"


class Settings(Struct, kw_only=True, dict=True):
    """The global options. They may stand before and after the command; the later one counts."""

    state: str | None = None
    """URL of the state store; `None` leaves it to the project file."""
    env: str | None = None
    """The environment that `--env` names; `None` where the command line has none."""
    directory: str | None = None
    """Where to go before anything else, as `git -C`."""
    emulate: bool = False
    """Whether a `state` command is about rehearsals; other commands have their own `--emulate`."""
    one_key: bool = False
    """Whether the user agrees that the state has one recipient, whose lost key loses it."""
    lock_timeout: float = 0.0
    """Seconds to wait for another run that holds the state."""
    decrypt: bool = False
    """Whether an encrypted state is to be stored in clear from now on."""
    output: str = "text"
    colour: bool = True
    """False when `--no-color` was given."""
    verbose: int = 0
    arguments: tuple[str, ...] = ()
    """The command line as it was typed."""
    old_spellings: tuple[Deprecation, ...] = ()
    """The deprecations that the command line used."""
    compact: bool = False
    """Show a plan or drift as an overview alone."""
    report: tuple[str, ...] = ()
    """Reports to write, as typed."""
    report_url: str = ""
    report_limit: int | None = None
    report_root: str | None = None
    report_files_from: str | None = None
    """A file that lists the files whose annotations are to come first."""
    report_order: ReportOrder | None = None
    """The reports, once `order_reports` has checked them."""
    interrupts: Interrupts = field(default_factory=Interrupts)

    @cached_property
    def out(self) -> Output:
        """The writer; made once parsing is over, or when an error ends it."""
        return Output(json=self.output == "json", colour=None if self.colour else False)

    @property
    def json(self) -> bool:
        """Tell whether stdout carries one JSON document."""
        return self.output == "json"

    @property
    def plain(self) -> bool:
        """Tell whether stdout carries text for people."""
        return self.output == "text"

    @property
    def markdown(self) -> bool:
        """Tell whether stdout carries Markdown."""
        return self.output == "markdown"

    def tell(self, document: Callable[[], Document], text: Callable[[], None]) -> None:
        """Write the result as JSON or as text; keep its document where reports need it.

        The environment's name, if there is one, is added to the document.
        """
        named: Document = {"environment": self.environment} if self.environment else {}
        if self.json:
            self.out.document(document() | named)
            return
        if self.report_order is not None:
            self.out.keep(document() | named)
        if self.plain:
            text()

    def order_reports(self, command: str) -> None:
        """Check the reports that the command line asks for; raises `UsageError`."""
        options = {
            "--report-url": self.report_url or None,
            "--report-limit": self.report_limit,
            "--report-root": self.report_root,
            "--report-files-from": self.report_files_from,
        }
        given = [name for name, value in options.items() if value is not None]
        if self.report or self.markdown or given:
            from reconciler.cli.reports import report_order  # all formats: few runs have any

            self.report_order = report_order(
                command,
                self.report,
                options=given,
                markdown=self.markdown,
                limit=self.report_limit,
                url=self.report_url,
                root=self.report_root,
                files_from=self.report_files_from,
            )

    @property
    def environment(self) -> str:
        """Return the environment's name, from the command line or `RECONCILER_ENV`; "" for none."""
        return os.environ.get(ENV, "") if self.env is None else self.env

    def start(self) -> None:
        """Do what comes before every command: change folder, warn of deprecations, set up the log.

        Raises `UsageError`, and `DeprecatedRefused` where runs are to fail for deprecations.
        """
        if self.directory is not None:
            try:
                os.chdir(self.directory)
            except OSError as error:
                raise UsageError(
                    f"cannot go to {self.directory}: {error.strerror}",
                    hint="-C takes a folder that exists.",
                ) from None
        tell(self.old_spellings, self.out)
        self._start_log()

    def _start_log(self) -> None:
        handler = logging.StreamHandler(self.out.log_stream())
        handler.addFilter(log_filter())
        plain = "%(levelname)s: %(message)s"
        detailed = "%(relativeCreated)6d ms %(name)s %(levelname)s: %(message)s"
        handler.setFormatter(logging.Formatter(detailed if self.verbose else plain))
        root = logging.getLogger()
        handler.set_name(_HANDLER)
        root.handlers = [each for each in root.handlers if each.get_name() != _HANDLER] + [handler]
        root.setLevel(logging.INFO if self.verbose == 1 else logging.WARNING)
        if self.verbose > 1:
            root.setLevel(logging.DEBUG)
        if self.verbose:
            logging.getLogger("reconciler").setLevel(logging.DEBUG)
        quiet_loggers()
