"""Hand-overs over real sockets: for every phase and fault, whether the mail was surely not sent, or perhaps sent."""

import asyncio
import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from mailbot.errors import DiskError, TryLaterError
from mailbot.model.mail import Outcome, Phase
from mailbot.model.rules import OAuth, Security, SmtpRules
from mailbot.send import smtp
from mailbot.send.replies import clean, outcome_of
from mailbot.send.smtp import Handover, Patience, Session

SENDER, TO = "buchung@sk.example", "max@example.org"
RAW = b"Message-ID: <abcdefghijklmnopqrstuvwxyz@sk.example>\r\nSubject: Hallo\r\n\r\n.Punkt am Anfang\r\n..\r\nEnde\r\n"
# More than the system takes in before the server reads it.
LARGE = b"Subject: x\r\n\r\n" + (b"x" * 998 + b"\r\n") * 20_000
SHORT = Patience(connect=0.5, command=0.3, body=0.5, dot=0.4, idle=60)
PEM = Path(__file__).parent / "localhost.pem"


def deliver(rules: SmtpRules, *mails: bytes, to: str = TO, patience: Patience = SHORT, **given: Any) -> list[Handover]:
    async def work() -> list[Handover]:
        session = Session(rules, patience=patience, **given)
        done = [await session.send(raw, SENDER, to, lambda: None) for raw in mails or (RAW,)]
        await session.close(is_polite=True)
        return done

    return asyncio.run(work())


def one(rules: SmtpRules, **given: Any) -> Handover:
    return deliver(rules, **given)[0]


def test_bytes_arrive_as_they_were_given(server: Any, rules: SmtpRules) -> None:
    """What is sent is the very bytes, dots doubled on the wire; the server's word comes back."""
    assert one(rules) == Handover(Outcome.SENT, Phase.DOT, "250 2.0.0 taken", 250)
    assert server.taken == [RAW.replace(b"\r\n.", b"\r\n..") + b".\r\n"]
    assert f"MAIL FROM:<{SENDER}> SIZE={len(RAW)}" in server.said


def test_one_connection_for_many_mails(server: Any, rules: SmtpRules) -> None:
    """The connection is kept while all goes well, and ends with QUIT."""
    assert [done.outcome for done in deliver(rules, *[RAW] * 5)] == [Outcome.SENT] * 5
    assert server.connections == 1
    assert server.said[-1] == "QUIT"


FAULTS = [
    ("GREETING", "DROP", Outcome.LATER, Phase.CONNECT),
    ("GREETING", "SILENT", Outcome.LATER, Phase.CONNECT),
    ("GREETING", "421 too many", Outcome.LATER, Phase.CONNECT),
    ("GREETING", "554 go away", Outcome.LATER, Phase.CONNECT),
    ("EHLO", "DROP", Outcome.LATER, Phase.LOGIN),
    ("EHLO", "SILENT", Outcome.LATER, Phase.LOGIN),
    ("MAIL", "DROP", Outcome.LATER, Phase.MAIL),
    ("MAIL", "SILENT", Outcome.LATER, Phase.MAIL),
    ("MAIL", "451 not now", Outcome.LATER, Phase.MAIL),
    ("MAIL", "550 sender blocked", Outcome.LATER, Phase.MAIL),
    ("MAIL", "552 too large", Outcome.REFUSED, Phase.MAIL),
    ("RCPT", "DROP", Outcome.LATER, Phase.RCPT),
    ("RCPT", "SILENT", Outcome.LATER, Phase.RCPT),
    ("RCPT", "450 greylisted", Outcome.LATER, Phase.RCPT),
    ("RCPT", "503 sequence", Outcome.LATER, Phase.RCPT),
    ("RCPT", "530 log in first", Outcome.LATER, Phase.RCPT),
    ("RCPT", "550 no such user", Outcome.REFUSED, Phase.RCPT),
    ("DATA", "DROP", Outcome.LATER, Phase.DATA),
    ("DATA", "SILENT", Outcome.LATER, Phase.DATA),
    ("DATA", "421 closing", Outcome.LATER, Phase.DATA),
    ("DATA", "554 no", Outcome.REFUSED, Phase.DATA),
    ("DOT", "DROP", Outcome.UNCERTAIN, Phase.DOT),
    ("DOT", "SILENT", Outcome.UNCERTAIN, Phase.DOT),
    ("DOT", "nonsense", Outcome.UNCERTAIN, Phase.DOT),
    ("DOT", "451 disk full", Outcome.LATER, Phase.DOT),
    ("DOT", "421 closing", Outcome.LATER, Phase.DOT),
    ("DOT", "552 too large", Outcome.REFUSED, Phase.DOT),
    ("DOT", "554 content refused", Outcome.REFUSED, Phase.DOT),
    ("DOT", "250 taken RESET", Outcome.SENT, Phase.DOT),
]


