"""What is fetched at all, and whose letters no person wrote: judged by the headers alone."""

from dataclasses import replace
from typing import Any

import pytest
from understand_story import (
    BOOKING,
    BOOKS,
    CODE,
    CUSTOMER,
    DESK,
    DOMAIN,
    OFFICE,
    OWN,
    REVIEW,
    RULES,
    SOURCE,
    STRANGER,
    TOCUSTOMER,
    UNKNOWN,
    head,
    letter,
    with_trust,
)

from mailbot.model.events import (
    Approved,
    Automatic,
    NotOurs,
)
from mailbot.model.letter import Letter
from mailbot.model.people import NOBODY, Actor, Role
from mailbot.model.rules import Proof, Rules
from mailbot.understand.recognise import is_ours, recognise

REVIEWER = Actor(Role.REVIEWER, "office", OFFICE)


def found(text: str = "ok", rules: Rules = RULES, **about: Any) -> tuple[Actor, Any]:
    return recognise(letter(text, **about), BOOKS, rules)


OURS_OR_NOT: list[tuple[Letter, bool]] = [
    (letter(sender=STRANGER), False),
    (letter(sender=STRANGER, answers=REVIEW), True),
    (letter(sender=STRANGER, answers=UNKNOWN), False),
    (letter(sender=OFFICE, auth=None), True),
    (letter(sender=SOURCE, auth=None), True),
    (letter(sender=STRANGER, subject="Belegung"), True),
    (letter(sender=STRANGER, subject="Belegung im Verein"), False),
    (letter(sender=STRANGER, subject="hilfe"), False),
    (letter(sender=STRANGER, more=(("Return-Path", "<>"),)), True),
    (letter(sender="mailer-daemon@x.example"), True),
    (letter(sender=STRANGER, more=(("Content-Type", "multipart/report; report-type=delivery-status"),)), True),
    # Our own mails coming in (ATTACKS 53).
    (letter(sender=OWN), False),
    (letter(sender=OWN, answers=REVIEW), False),
    (letter(sender=OFFICE, answers=TOCUSTOMER, more=(("Message-ID", f"<{REVIEW}@{DOMAIN}>"),)), False),
    (letter(sender=OWN, more=(("Mailbot-Kind", "office/review"), ("Message-ID", f"<{REVIEW}@{DOMAIN}>"))), False),
    (letter(sender=OFFICE, more=(("Message-ID", f"<{REVIEW}@{DOMAIN}>"),)), False),
]


@pytest.mark.parametrize(("incoming", "expected"), OURS_OR_NOT)
def test_is_ours(incoming: Letter, expected: bool) -> None:
    """By the headers alone: people and sources listed, our tokens, reports and `belegung` are ours, nothing else."""
    assert is_ours(head(incoming), BOOKS, RULES) is expected
    if not expected:
        assert recognise(incoming, BOOKS, RULES)[0] == NOBODY
        assert isinstance(recognise(incoming, BOOKS, RULES)[1], NotOurs)


def test_the_offices_own_mailbox() -> None:
    """In a listed person's own mailbox only answers to our mails and command subjects are ours."""
    own = replace(RULES, mailbox=replace(RULES.mailbox, user=OFFICE), smtp=replace(RULES.smtp, sender_address=OFFICE))
    own = with_trust(own, "office", Proof.TOKEN)
    answer = replace(
        letter("ok", auth=None), headers=(("From", OFFICE), ("In-Reply-To", f"<{REVIEW}@kruempel.example>"))
    )
    assert recognise(answer, BOOKS, own) == (REVIEWER, Approved(BOOKING, 3))
    for sender in (OFFICE, DESK):
        assert not is_ours(head(letter(sender=sender, subject="Kuchen")), BOOKS, own)
        assert not is_ours(head(letter(sender=sender, subject="Re: Liste")), BOOKS, own)
        assert not is_ours(head(letter(sender=sender, subject="Liste Einkauf")), BOOKS, own)
        # In an answer courtesy may stand before the word; among people it is a subject like any other.
        assert not is_ours(head(letter(sender=sender, subject="Bitte Hilfe")), BOOKS, own)
        assert not is_ours(head(letter(sender=sender, subject="Hallo, Pause")), BOOKS, own)
        assert is_ours(head(letter(sender=sender, subject="Liste")), BOOKS, own)
        assert is_ours(head(letter(sender=sender, subject=f"ausgegeben {CODE}")), BOOKS, own)
    assert is_ours(head(letter(sender=SOURCE)), BOOKS, own)
    mine = letter(
        sender=OFFICE, more=(("Mailbot-Kind", "office/review"), ("In-Reply-To", f"<{REVIEW}@kruempel.example>"))
    )
    assert not is_ours(head(mine), BOOKS, own)


