"""Access tokens: by a command or for a refresh token, and the log-ins they serve, all over real sockets.

No test's secret may stand in an error or a repr: `_told` looks at each.
"""

import base64
import json
import re
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from scripted import Close, Hear, Say, ScriptedServer, Step, answer, imap

from mailbot import oauth
from mailbot.config.values import TOKEN_URLS
from mailbot.errors import TryLaterError
from mailbot.model.rules import MailboxRules, OAuth, Security, SmtpRules
from mailbot.oauth import KEPT, token_of
from mailbot.receive.mailbox import Mailbox
from mailbot.send import smtp

REFRESH, CLIENT_SECRET = "refresh-s3cret-0", "client-s3cret"
USER = "buchung@kruempel.example"


@dataclass
class Provider:
    """A provider's token endpoint: answers in order, the last one again and again; `asked` is what came in."""

    port: int = 0
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def rules(self, **more: str) -> OAuth:
        url = f"http://127.0.0.1:{self.port}/token"
        wanted = {"refresh_token": REFRESH, "client_id": "id", "client_secret": CLIENT_SECRET, "token_url": url}
        return OAuth(USER, **(wanted | more))


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            status, said = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def _told(rules: OAuth, data: Path) -> str:
    """Give the one sentence of a failure, in which no secret stands."""
    fetch = token_of(rules, data)
    assert fetch
    with pytest.raises(TryLaterError) as caught:
        fetch()
    assert caught.value.__cause__ is None
    assert "s3cret" not in f"{caught.value} {rules!r}"
    return str(caught.value)


def _fetched(rules: OAuth, data: Path) -> str:
    fetch = token_of(rules, data)
    assert fetch
    return fetch()


def test_without_oauth_there_is_no_token(tmp_path: Path) -> None:
    """A password needs no token."""
    assert token_of(None, tmp_path) is None


def test_a_command_prints_the_token(tmp_path: Path) -> None:
    """The command's words are split as in a shell, no shell is asked, and what it prints is the token."""
    assert _fetched(OAuth(USER, "printf '%s\\n' a-token$HOME"), tmp_path) == "a-token$HOME"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("sh -c 'echo s3cret; exit 3'", "oauth.token_command: it failed (CalledProcessError)"),
        ("/nowhere/s3cret", "oauth.token_command: it failed (FileNotFoundError)"),
        ("echo 's3cret", "oauth.token_command: it failed (ValueError)"),
        ("true", "oauth.token_command: it printed nothing"),
        ("printf 's3cret\\nDone.'", "oauth.token_command: it printed more than a token"),
        ("printf 's3cret\\001auth=x'", "oauth.token_command: it printed more than a token"),
    ],
)
def test_a_command_that_gives_no_token(command: str, told: str, tmp_path: Path) -> None:
    """Whatever goes wrong is one sentence without what was run or printed."""
    assert _told(OAuth(USER, command), tmp_path).startswith(told)


def test_a_refresh_token_is_traded(provider: Provider, tmp_path: Path) -> None:
    """The provider gets what RFC 6749 section 6 asks for, each time anew; nothing is kept that was not replaced."""
    provider.answers = [(200, {"access_token": "first", "expires_in": 3599}), (200, {"access_token": "second"})]
    assert [_fetched(provider.rules(), tmp_path) for _ in range(2)] == ["first", "second"]
    wanted = {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH,
        "client_id": "id",
        "client_secret": CLIENT_SECRET,
    }
    assert provider.asked == [{name: [value] for name, value in wanted.items()}] * 2
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_refresh_token_is_kept(provider: Provider, tmp_path: Path) -> None:
    """The newest one is used, also after a restart, and is its owner's alone to read; a new one in the rules wins."""
    provider.answers = [(200, {"access_token": "a", "refresh_token": f"newer-s3cret-{n}"}) for n in range(3)]
    for _ in range(3):
        _fetched(provider.rules(), tmp_path)
    _fetched(provider.rules(refresh_token="other"), tmp_path)
    assert [asked["refresh_token"] for asked in provider.asked] == [
        [REFRESH],
        ["newer-s3cret-0"],
        ["newer-s3cret-1"],
        ["other"],
    ]
    assert stat.S_IMODE((tmp_path / KEPT).stat().st_mode) == 0o600


