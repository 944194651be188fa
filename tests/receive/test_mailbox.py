"""The watched mailbox, on the embedded server and on Dovecot alike."""

import os
import re
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from accounts import Account
from real_servers import Dovecot, Postfix

from mailbot.errors import TryLaterError
from mailbot.model.rules import MailboxRules, OAuth, Security
from mailbot.receive.connection import Patience
from mailbot.receive.mailbox import Mailbox

LETTER = b"From: a@b.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: c@d.example\r\n\r\nhallo\r\n"
# IDLE is used for waits of a few tenths of a second too.
EAGER = Patience(short=0.3)
OTHER = b"From: office@kruempel.example\r\nSubject: two\r\n\r\nwelt\r\n"


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    """Give the reading and the writing end of what wakes the daemon."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def box(account: Account) -> Iterator[Mailbox]:
    mailbox = Mailbox(account.rules(), None, EAGER)
    mailbox.connect()
    yield mailbox
    mailbox.close()


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_folder_is_account_and_folder(box: Mailbox, account: Account) -> None:
    """The folder's name tells account and folder, and its UIDVALIDITY is known."""
    assert box.folder == f"{account.user}@127.0.0.1/INBOX"
    assert box.uidvalidity > 0


def test_connect_twice_is_connecting_once(box: Mailbox, account: Account) -> None:
    """Connecting while connected changes nothing."""
    validity = box.uidvalidity
    box.connect()
    assert box.uidvalidity == validity
    assert box.new(0) == []


