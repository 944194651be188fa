"""What a letter is and who wrote it: whose word counts, whose is passed on, and what is none of our business."""

from dataclasses import replace
from typing import Any

import pytest
from understand_story import (
    BOOKING,
    BOOKS,
    CARETAKER,
    CODE,
    CUSTOMER,
    DESK,
    DOMAIN,
    LETTERS,
    NOTHING,
    NOW,
    OFFICE,
    OURS,
    OWN,
    REVIEW,
    RULES,
    SOURCE,
    STRANGER,
    TOCARETAKER,
    TOCUSTOMER,
    TODESK,
    UNKNOWN,
    head,
    letter,
    with_trust,
)

from mailbot.model.digest_events import Paused, Resumed
from mailbot.model.events import (
    Approved,
    BookingRequested,
    CustomerWrote,
    DeliveryFailed,
    Doubt,
    Doubted,
    HelpAsked,
    NoticeIgnored,
    NoticePuzzled,
    NotOurs,
    Unproven,
    Withdrawn,
)
from mailbot.model.list_events import ListAsked
from mailbot.model.people import NOBODY, Actor, Role
from mailbot.model.rules import Proof, Rules
from mailbot.receive.parse import letter as parsed
from mailbot.understand.recognise import is_ours, recognise

REVIEWER = Actor(Role.REVIEWER, "office", OFFICE)
FAIL = f"{OURS}; dmarc=fail header.from=kruempel.example"


def found(text: str | None = "ok", rules: Rules = RULES, **about: Any) -> tuple[Actor, Any]:
    return recognise(letter(text, **about), BOOKS, rules)


def test_proven_office_approves() -> None:
    """Listed address, proof and token together make an answer."""
    assert found(answers=REVIEW) == (REVIEWER, Approved(BOOKING, 3))
    deputy = found(answers=REVIEW, sender="Chefin@kruempel.example")
    assert deputy == (Actor(Role.REVIEWER, "office", "chefin@kruempel.example"), Approved(BOOKING, 3))


def test_an_ok_to_somebody_else() -> None:
    """In the thread of a review the office's `ok` to a friend, with a copy to us, decides nothing; one to us does."""
    thread = (("In-Reply-To", "<x@freund.example>"), ("References", f"<{REVIEW}@{DOMAIN}> <x@freund.example>"))
    to_friend = (("To", "freund@freund.example"), ("Cc", OWN), *thread)
    by, event = found(more=to_friend)
    assert (by, event) == (REVIEWER, Doubted(BOOKING, 0, why=Doubt.NO_TOKEN, said="ok"))
    assert found(more=thread) == (REVIEWER, Approved(BOOKING, 3))
    assert found(more=(("To", f"Buchung <{OWN.upper()}>, x@freund.example"), *thread))[1] == Approved(BOOKING, 3)


def test_who_is_called_postmaster() -> None:
    """A name with postmaster@ in it, or a listed postmaster@, makes no delivery report of what a person wrote."""
    post = "postmaster@kruempel.example"
    office = replace(RULES.people["office"], emails=(OFFICE, post))
    rules = replace(RULES, people={**RULES.people, "office": office})
    assert found(rules=rules, sender=post, answers=REVIEW) == (
        Actor(Role.REVIEWER, "office", post),
        Approved(BOOKING, 3),
    )
    named = letter("wir sind krank", sender=CUSTOMER, answers=TOCUSTOMER)
    fields = tuple((name, value.replace("Jemand", '"postmaster@verein"')) for name, value in named.headers)
    by, event = recognise(replace(named, headers=fields), BOOKS, RULES)
    assert (by.role, event) == (Role.CUSTOMER, CustomerWrote(BOOKING, "wir sind krank"))
    gone = (("Return-Path", "<>"),)
    assert isinstance(
        found(rules=rules, sender=post, answers=REVIEW, subject="Undeliverable", more=gone)[1], DeliveryFailed
    )