def test_a_kept_refresh_token_that_is_refused(provider: Provider, tmp_path: Path) -> None:
    """Where the kept one is refused, the one in the rules is tried; a damaged file counts as none."""
    provider.answers = [(200, {"access_token": "a", "refresh_token": "kept"}), (400, {}), (200, {"access_token": "b"})]
    assert [_fetched(provider.rules(), tmp_path) for _ in range(2)] == ["a", "b"]
    assert [asked["refresh_token"][0] for asked in provider.asked] == [REFRESH, "kept", REFRESH]
    (tmp_path / KEPT).write_bytes(b"\xff{")
    assert _fetched(provider.rules(), tmp_path) == "b"


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "s3cret"},
            "refused the refresh token (400, invalid_grant)",
        ),
        (400, {"error": "s3cret!"}, "refused the refresh token (400, no reason given)"),
        (500, b"s3cret", "refused the refresh token (500, no reason given)"),
        (307, b"", "refused the refresh token (307, no reason given)"),
        (200, b"s3cret", "gave no access token"),
        (200, {"access_token": ["s3cret"]}, "gave no access token"),
        (200, {"access_token": "s3cret\r\nx"}, "gave no access token"),
        (200, ["s3cret"], "gave no access token"),
    ],
)
def test_a_provider_that_gives_no_token(
    provider: Provider, tmp_path: Path, status: int, said: object, told: str
) -> None:
    """A refusal names the provider and RFC 6749's word for why, and nothing else of what came."""
    provider.answers = [(status, said)]
    sentence = _told(provider.rules(), tmp_path)
    assert sentence.startswith(f"oauth: 127.0.0.1:{provider.port} ")
    assert told in sentence


def test_a_provider_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, or nobody who answers, is one sentence soon."""
    assert _told(Provider(1).rules(), tmp_path) == "oauth: 127.0.0.1:1 cannot be reached (ConnectionRefusedError)"
    monkeypatch.setattr(oauth, "PATIENCE", 0.2)
    with ScriptedServer([]) as silent:
        assert "cannot be reached (TimeoutError)" in _told(Provider(silent.port).rules(), tmp_path)


def test_microsoft_is_told_the_resource(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Microsoft and Google are known by name; only Microsoft is asked for IMAP and SMTP by scope."""
    sent: list[tuple[str, dict[str, list[str]]]] = []

    def instead(request: object, timeout: float) -> object:
        sent.append((request.full_url, parse_qs(request.data.decode())))  # type: ignore[attr-defined]  # urllib's Request
        raise OSError

    monkeypatch.setattr("urllib.request.urlopen", instead)
    for name in ("microsoft", "google"):
        _told(Provider().rules(token_url=TOKEN_URLS[name]), tmp_path)
    (first, microsoft), (second, google) = sent
    assert first == "https://login.microsoftonline.com/common/oauth2/v2.0/token"
    assert second == "https://oauth2.googleapis.com/token"
    assert {"IMAP.AccessAsUser.All", "SMTP.Send"} <= {url.rpartition("/")[2] for url in microsoft["scope"][0].split()}
    assert "scope" not in google


# 73: log-ins

GREETING = imap()[:4]


def _challenged(*steps: Step) -> list[Step]:
    return [*GREETING, Hear("AUTHENTICATE XOAUTH2"), Say("+ "), Hear(""), *steps]


def _mailbox(server: ScriptedServer, provider: Provider, data: Path) -> Mailbox:
    rules = MailboxRules(host="127.0.0.1", port=server.port, user=USER, security=Security.NONE, oauth=provider.rules())
    return Mailbox(rules, token_of(rules.oauth, data))


def _said(line: str) -> str:
    return base64.b64decode(line).decode()


