"""Our errors, named by what to do next. Imports nothing.

Edges translate their library's errors into one of these three, `raise ... from`. A person's mistake in a mail
is not an exception: it is answered by mail. Every message is one plain sentence: what, where, what was expected.
"""


class MailbotError(Exception):
    """Stand for any trouble mailbot can name."""


class TryLaterError(MailbotError):
    """Say that the same step may work later: a server is away, said 4xx, timed out or refused the log-in."""


class DiskError(TryLaterError):
    """Say that data/ cannot be written or read now: no room, no rights, broken. On start it ends with exit 73."""


class AskHumanError(MailbotError):
    """Say that only a person can mend this one letter, recipient or input; everything else goes on."""


class StopError(MailbotError):
    """Say that nothing can go on: rules wrong, ledger damaged, lock held. `exit_code` is the process's exit."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


EXIT_NOT_FOUND = 1
EXIT_USAGE = 64
EXIT_BAD_INPUT = 65
EXIT_CANNOT_WRITE = 73
EXIT_LEDGER_DAMAGED = 74
EXIT_TRY_LATER = 75
EXIT_RULES_WRONG = 78