# ATTACKS 1, 3, 4, 5, 7 to 9: each letter claims to be the office and is not proven.
FORGED: list[dict[str, Any]] = [
    {"auth": None},
    {"auth": FAIL},
    {"auth": FAIL, "more": (("X", "y"), ("From ", "evil@x.example"))},
    {"auth": f"{OURS}; dmarc=pass header.from=evil.example"},
    {"auth": "attacker.example; dmarc=pass header.from=kruempel.example"},
    {"more": (("From", "evil@x.example"),)},
    {"more": (("From ", "evil@x.example"),)},
]


@pytest.mark.parametrize("about", FORGED)
def test_forged_office(about: dict[str, Any]) -> None:
    """A letter that claims to be the office and is not proven changes nothing; the office hears of it."""
    by, event = found(answers=REVIEW, **about)
    assert by == NOBODY
    assert isinstance(event, Unproven)
    assert event.claimed == OFFICE
    assert event.evidence


def test_display_name_trick() -> None:
    """`From: buero@… <evil@x>` claims to be the office; a quoted name alone makes nobody anybody."""
    plain = replace(letter("ok"), headers=(("From", f"{OFFICE} <{STRANGER}>"), ("In-Reply-To", f"<{REVIEW}@{DOMAIN}>")))
    by, event = recognise(plain, BOOKS, RULES)
    assert by == NOBODY
    assert isinstance(event, Unproven)
    assert event.claimed == OFFICE
    quoted = replace(letter("ok"), headers=(("From", f'"{OFFICE}" <{STRANGER}>'),))
    assert not is_ours(head(quoted), BOOKS, RULES)


def test_trust_token() -> None:
    """With `trust: token` the listed address and its own token suffice; without token, proof is needed."""
    rules = with_trust(RULES, "office", Proof.TOKEN)
    assert found(rules=rules, auth=None, answers=REVIEW) == (REVIEWER, Approved(BOOKING, 3))
    assert isinstance(found(rules=rules, auth=None)[1], Unproven)
    assert isinstance(found(rules=rules, auth=None, answers=UNKNOWN)[1], Unproven)
    # A verdict in our server's name may be the sender's own there: it proves nothing (ATTACKS 5).
    assert isinstance(found(rules=rules)[1], Unproven)
    assert isinstance(found(rules=rules, answers=TODESK)[1], Unproven)


@pytest.mark.parametrize("token", [TOCUSTOMER, TODESK, TOCARETAKER])
def test_trust_token_of_another(token: str) -> None:
    """A customer who forges an address with `trust: token` and uses the token of his own mail is not believed."""
    rules = with_trust(RULES, "office", Proof.TOKEN)
    by, event = found(rules=rules, auth=None, answers=token)
    assert by == NOBODY
    assert isinstance(event, Unproven)


def test_own_trust_of_a_person() -> None:
    """A person's own `trust` goes before the house's."""
    dkim = f"{OURS}; dkim=pass header.d=kruempel.example; dmarc=none"
    assert isinstance(found(auth=dkim, answers=REVIEW)[1], Unproven)
    assert isinstance(found(rules=with_trust(RULES, "office", Proof.DKIM), auth=dkim, answers=REVIEW)[1], Approved)


@pytest.mark.parametrize(
    ("sender", "token", "why"),
    [
        (OFFICE, TODESK, Doubt.NOT_YOURS),
        (OFFICE, TOCUSTOMER, Doubt.NOT_YOURS),
        (DESK, REVIEW, Doubt.WRONG_ROLE),
        (CARETAKER, REVIEW, Doubt.WRONG_ROLE),
    ],
)
def test_wrong_role(sender: str, token: str, why: Doubt) -> None:
    """A token in the hands of another role is refused, and the person is told; the office not that it decides."""
    event = found(sender=sender, answers=token)[1]
    assert isinstance(event, Doubted)
    assert event.why is why
    assert event.matter == BOOKING


