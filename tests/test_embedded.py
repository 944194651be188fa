"""The embedded servers: what the story's people find in their mailboxes, over real IMAP and SMTP."""

import imaplib
import os
import smtplib
import threading
import time

import pytest
from accounts import Account

from mailbot.embedded import EmbeddedServers

LETTER = b"From: Max <kunde@kunde.example>\r\nSubject: hallo\r\n\r\nwelt\r\n"


def send(servers: EmbeddedServers, sender: str, to: str | list[str], raw: bytes = LETTER) -> None:
    with smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=5) as smtp:
        smtp.sendmail(sender, to, raw)


def test_mail_lands_in_that_mailbox_and_nowhere_else(embedded: EmbeddedServers) -> None:
    """A mail to one address lies in that person's mailbox alone."""
    send(embedded, "kunde@kunde.example", "Buero@Kruempel.example")
    assert [raw.endswith(LETTER) for raw in embedded.messages("office")] == [True]
    assert [embedded.messages(name) for name in ("mailbot", "medifit", "platzwart", "customer")] == [[]] * 4


def test_each_recipient_gets_a_copy(embedded: EmbeddedServers) -> None:
    """A mail to two people comes to both, once each; detail after a plus is the same mailbox."""
    send(embedded, "a@b.example", ["buero@kruempel.example", "theke+x@medifit.example", "theke@medifit.example"])
    assert [len(embedded.messages(name)) for name in ("office", "medifit")] == [1, 2]


def test_unknown_recipient_is_refused(embedded: EmbeddedServers) -> None:
    """An address without a mailbox is refused with 550, the others are served."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(embedded, "a@b.example", "niemand@kruempel.example")
    assert caught.value.recipients["niemand@kruempel.example"][0] == 550


def test_verdict_of_a_sender_who_is_who_he_says(embedded: EmbeddedServers) -> None:
    """Return-Path, verdict and Received stand on top, as a receiving server writes them."""
    send(embedded, "kunde@kunde.example", "buero@kruempel.example")
    head = embedded.messages("office")[0].decode()
    assert head.startswith(
        "Return-Path: <kunde@kunde.example>\r\n"
        "Authentication-Results: mx.soccer-kirche.example; dkim=pass header.d=kunde.example;\r\n"
        " spf=pass smtp.mailfrom=kunde.example; dmarc=pass header.from=kunde.example\r\n"
        "Received: from localhost ([127.0.0.1]) by mx.soccer-kirche.example\r\n"
        " with ESMTP for <buero@kruempel.example>; "
    )


@pytest.mark.parametrize(
    ("sender", "raw"),
    [
        ("x@evil.example", LETTER),
        ("", LETTER),
        ("x@evil.example", b"Subject: no from\r\n\r\nx\r\n"),
        ("x@evil.example", b"Subject: x\r\n\r\nFrom: a@evil.example\r\n"),
        ("x@kunde.example", b"From: a@evil.example\r\nFrom: a@kunde.example\r\n\r\nx\r\n"),
    ],
    ids=["other domain", "null sender", "no from", "from in the body", "two from"],
)
def test_verdict_of_a_sender_who_is_somebody_else(embedded: EmbeddedServers, sender: str, raw: bytes) -> None:
    """A mail whose From is not of the envelope's domain fails."""
    send(embedded, sender, "buero@kruempel.example", raw)
    verdict = embedded.messages("office")[0].partition(b"Received:")[0]
    assert b"dmarc=fail" in verdict
    assert b"pass" not in verdict


def test_verdicts_in_our_name_are_dropped(embedded: EmbeddedServers) -> None:
    """A verdict that the sender wrote in the server's name is dropped; others and the body stay."""
    ours = b"authentication-results:\r\n MX.soccer-kirche.example;\r\n dmarc=pass\r\n"
    others = b"Authentication-Results: evil.example; dmarc=pass\r\n"
    raw = b"Subject: a\r\n" + ours + others + ours + b"From: a@b\r\n\r\n" + ours
    send(embedded, "x@evil.example", "buero@kruempel.example", raw)
    received = embedded.messages("office")[0].partition(b"\r\nSubject")[2]
    assert received == b": a\r\n" + others + b"From: a@b\r\n\r\n" + ours