@pytest.mark.parametrize(("phase", "action", "outcome", "reached"), FAULTS)
def test_each_phase_and_fault(  # noqa: PLR0917  # pytest passes by name
    server: Any, rules: SmtpRules, phase: str, action: str, outcome: Outcome, reached: Phase
) -> None:
    """Before the dot a fault means surely not sent, after it silence is uncertain; the next mail has a new session."""
    server.script[phase] = [action]
    first, second = deliver(rules, RAW, RAW)
    assert (first.outcome, first.phase) == (outcome, reached)
    assert second.outcome is Outcome.SENT
    assert server.connections == 2


def test_drop_in_the_middle_of_a_large_body(server: Any, rules: SmtpRules) -> None:
    """A connection lost before the dot went out means surely not sent, and what the server took is one copy."""
    server.script["BODY"] = ["DROP"]
    done, again = deliver(rules, LARGE, RAW, patience=replace(SHORT, body=5.0))
    assert (done.outcome, done.phase) == (Outcome.LATER, Phase.BODY)
    assert again.outcome is Outcome.SENT
    assert len(server.taken) == 1


def test_no_in_the_middle_of_a_body_is_heard(server: Any, rules: SmtpRules) -> None:
    """A server that refuses while the body is still on its way has refused."""
    server.script["BODY"] = ["552 too much SILENT"]
    done = deliver(rules, LARGE, patience=replace(SHORT, body=5.0))[0]
    assert (done.outcome, done.phase) == (Outcome.REFUSED, Phase.BODY)


def test_a_late_yes_is_a_yes(server: Any, rules: SmtpRules) -> None:
    """The word after the dot is waited for much longer than any other."""
    server.script["DOT"] = ["SILENT"]
    assert one(rules, patience=replace(SHORT, command=0.1, dot=0.2)).outcome is Outcome.UNCERTAIN
    slow = {"dot": 5.0, "command": 0.1}
    server.script["DOT"] = ["LATE"]
    original = server._do

    def late(connection: Any, phase: str) -> None:
        if server.script[phase] == ["LATE"]:
            server.script[phase] = []
            server.released.wait(0.5)
        original(connection, phase)

    server._do = late
    assert one(rules, patience=replace(SHORT, **slow)).outcome is Outcome.SENT


def test_kept_connection_gone_stale_is_replaced(server: Any, rules: SmtpRules) -> None:
    """A kept connection that died or got confused while it lay still costs no attempt."""
    for action in ("DROP", "421 idle too long", "503 bad sequence"):
        server.script["MAIL"] = ["250 ok", action]
        assert [done.outcome for done in deliver(rules, RAW, RAW)] == [Outcome.SENT] * 2


def test_greylisting_is_no_stale_connection(server: Any, rules: SmtpRules) -> None:
    """A "later" about the recipient is not tried again at once on a kept connection."""
    server.script["RCPT"] = ["250 ok", "451 greylisted"]
    assert [done.outcome for done in deliver(rules, RAW, RAW)] == [Outcome.SENT, Outcome.LATER]
    assert len(server.taken) == 1