THREADS = [
    # What it answers is ours, or the last of its references.
    (CUSTOMER, (("In-Reply-To", TOCUSTOMER), ("References", "x@y")), True),
    (CUSTOMER, (("References", f"x@y {TOCUSTOMER}"),), True),
    # People go on among themselves below a mail of ours.
    (CUSTOMER, (("In-Reply-To", "x@y"), ("References", f"{TOCUSTOMER} x@y")), False),
    (STRANGER, (("In-Reply-To", "x@y"), ("References", f"{REVIEW} x@y")), False),
    (OFFICE, (("In-Reply-To", "x@y"), ("References", f"{TOCUSTOMER} x@y")), False),
    # The office goes on below its own answer to a review.
    (OFFICE, (("In-Reply-To", "x@y"), ("References", f"{REVIEW} x@y")), True),
    # Its answer to a friend whom it had asked about a review, with a copy to itself.
    (OFFICE, (("To", "freund@z"), ("Cc", OWN), ("In-Reply-To", "x@y"), ("References", f"{REVIEW} x@y")), False),
]


@pytest.mark.parametrize(("sender", "names", "expected"), THREADS)
def test_threads_in_the_offices_own_mailbox(sender: str, names: tuple[tuple[str, str], ...], expected: bool) -> None:
    """There a mail of ours far back in the thread makes a letter ours only in its own reader's hand."""
    own = replace(RULES, mailbox=replace(RULES.mailbox, user=OFFICE))
    wrapped = tuple(
        (name, " ".join(f"<{one}>" if "@" in one else f"<{one}@{DOMAIN}>" for one in value.split()))
        for name, value in names
    )
    assert is_ours(head(letter(sender=sender, more=wrapped)), BOOKS, own) is expected
    assert is_ours(head(letter(sender=sender, more=wrapped)), BOOKS, RULES)


ROBOTS = (
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated (x)"),
    ("Precedence", "bulk"),
    ("List-Id", "<x.y>"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Autoreply", "yes"),
    ("Return-Path", "<>"),
    ("Subject", "Abwesenheitsnotiz: Anfrage"),
    ("Subject", "Automatische Antwort: Anfrage"),
    ("Subject", "Out of Office: x"),
    ("Subject", "Gelesen: Anfrage"),
    ("Subject", "Read: Request"),
    ("Content-Type", 'multipart/report; report-type="disposition-notification"'),
)


@pytest.mark.parametrize("mark", ROBOTS, ids=str)
def test_robots(mark: tuple[str, str]) -> None:
    """A robot's `ok` in the office's name is an automatic letter, no decision (ATTACKS 25 to 28, 33)."""
    by, event = found(answers=REVIEW, more=(mark,))
    assert by == NOBODY
    assert isinstance(event, Automatic)
    assert event.matter == BOOKING
    assert event.said == "ok"


def test_no_robot() -> None:
    """`Auto-Submitted: no` and an ordinary return path are a person's."""
    more = (("Auto-Submitted", "no"), ("Return-Path", f"<{OFFICE}>"))
    assert found(answers=REVIEW, more=more)[1] == Approved(BOOKING, 3)
