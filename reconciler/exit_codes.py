"""All exit codes and what they mean. None is a count."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes, as in README's table."""

    DONE = 0
    """Done, nothing to do, or (without `--detailed-exitcode`) changes planned."""
    ERROR = 1
    """An error; not everything could be looked at; or a finding of severity error."""
    CHANGES = 2
    """Changes (`plan --detailed-exitcode`), or drift; a possible duplicate counts as either."""
    PARTLY = 3
    """Some changes failed, or their objects changed meanwhile; all others are done."""
    UNDECIDED = 4
    """An earlier unknown outcome needs a decision."""
    FAILED = 5
    """`verify`: something that was applied does not work."""
    UNVERIFIED = 6
    """`verify`: it could not be found out whether something works."""
    USAGE = 64
    """The command line is wrong (EX_USAGE)."""
    UNSTORED = 74
    """A provider's answer could not be stored in state, only in an emergency file (EX_IOERR)."""
    INTERRUPTED = 130
    """Stopped by SIGINT."""
    TERMINATED = 143
    """Stopped by SIGTERM."""

    @classmethod
    def of_signal(cls, number: int) -> ExitCode:
        """Return the code of a run that a signal stopped."""
        return cls(128 + number)

    @property
    def signal(self) -> int:
        """Return the number of the signal that the code stands for."""
        return self.value - 128