def test_new_letters_come_as_heads(box: Mailbox, account: Account) -> None:
    """A new letter shows its header fields as they are, its size and when it came in."""
    uid = account.deliver(LETTER, datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
    assert box.uid_next <= uid
    (head,) = box.new(0)
    assert (head.uid, head.size, head.received_at) == (uid, len(LETTER), datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
    assert head.headers == (("From", "a@b.example"), ("Subject", "Grüße"), ("From", "c@d.example"))
    assert box.uid_next == uid + 1


def test_only_letters_above_the_watermark_are_new(box: Mailbox, account: Account) -> None:
    """What lies at or below the watermark is not new, though `n:*` always names the last letter."""
    first, second = account.deliver(LETTER), account.deliver(OTHER)
    assert [head.uid for head in box.new(first)] == [second]
    assert box.new(second) == []
    assert [head.uid for head in box.new(second, also=[first, 99_999])] == [first]


def test_new_letters_come_in_slices(box: Mailbox, account: Account) -> None:
    """With many letters the lowest come first, as many as asked for."""
    uids = account.deliver_all([LETTER] * 5)
    assert [head.uid for head in box.new(0, limit=2)] == uids[:2]
    assert [head.uid for head in box.new(uids[1], also=[uids[0]], limit=2)] == [uids[0], uids[2]]


def test_looking_marks_nothing_as_read(box: Mailbox, account: Account) -> None:
    """Neither looking at heads nor fetching marks a letter as read."""
    uid = account.deliver(LETTER)
    box.new(0)
    assert box.fetch([uid]) == {uid: LETTER}
    assert account.flags() == [set()]


def test_fetch_gives_the_very_bytes(box: Mailbox, account: Account) -> None:
    """Bytes come as they were delivered, many at a time, and odd ones too."""
    raws = [b"\r\n", b"Subject: \xff\xfe\r\n\r\n\x01\xff\r\n", b"A: b\r\n\r\n" + b"x" * 300_000, LETTER] * 15
    uids = account.deliver_all(raws)
    fetched = box.fetch(uids)
    assert [fetched[uid] for uid in uids] == raws


def test_vanished_letters_are_absent(box: Mailbox, account: Account) -> None:
    """A letter that a person removed meanwhile is simply not there."""
    first, second = account.deliver(LETTER), account.deliver(OTHER)
    assert len(box.new(0)) == 2
    account.remove(first)
    assert [head.uid for head in box.new(0)] == [second]
    assert box.fetch([first, second, 99_999]) == {second: OTHER}
    assert [head.uid for head in box.new(0, also=[first])] == [second]


def test_since_goes_by_the_day_it_came_in(box: Mailbox, account: Account) -> None:
    """Since a day means: came in on that day or later."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    _, second, third = (account.deliver(LETTER, noon + timedelta(days=n)) for n in (-1, 0, 1))
    assert box.since(date(2026, 11, 20)) == [second, third]
    assert box.since(date(2027, 1, 1)) == []


def test_older_notices_are_found_by_sender(box: Mailbox, account: Account) -> None:
    """For the first start, letters before a day are found by address or domain of their sender."""
    old, new = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)
    mine = account.deliver(LETTER, old)
    account.deliver(OTHER, old)
    account.deliver(LETTER, new)
    assert [head.uid for head in box.notices_before(date(2026, 11, 10), ["@b.example", "no@where.example"])] == [mine]
    assert list(box.notices_before(date(2026, 11, 10), [])) == []


@pytest.mark.parametrize("name", ["Mailbot/Erledigt", "Prüfung & Ärger/Bücher"])
def test_filing_moves_to_a_folder_made_for_it(box: Mailbox, account: Account, name: str) -> None:
    """Filed letters lie in the folder, which is made and subscribed, and nothing else is moved."""
    uids = [account.deliver(LETTER), account.deliver(OTHER), account.deliver(LETTER)]
    box.file([uids[0], uids[2], 99_999], name)
    assert account.letters() == [OTHER]
    assert account.letters(_encoded(name)) == [LETTER, LETTER]
    assert _encoded(name).strip('"') in account.folders()


def _encoded(name: str) -> str:
    from imapclient.imap_utf7 import encode  # type: ignore[import-untyped]  # noqa: PLC0415  # only here

    return f'"{encode(name).decode()}"'


def test_filing_nowhere_leaves_a_keyword(box: Mailbox, account: Account) -> None:
    """With no folder to file to, a letter stays unread and carries $Mailbot."""
    uid = account.deliver(LETTER)
    account.deliver(OTHER)
    box.file([uid], "")
    assert account.flags() == [{"$Mailbot"}, set()]


def test_a_folder_that_was_removed_is_made_again(box: Mailbox, account: Account) -> None:
    """Filing goes on after a person removed the folder."""
    box.file([account.deliver(LETTER)], "Erledigt")
    with account.opened() as imap:
        imap.delete("Erledigt")
    box.file([account.deliver(OTHER)], "Erledigt")
    assert account.letters("Erledigt") == [OTHER]


def test_many_letters_are_filed_at_once(box: Mailbox, account: Account) -> None:
    """More letters than one command takes are filed all the same."""
    uids = account.deliver_all([LETTER] * 120)
    box.file(uids, "Mailbot/Erledigt")
    assert (len(account.letters()), len(account.letters("Mailbot/Erledigt"))) == (0, 120)


def test_waiting_ends_when_mail_comes(box: Mailbox, account: Account, wake: tuple[int, int]) -> None:
    """Mail that comes while we wait ends the waiting, not its time."""
    box.new(0)
    timer = threading.Timer(0.1, lambda: account.deliver(LETTER))
    timer.start()
    assert 0.05 <= seconds(lambda: box.wait(8, wake[0])) < 4
    assert len(box.new(0)) == 1
    timer.join()


def test_embedded_server_wakes_at_once(embedded: object, wake: tuple[int, int]) -> None:
    """On the embedded server mail is noticed within a few milliseconds, every time."""
    from mailbot.embedded import EmbeddedServers  # noqa: PLC0415  # a name for the type checker only

    assert isinstance(embedded, EmbeddedServers)
    mailbox = Mailbox(Account(embedded.imap_port, "mailbot").rules(), None, EAGER)
    mailbox.connect()
    for n in range(40):
        # From right before IDLE begins to well after.
        timer = threading.Timer(n * 0.0005, lambda: embedded.deliver("mailbot", LETTER))
        timer.start()
        assert seconds(lambda: mailbox.wait(5, wake[0])) < 2
        assert len(mailbox.new(mailbox.uid_next - 1)) == 1
        timer.join()
    mailbox.close()


def test_mail_that_came_before_waiting_is_not_slept_over(box: Mailbox, account: Account, wake: tuple[int, int]) -> None:
    """Mail that came between looking and waiting ends the waiting at once, also when another command told of it."""
    first = account.deliver(LETTER)
    box.new(0)
    account.deliver(OTHER)
    box.file([first], "Erledigt")
    assert seconds(lambda: box.wait(5, wake[0])) < 3


def test_waiting_ends_when_somebody_rings(box: Mailbox, wake: tuple[int, int]) -> None:
    """The daemon can be woken while it waits for mail; ringing before counts too."""
    box.new(0)
    timer = threading.Timer(0.1, lambda: os.write(wake[1], b"!"))
    timer.start()
    assert 0.05 <= seconds(lambda: box.wait(8, wake[0])) < 3
    timer.join()
    assert seconds(lambda: box.wait(8, wake[0])) < 3


@pytest.mark.parametrize("span", [0.0, 0.4])
def test_waiting_lasts_its_time_and_no_longer(box: Mailbox, wake: tuple[int, int], span: float) -> None:
    """Without a reason the waiting lasts just as long as asked, and the mailbox works on."""
    box.new(0)
    assert span <= seconds(lambda: box.wait(span, wake[0])) < span + 2
    assert box.new(0) == []


def test_flags_and_removals_are_no_reason(box: Mailbox, account: Account, wake: tuple[int, int]) -> None:
    """That a person reads or removes a letter does not end the waiting."""
    uid = account.deliver(LETTER)
    account.deliver(OTHER)
    box.new(0)
    timer = threading.Timer(0.1, lambda: account.remove(uid))
    timer.start()
    assert seconds(lambda: box.wait(0.9, wake[0])) >= 0.9
    timer.join()


def test_check_says_what_works(box: Mailbox) -> None:
    """Checking proves the folders, makes them, and says so in a line each."""
    assert box.check()[1:3] == ["Mailbot/Erledigt: is there", "Mailbot/Unklar: is there"]


def test_wrong_password_is_tried_later(account: Account) -> None:
    """A refused log-in is one plain sentence without the password."""
    mailbox = Mailbox(account.rules(password="geheim-ü"), None)
    with pytest.raises(TryLaterError, match="refused the log-in") as caught:
        mailbox.connect()
    assert "geheim" not in str(caught.value)
    with pytest.raises(TryLaterError, match="no connection"):
        mailbox.new(0)


def test_unknown_folder_is_tried_later(account: Account) -> None:
    """A watched folder that is not there is one plain sentence."""
    with pytest.raises(TryLaterError, match="does not open the folder Nirgends"):
        Mailbox(account.rules(inbox="Nirgends"), None).connect()


def test_nobody_listening_is_tried_later() -> None:
    """A server that is away is one plain sentence that names it."""
    rules = MailboxRules(host="127.0.0.1", port=1, user="x", password="y", security=Security.NONE)
    with pytest.raises(TryLaterError, match=re.escape("127.0.0.1:1 cannot be reached")):
        Mailbox(rules, None).connect()


def test_a_lost_connection_can_be_made_again(box: Mailbox, account: Account) -> None:
    """After the connection is lost the next call says so, and connecting works again."""
    account.deliver(LETTER)
    box._client.socket().shutdown(2)
    with pytest.raises(TryLaterError):
        box.new(0)
    box.connect()
    assert len(box.new(0)) == 1


def test_server_prefix_and_delimiter_are_used(dovecot: Dovecot) -> None:
    """Where folders live below `INBOX.` with dots between, ours do too, and the server subscribes them."""
    account = dovecot.account(dotted=True)
    mailbox = Mailbox(account.rules(), None, EAGER)
    mailbox.connect()
    mailbox.file([account.deliver(LETTER)], "Mailbot/Erledigt")
    mailbox.file([account.deliver(OTHER)], "INBOX/Mailbot/Unklar")
    mailbox.close()
    assert account.letters("INBOX.Mailbot.Erledigt") == [LETTER]
    assert account.letters("INBOX.Mailbot.Unklar") == [OTHER]
    assert "INBOX.Mailbot.Erledigt" in account.folders()


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_certificates_are_checked(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, security: Security) -> None:
    """A certificate that no authority of the system signed is refused; a signed one is served, IDLE included."""
    port = dovecot.imaps_port if security is Security.TLS else dovecot.imap_port
    plain = dovecot.account()
    rules = plain.rules(port=port, security=security, host="localhost")
    with pytest.raises(TryLaterError, match="certificate"):
        Mailbox(rules, None).connect()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.ca_file))
    mailbox = Mailbox(rules, None)
    mailbox.connect()
    reading, writing = os.pipe()
    timer = threading.Timer(0.1, lambda: plain.deliver(LETTER))
    timer.start()
    assert 0.05 <= seconds(lambda: mailbox.wait(8, reading)) < 4
    uid = plain.deliver(b"A: b\r\n\r\n" + b"x" * 100_000)
    assert len(mailbox.fetch([uid])[uid]) == 100_008
    mailbox.close()
    timer.join()
    os.close(reading)
    os.close(writing)


def test_tokens_are_asked_for_anew_each_time(account: Account) -> None:
    """With OAuth every connection asks for a token; a refused one is never shown."""
    asked: list[str] = []

    def token() -> str:
        asked.append(f"secret{len(asked)}")
        return asked[-1]

    mailbox = Mailbox(account.rules(oauth=OAuth(account.user, "token")), token)
    for _ in range(2):
        with pytest.raises(TryLaterError, match="refused the log-in") as caught:
            mailbox.connect()
        assert "secret" not in str(caught.value)
    assert asked == ["secret0", "secret1"]


def test_mail_through_postfix_ends_the_waiting(dovecot: Dovecot, postfix: Postfix, wake: tuple[int, int]) -> None:
    """A mail that Postfix takes in reaches the mailbox in Dovecot and ends the waiting, with its verdict on top."""
    account = dovecot.account()
    mailbox = Mailbox(account.rules(), None, EAGER)
    mailbox.connect()
    with smtplib.SMTP("127.0.0.1", postfix.smtp_port) as smtp:
        smtp.sendmail("a@b.example", [postfix.address(account)], LETTER)
    assert seconds(lambda: mailbox.wait(8, wake[0])) < 3
    (head,) = mailbox.new(0)
    verdicts = head.all("Authentication-Results")
    assert verdicts == ("mx.soccer-kirche.example; dkim=pass header.d=b.example; dmarc=pass header.from=b.example",)
    assert mailbox.fetch([head.uid])[head.uid].endswith(b"\r\n\r\nhallo\r\n")
    mailbox.close()


def test_postfix_refuses_whom_it_does_not_know(postfix: Postfix) -> None:
    """The test's own Postfix refuses unknown addresses and offers log-in, as a provider does."""
    with smtplib.SMTP("127.0.0.1", postfix.smtp_port) as smtp:
        smtp.login("user001", "demo")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@b.example", ["niemand@kruempel.example"], LETTER)