def test_server_away(rules: SmtpRules) -> None:
    """A port where nobody listens means later, in one plain sentence."""
    done = one(replace(rules, port=1))
    assert (done.outcome, done.phase, done.concerns_all) == (Outcome.LATER, Phase.CONNECT, True)
    assert done.answer.startswith("der Mailserver ist nicht erreichbar (")


def test_journal_full_means_not_sent(server: Any, rules: SmtpRules) -> None:
    """Where the line before DATA cannot be written, DATA is never said."""

    def full() -> None:
        raise DiskError("data/sendings.log cannot be written: there is no room left on the disk")

    async def work() -> Handover:
        return await Session(rules, patience=SHORT).send(RAW, SENDER, TO, full)

    done = asyncio.run(work())
    assert (done.outcome, done.phase, done.concerns_all) == (Outcome.LATER, Phase.JOURNAL, True)
    assert "DATA" not in server.said


@pytest.mark.parametrize(
    "to", ["a@b.example> SIZE=1", "a@b.example,c@d.example", "a b@c.example", "<a@b.example>", "a@b\r\nRCPT TO:<x@y.z>"]
)
def test_strange_address_is_refused(server: Any, rules: SmtpRules, to: str) -> None:
    """An address that is not exactly one mailbox is refused before a word about it is said."""
    assert one(rules, to=to).outcome is Outcome.REFUSED
    assert not [line for line in server.said if line.startswith(("MAIL", "RCPT"))]


def test_addresses_and_bytes_beyond_ascii(server: Any, rules: SmtpRules) -> None:
    """Umlaut domains go as IDNA; umlaut mailboxes and 8-bit bodies need the server's word that it can."""
    assert one(rules, to="max@müller.example").outcome is Outcome.SENT
    assert "RCPT TO:<max@xn--mller-kva.example>" in server.said
    assert one(rules, to="jürgen@müller.example").outcome is Outcome.SENT
    assert "RCPT TO:<jürgen@xn--mller-kva.example>" in server.said
    assert deliver(rules, "Subject: x\r\n\r\nüber\r\n".encode())[0].outcome is Outcome.SENT
    assert any(line.endswith("BODY=8BITMIME") for line in server.said)
    for to, raw in (("jürgen@example.org", RAW), (TO, "Subject: x\r\n\r\nüber\r\n".encode())):
        server.script["EHLO"] = ["250 old"]
        assert deliver(rules, raw, to=to)[0].outcome is Outcome.REFUSED


def test_wrong_password_is_no_word_about_the_mail(server: Any, rules: SmtpRules) -> None:
    """A refused log-in means later, one try a connection, and the password stands in no answer."""
    server.script["AUTH"] = ["535 5.7.8 no such user with hunter2hunter2 or aHVudGVyMmh1bnRlcjI=", "535 no"]
    done = one(replace(rules, user="u", password="hunter2hunter2"))
    assert (done.outcome, done.phase) == (Outcome.LATER, Phase.LOGIN)
    assert done.answer == "535 5.7.8 no such user with … or …"
    assert len([line for line in server.said if line.startswith("AUTH")]) == 1


def test_token_is_fetched_fresh_for_each_connection(server: Any, rules: SmtpRules) -> None:
    """XOAUTH2 asks for a token at every log-in, and a token command that fails means later."""
    tokens = iter(["first-token", "second-token"])
    oauth = replace(rules, oauth=OAuth("buchung@sk.example", "command"))
    server.script["EHLO"] = ["250-x\r\n250 AUTH XOAUTH2"] * 2
    server.script["RCPT"] = ["451 later"]
    assert [done.outcome for done in deliver(oauth, RAW, RAW, token=lambda: next(tokens))] == [
        Outcome.LATER,
        Outcome.SENT,
    ]
    said = [base64.b64decode(line.split()[2]).decode() for line in server.said if line.startswith("AUTH")]
    assert ["first-token" in said[0], "second-token" in said[1]] == [True, True]

    def broken() -> str:
        raise TryLaterError("oauth.token_command: it failed")

    done = one(oauth, token=broken)
    assert (done.outcome, done.phase, done.answer) == (Outcome.LATER, Phase.LOGIN, "oauth.token_command: it failed")