@pytest.mark.parametrize("sender", [CUSTOMER, STRANGER])
def test_review_forwarded(sender: str) -> None:
    """Who answers a review that was forwarded to him decides nothing, and the office hears of it (ATTACKS 21)."""
    by, event = found(sender=sender, answers=REVIEW)
    assert by == NOBODY
    assert isinstance(event, Unproven)
    assert event.claimed == ""
    assert "fremde Adresse" in event.evidence


@pytest.mark.parametrize("sender", [STRANGER, "kunde@kunde.example.evil.example", "tom@kunde.example"])
def test_a_customer_s_token_in_other_hands(sender: str) -> None:
    """Who answers a customer's mail from another address is no customer, and the office hears of it (ATTACKS 21)."""
    by, event = found("storno", sender=sender, answers=TOCUSTOMER)
    assert by == NOBODY
    assert isinstance(event, Unproven)


def test_customer() -> None:
    """A customer's reply to his own mail is passed on, without what he quoted, and decides nothing."""
    by, event = found("OK\n\nBis dann!\n\n> Ihre Anfrage", sender=CUSTOMER, answers=TOCUSTOMER, auth=None)
    assert by == Actor(Role.CUSTOMER, "", CUSTOMER)
    assert event == CustomerWrote(BOOKING, "OK\n\nBis dann!")


def test_caretaker() -> None:
    """A subscriber's letters are messages to the office, with token or without."""
    by = Actor(Role.SUBSCRIBER, "platzwart", CARETAKER)
    assert found("ok", sender=CARETAKER, answers=TOCARETAKER) == (by, CustomerWrote(BOOKING, "ok"))
    assert found("Rasen gemäht", sender=CARETAKER) == (by, CustomerWrote(NOTHING, "Rasen gemäht"))


def test_unknown_token() -> None:
    """A token the books do not know stands for nothing, even where References names one they know (ATTACKS 2)."""
    event = found(answers=UNKNOWN, more=(("References", f"<{REVIEW}@{DOMAIN}>"),))[1]
    assert isinstance(event, Doubted)
    assert event.why is Doubt.NO_TOKEN
    assert not is_ours(head(letter(sender=STRANGER, answers=UNKNOWN)), BOOKS, RULES)


def test_token_in_references() -> None:
    """Where In-Reply-To names somebody else's letter, the newest of ours in References counts."""
    more = (("References", f"<a@b> <{TODESK}@{DOMAIN}> <{REVIEW.upper()}@{DOMAIN}> <c@d>"), ("In-Reply-To", "<c@d>"))
    assert found(more=more)[1] == Approved(BOOKING, 3)
    elsewhere = (("References", f"<{REVIEW}@evil.example>"),)
    assert found(more=elsewhere)[1].why is Doubt.NO_TOKEN


def test_subaddress() -> None:
    """The token in the Reply-To address counts where the rules switch it on, and only there."""
    more = (("To", f"buchung+{REVIEW}@{DOMAIN}"),)
    rules = replace(RULES, mailbox=replace(RULES.mailbox, subaddress=True))
    assert found(rules=rules, more=more)[1] == Approved(BOOKING, 3)
    assert found(more=more)[1].why is Doubt.NO_TOKEN
    two = found(rules=rules, more=more, answers=TODESK)[1]
    assert two.why is Doubt.NO_TOKEN


