"""Fetch an OAuth2 access token, for servers that take no password (XOAUTH2): by a command, or for a refresh token.

An access token is never kept, logged or shown, and fetched anew for each log-in. A refresh token that the provider
replaces (Microsoft does, each time) is kept in data/oauth.json, 0600. Fails with TryLaterError, in words of our own.
"""

import hashlib
import http.client
import json
import re
import shlex
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mailbot.errors import TryLaterError
from mailbot.model.rules import OAuth
from mailbot.record import durable

KEPT = "oauth.json"
PATIENCE = 20.0
LONGEST_ANSWER = 64 * 1024

# Microsoft gives a token for one resource at a time and must be told which.
_SCOPES = {
    "login.microsoftonline.com": "https://outlook.office.com/IMAP.AccessAsUser.All"
    " https://outlook.office.com/SMTP.Send offline_access"
}
_TOKEN = re.compile(r"[!-~]+")
_WORD = re.compile(r"[a-z_]{1,40}")
# Mailbox and post ask from two threads.
_KEEPING = threading.Lock()


def token_of(oauth: OAuth | None, data: Path) -> Callable[[], str] | None:
    """Give what fetches a fresh access token, or None where a password is used."""
    if oauth is None:
        return None
    if oauth.token_command:
        return lambda: commanded(oauth.token_command)
    return lambda: refreshed(oauth, data / KEPT)


def commanded(command: str) -> str:
    """Run the office's token command and give the access token it prints. Raises TryLaterError."""
    try:
        # The command stands in the office's own rules file; it is split, not given to a shell.
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        # Without its cause, which carries the command line, and what was printed.
        raise TryLaterError(
            f"oauth.token_command: it failed ({type(error).__name__}), expected an access token"
        ) from None
    if not done.stdout.strip():
        raise TryLaterError("oauth.token_command: it printed nothing, expected an access token")
    return _checked(done.stdout.strip(), "oauth.token_command: it printed more than a token")


def refreshed(oauth: OAuth, kept: Path) -> str:
    """Trade the refresh token for an access token, and keep the refresh token that may come with it.

    Raises TryLaterError; the one in the rules is tried again where the kept one is refused.
    """
    with _KEEPING:
        name = hashlib.sha256(oauth.refresh_token.encode()).hexdigest()
        known = _read(kept)
        newest = known.get(name, oauth.refresh_token)
        try:
            answer = _traded(oauth, newest)
        except TryLaterError:
            if newest == oauth.refresh_token:
                raise
            newest = oauth.refresh_token
            answer = _traded(oauth, newest)
        given = answer.get("refresh_token") or newest
        # `check` looks before there is a data folder; what was replaced still counts then.
        if isinstance(given, str) and known.get(name, oauth.refresh_token) != given and kept.parent.is_dir():
            durable.write_new(kept, json.dumps(known | {name: given}).encode())
    return _checked(answer.get("access_token"), f"oauth: {_place(oauth)} gave no access token")


def _traded(oauth: OAuth, refresh_token: str) -> dict[str, Any]:
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": oauth.client_id}
    fields |= {"client_secret": oauth.client_secret} if oauth.client_secret else {}
    fields |= {"scope": scope} if (scope := _SCOPES.get(_place(oauth))) else {}
    # The scheme was checked with the rules: https, or http on a loopback address.
    request = urllib.request.Request(oauth.token_url, urlencode(fields).encode())  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return _mapping(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            said = _mapping(error.read(LONGEST_ANSWER)).get("error")
        # Only the word RFC 6749 knows: the rest of the answer may hold anything.
        word = said if isinstance(said, str) and _WORD.fullmatch(said) else "no reason given"
        sentence = f"oauth: {_place(oauth)} refused the refresh token ({error.code}, {word}), expected an access token"
        raise TryLaterError(sentence) from None
    except (OSError, http.client.HTTPException) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TryLaterError(f"oauth: {_place(oauth)} cannot be reached ({type(why).__name__})") from None


def _place(oauth: OAuth) -> str:
    return urlsplit(oauth.token_url).netloc


def _read(kept: Path) -> dict[str, str]:
    found = _mapping(durable.read(kept) or b"")
    return {name: token for name, token in found.items() if isinstance(token, str)}


def _mapping(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _checked(token: object, problem: str) -> str:
    # A token goes into the log-in as it is: a blank or a control character would add a field to it.
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TryLaterError(f"{problem}, expected one word of printable characters")
    return token