# What follows the token on a first connection that does not get through.
REFUSED: dict[str, list[Step]] = {
    "an expired token": [
        Say("+ " + base64.b64encode(b'{"status":"401"}').decode()),
        Hear("^$"),
        Say("* BYE x"),
        Close(),
    ],
    "a refused log-in": [
        Say("+ " + base64.b64encode(b'{"status":"400"}').decode()),
        Hear("^$"),
        Say("{tag} NO AUTHENTICATE failed for token-s3cret-1 dG9rZW4tczNjcmV0LTE="),
    ],
    "authenticated but not connected": [
        Say("{tag} OK AUTHENTICATE completed."),
        *answer("CAPABILITY", "CAPABILITY IMAP4rev1 IDLE"),
        *answer("SELECT", end="BAD User is authenticated but not connected."),
    ],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_73_a_refused_log_in_asks_for_a_fresh_token(reason: str, provider: Provider, tmp_path: Path) -> None:
    """73: whatever the first log-in met, the next one comes with a new token and gets in; no error shows a token."""
    provider.answers = [(200, {"access_token": f"token-s3cret-{n}"}) for n in (1, 2)]
    good = _challenged(Say("{tag} OK in"), *answer("CAPABILITY", "CAPABILITY IMAP4rev1 IDLE"), *imap()[6:])
    with ScriptedServer(_challenged(*REFUSED[reason]), good) as server:
        box = _mailbox(server, provider, tmp_path)
        with pytest.raises(TryLaterError) as caught:
            box.connect()
        box.connect()
        box.close()
    assert "s3cret" not in str(caught.value)
    tokens = [_said(line) for line in server.heard if re.fullmatch(r"[A-Za-z0-9+/=]{40,}", line)]
    assert tokens == [f"user={USER}\1auth=Bearer token-s3cret-{n}\1\1" for n in (1, 2)]
    assert not [surprise for surprise in server.surprises if "LOGOUT" not in surprise]


def test_73_by_token_over_smtp(provider: Provider, tmp_path: Path) -> None:
    """73: SMTP log-ins trade the refresh token too; a refused one is told without the token, the next has a new one."""
    provider.answers = [(200, {"access_token": f"token-s3cret-{n}"}) for n in (1, 2)]
    begin: list[Step] = [Say("220 hello"), Hear("EHLO"), Say("250-x\r\n250 AUTH XOAUTH2"), Hear("AUTH XOAUTH2 ")]
    challenge = "334 " + base64.b64encode(b'{"status":"401"}').decode()
    refused = [*begin, Say(challenge), Hear("^$"), Say("535 5.7.3 token-s3cret-1 is no good")]
    with ScriptedServer(refused, [*begin, Say("235 2.7.0 in"), Hear("QUIT"), Say("221 bye"), Close()]) as server:
        rules = SmtpRules("127.0.0.1", "SK", USER, port=server.port, security=Security.NONE, oauth=provider.rules())
        with pytest.raises(TryLaterError, match="535") as caught:
            smtp.check(rules, token_of(rules.oauth, tmp_path))
        smtp.check(rules, token_of(rules.oauth, tmp_path))
    assert "s3cret" not in str(caught.value)
    tokens = [_said(line.split()[2]) for line in server.heard if line.startswith("AUTH ")]
    assert tokens == [f"user={USER}\1auth=Bearer token-s3cret-{n}\1\1" for n in (1, 2)]
    assert server.surprises == []


def test_73_by_command_over_imap_and_smtp(tmp_path: Path) -> None:
    """73: a token command serves both log-ins, and is asked anew for each."""
    (tmp_path / "n").write_text("0")
    counting = f"sh -c 'n=$(($(cat {tmp_path}/n)+1)); echo $n >{tmp_path}/n; echo token-$n'"
    rules = OAuth(USER, counting)
    good = _challenged(Say("{tag} OK in"), *answer("CAPABILITY", "CAPABILITY IMAP4rev1 IDLE"), *imap()[6:])
    begin: list[Step] = [Say("220 hello"), Hear("EHLO"), Say("250-x\r\n250 AUTH XOAUTH2"), Hear("AUTH XOAUTH2 ")]
    with ScriptedServer(good) as imap_server, ScriptedServer([*begin, Say("235 2.7.0 in")]) as smtp_server:
        watched = MailboxRules("127.0.0.1", USER, port=imap_server.port, security=Security.NONE, oauth=rules)
        box = Mailbox(watched, token_of(rules, tmp_path))
        box.connect()
        box.close()
        out = SmtpRules("127.0.0.1", "SK", USER, port=smtp_server.port, security=Security.NONE, oauth=rules)
        smtp.check(out, token_of(rules, tmp_path))
    heard = [_said(line) for line in imap_server.heard if re.fullmatch(r"[A-Za-z0-9+/=]{40,}", line)]
    heard += [_said(line.split()[2]) for line in smtp_server.heard if line.startswith("AUTH ")]
    assert heard == [f"user={USER}\1auth=Bearer token-{n}\1\1" for n in (1, 2)]
