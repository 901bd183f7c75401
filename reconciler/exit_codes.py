"""Every exit code and what it means. Never a count."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process says as it ends, as README's table has it."""

    DONE = 0
    """Done, nothing to do, or (without `--detailed-exitcode`) changes planned."""
    ERROR = 1
    """Nothing or not everything could be looked at; a finding of severity error."""
    CHANGES = 2
    """Changes (`plan --detailed-exitcode`), or drift; a possible duplicate counts as either."""
    PARTLY = 3
    """Some changes failed, or what they were about changed meanwhile; the rest is done."""
    UNDECIDED = 4
    """An earlier unknown outcome needs a decision."""
    FAILED = 5
    """Of `verify`: something that was applied does not work."""
    UNVERIFIED = 6
    """Of `verify`: of something it could not be found out whether it works."""
    USAGE = 64
    """The command line is wrong (EX_USAGE)."""
    UNSTORED = 74
    """A provider's answer could not be stored in state; it lies in an emergency file (EX_IOERR)."""
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
        """Return the number of the signal that it stands for."""
        return self.value - 128