def test_without_token() -> None:
    """A proven person without token is asked back about the one booking he names; `hilfe` is served."""
    one = found(f"Was ist mit {CODE.lower()}?")[1]
    assert one == Doubted(BOOKING, 0, why=Doubt.NO_TOKEN, said=f"Was ist mit {CODE.lower()}?")
    assert found("ok", subject=f"Re: {CODE}")[1].matter == BOOKING
    assert found(f"{CODE} LMNOPQRSTUVW")[1].matter == NOTHING
    assert found(f"siehe unten\n\n> {CODE}")[1].matter == NOTHING
    assert found("Hilfe") == (REVIEWER, HelpAsked(NOTHING, 0))
    assert found("", subject="hilfe")[1] == HelpAsked(NOTHING, 0)
    assert found("Pause") == (REVIEWER, Paused(NOTHING, 0))
    assert found("", subject="weiter")[1] == Resumed(NOTHING, 0)
    assert found("liste")[1] == ListAsked(NOTHING, 0, month=None, year=None)
    assert found("Liste Oktober")[1] == ListAsked(NOTHING, 0, month=10, year=None)


def test_source() -> None:
    """A proven source's letter is a notice although it carries a robot's marks; unproven it makes no booking."""
    text = "Name: Max\nE-Mail: max@kunde.example\nStart: 28.11.2026 19:30"
    marks = (("Auto-Submitted", "auto-generated"), ("Return-Path", "<>"), ("List-Unsubscribe", "<x>"))
    by, event = found(text, sender=SOURCE, subject="Max", more=marks)
    assert by == Actor(Role.SOURCE, "youcanbookme", SOURCE)
    assert isinstance(event, BookingRequested)
    by, event = found(text, sender=SOURCE, subject="Max", auth=None)
    assert by == NOBODY
    assert isinstance(event, Unproven)
    assert event.notice
    assert event.notice.name == "Max"
    # A token proves nothing for a source, whatever the rules ask of persons.
    rules = replace(RULES, trust=replace(RULES.trust, require=Proof.TOKEN))
    assert isinstance(found(text, rules=rules, sender=SOURCE, auth=None, answers=REVIEW)[1], Unproven)
    assert isinstance(found(text, sender="x@youcanbook.me.evil.example")[1], NotOurs)


@pytest.mark.parametrize("name", ["Anna Erinnerung", "Storniert Abgesagt", "Max verschoben"])
def test_a_name_is_no_kind_of_notice(name: str) -> None:
    """Whoever calls himself "Erinnerung" still books; the word in front of his name still tells what came."""
    text = f"Name: {name}\nE-Mail: max@kunde.example\nStart: 28.11.2026 19:30\nBuchungscode: {CODE}"
    subjects = {f"?? {name}": BookingRequested, f"Storniert: {name}": Withdrawn, f"Erinnerung: {name}": NoticeIgnored}
    for subject, kind in subjects.items():
        assert isinstance(found(text, sender=SOURCE, subject=subject)[1], kind)
    first, last = name.split()
    split = text.replace(f"Name: {name}", f"Vorname: {first}\nNachname: {last}")
    assert isinstance(found(split, sender=SOURCE, subject=f"{last}, {first}")[1], BookingRequested)


def test_surprising_notice() -> None:
    """A notice in a letter that could not be read in full is shown to a person."""
    text = "Name: Max\nE-Mail: max@kunde.example\nStart: 28.11.2026 19:30"
    event = found(text, sender=SOURCE, subject="Max", surprises=("der Aufbau des Briefes ist beschädigt",))[1]
    assert isinstance(event, NoticePuzzled)


def test_bounce_names_the_mail_itself() -> None:
    """A report whose returned header names older mails of the thread too is about the mail itself."""
    event = recognise(parsed("k", NOW, (LETTERS / "bounce-failed.eml").read_bytes()), BOOKS, RULES)[1]
    assert isinstance(event, DeliveryFailed)
    assert event.token == TOCUSTOMER


def test_a_letter_that_is_only_a_file() -> None:
    """A person's answer without any text, such as a scan alone, is empty: nothing is decided, and he is asked back."""
    event = found(None, answers=REVIEW)[1]
    assert isinstance(event, Doubted)
    assert event.matter == BOOKING
    assert found(None, sender=CUSTOMER, answers=TOCUSTOMER)[1] == CustomerWrote(BOOKING, "")
