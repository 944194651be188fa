"""Fetch an OAuth2 access token by the command the rules name, for servers that take no password (XOAUTH2).

The token is never kept, logged or shown. Fails with TryLaterError where the command fails or prints nothing.
"""

import shlex
import subprocess
from collections.abc import Callable

from mailbot.errors import TryLaterError
from mailbot.model.rules import OAuth


def token_of(oauth: OAuth | None) -> Callable[[], str] | None:
    """Give what fetches a fresh access token, or None where a password is used."""
    return (lambda: access_token(oauth.token_command)) if oauth else None


def access_token(command: str) -> str:
    """Run the office's token command and give the access token it prints."""
    try:
        # The command stands in the office's own rules file; it is split, not given to a shell.
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise TryLaterError(
            f"oauth.token_command: it failed ({type(error).__name__}), expected an access token"
        ) from error
    if not done.stdout.strip():
        raise TryLaterError("oauth.token_command: it printed nothing, expected an access token")
    return done.stdout.strip()