@pytest.mark.parametrize("login", ["office", "buero@kruempel.example"])
def test_log_in_by_name_or_address(embedded: EmbeddedServers, login: str) -> None:
    """The name and the address open the same mailbox, over IMAP and SMTP; a wrong password opens nothing."""
    embedded.deliver("office", LETTER)
    assert Account(embedded.imap_port, login).letters() == [LETTER]
    with imaplib.IMAP4("127.0.0.1", embedded.imap_port) as imap, pytest.raises(imaplib.IMAP4.error):
        imap.login(login, "wrong")
    with smtplib.SMTP("127.0.0.1", embedded.smtp_port) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(login, "wrong")
        assert smtp.login(login, "demo")[0] == 235


def test_log_in_is_quick(embedded: EmbeddedServers) -> None:
    """Logging in costs no password hashing."""
    start = time.process_time()
    with Account(embedded.imap_port, "office").opened():
        assert time.process_time() - start < 0.2


def test_delivered_bytes_stay_as_they_are(embedded: EmbeddedServers) -> None:
    """Bytes put into a mailbox come out the same, with the flags they were given."""
    raws = [b"x", b"", b"A: b\n\nlf only\n", b"\xff\x00\r\n\r\n\r", LETTER]
    for raw in raws:
        embedded.deliver("office", raw, flags=["\\Seen", "$Mailbot"])
    assert embedded.messages("office") == raws
    assert Account(embedded.imap_port, "office").flags()[0] == {"\\Seen", "$Mailbot"}
    assert embedded.messages("office", "Nirgends") == []


def test_idle_tells_at_once_of_what_smtp_brings(embedded: EmbeddedServers) -> None:
    """A program that idles is told before any poll of its own would tell it, in whole lines."""
    with Account(embedded.imap_port, "office").opened() as imap:
        imap.send(b"X IDLE\r\n")
        assert imap.readline().startswith(b"+")
        start = time.perf_counter()
        send(embedded, "a@b.example", "buero@kruempel.example")
        assert imap.readline() == b"* 1 EXISTS\r\n"
        assert time.perf_counter() - start < 1
        imap.send(b"DONE\r\n")
        while not (line := imap.readline()).startswith(b"X "):
            assert line.startswith(b"* ")


def test_idle_ends_however_soon(embedded: EmbeddedServers) -> None:
    """IDLE that is ended at once, again and again, while mail comes, never hangs."""
    stop = threading.Event()

    def bring() -> None:
        while not stop.wait(0.001):
            embedded.deliver("office", LETTER)

    bringing = threading.Thread(target=bring)
    bringing.start()
    with Account(embedded.imap_port, "office").opened() as imap:
        for _ in range(100):
            imap.send(b"X IDLE\r\nDONE\r\n")
            while not imap.readline().startswith(b"X OK"):
                pass
    stop.set()
    bringing.join()


def test_nothing_is_left_when_it_stops(capfd: pytest.CaptureFixture[str]) -> None:
    """Stopping closes ports, connections and the thread, within a moment and without a word."""
    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
    with EmbeddedServers({"office": "buero@kruempel.example"}) as servers:
        imap = imaplib.IMAP4("127.0.0.1", servers.imap_port)
        imap.login("office", "demo")
        imap.select()
        imap.send(b"X IDLE\r\n")
        smtp = smtplib.SMTP("127.0.0.1", servers.smtp_port)
        smtp.docmd("MAIL FROM:<a@b.example>")
        start = time.perf_counter()
    assert time.perf_counter() - start < 1
    imap.shutdown()
    smtp.close()
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before
    assert capfd.readouterr() == ("", "")


def test_a_large_mail_passes(embedded: EmbeddedServers) -> None:
    """A mail of 5 MB passes SMTP and IMAP unharmed."""
    raw = LETTER + b"x" * 76 + b"\r\n" + (b"y" * 900 + b"\r\n") * 6_000
    send(embedded, "a@b.example", "buero@kruempel.example", raw)
    assert Account(embedded.imap_port, "office").letters()[0].endswith(raw)