class _Taking:
    """What a real server (aiosmtpd) took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.taken.append(envelope.content)
        return "250 ok"


class _Secured(Controller):
    def factory(self) -> SMTP:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(PEM)
        return SMTP(
            self.handler,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=lambda _s, _e, _n, _m, data: AuthResult(
                success=isinstance(data, LoginPassword) and data.password == b"geheim", handled=False
            ),
        )


@contextmanager
def secured(handler: _Taking) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = _Secured(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def test_starttls_and_login_on_a_real_server(rules: SmtpRules) -> None:
    """Over STARTTLS with a certificate that holds and the right password, a mail arrives; check() says nothing."""
    handler = _Taking()
    with secured(handler) as port:
        real = replace(rules, port=port, security=Security.STARTTLS, user="u", password="geheim")
        trusting = ssl.create_default_context(cafile=str(PEM))
        assert one(real, tls=trusting, patience=Patience()).outcome is Outcome.SENT
        assert handler.taken == [RAW]
        wrong = one(replace(real, password="falsch"), tls=trusting, patience=Patience())
        assert (wrong.outcome, wrong.phase) == (Outcome.LATER, Phase.LOGIN)


def test_tls_fails_closed(server: Any, rules: SmtpRules) -> None:
    """Without STARTTLS, or with a certificate nobody vouches for, not a word of the mail or password is said."""
    handler = _Taking()
    with secured(handler) as port:
        real = replace(rules, port=port, security=Security.STARTTLS, user="u", password="geheim")
        done = one(real, patience=Patience())
        assert (done.outcome, done.phase) == (Outcome.LATER, Phase.TLS)
        assert "CERTIFICATE_VERIFY_FAILED" in done.answer
        assert handler.taken == []
    done = one(replace(rules, security=Security.STARTTLS, user="u", password="geheim"))
    assert (done.outcome, done.phase) == (Outcome.LATER, Phase.TLS)
    assert [line.split()[0] for line in server.said] == ["EHLO"]


def test_check_names_what_is_wrong(server: Any, rules: SmtpRules) -> None:
    """Check logs in and leaves; what the server says against it comes as one sentence."""
    smtp.check(rules)
    server.script["AUTH"] = ["535 wrong password"]
    with pytest.raises(TryLaterError, match=r"smtp 127\.0\.0\.1: login: 535 wrong password"):
        smtp.check(replace(rules, user="u", password="geheim"))


def test_answers_are_clean_lines() -> None:
    """An answer is one line without control characters or secrets, and not endless."""
    assert clean("550 \x1b[31mno\r\nsuch\u2028user \udce4", []) == "550 [31mno such user ?"
    assert clean("x" * 500, []) == "x" * 200
    assert clean("554 <geheim@sk.example> looks like spam", ["geheim"]) == "554 <…@sk.example> looks like spam"


def test_message_id_stands_in_no_answer(server: Any, rules: SmtpRules) -> None:
    """A server that repeats our Message-ID does not carry its token into logs and mails."""
    server.script["DOT"] = ["554 <abcdefghijklmnopqrstuvwxyz@sk.example> is spam"]
    assert one(rules).answer == "554 <…@sk.example> is spam"


@pytest.mark.parametrize("phase", list(Phase))
def test_no_code_before_the_dot_is_uncertain(phase: Phase) -> None:
    """Only after the dot may a mail be perhaps sent."""
    outcomes = {outcome_of(phase, code) for code in (0, 221, 421, 451, 500, 503, 530, 550, 552, 554)}
    assert (Outcome.UNCERTAIN in outcomes) == (phase is Phase.DOT)
