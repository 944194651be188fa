"""Honest and unclear answers, set by every mail program around our real mails, and how they were understood.

A case is one letter's bytes, read from MIME to event. An honest answer must give exactly what was said, or a question
back; an unclear one always a question back. `benchmarks/understanding.py` prints the table of this.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from clients_microsoft import MICROSOFT
from clients_others import OTHERS
from clients_phones import PHONES
from clients_web import WEB
from mailing import Body, Client, Sent, message, sent
from understand_story import (
    BOOKING,
    BOOKS,
    CUSTOMER,
    DESK,
    DOMAIN,
    NOW,
    OFFICE,
    OWN,
    REVIEW,
    RULES,
    TOCUSTOMER,
    TODESK,
    passed,
    token,
)

from mailbot.model.answers import Answer
from mailbot.model.books import Books
from mailbot.model.day_events import Released
from mailbot.model.digest_events import ItemsAnswered
from mailbot.model.events import Addressed, Approved, Changed, CustomerWrote, Doubted, Event, HelpAsked, Rejected
from mailbot.model.mail import Matter, MatterKind, OutMail, Thread
from mailbot.model.people import Role
from mailbot.model.talk_events import Asked, Cancelled, ChangeWished, Paid, WhyAsked, WithdrawalWished
from mailbot.receive.parse import letter as parsed
from mailbot.send.cast import NOW as WRITTEN
from mailbot.send.compose import Composer
from mailbot.send.examples import example_orders
from mailbot.understand.recognise import recognise

TEMPLATES = Path(__file__).parents[1] / "templates"
CLIENTS: dict[str, Client] = MICROSOFT | PHONES | WEB | OTHERS
LANGUAGES, FORMS = ("de", "en"), ("both", "text", "html")
DIGEST, TODIGEST = Matter(MatterKind.DIGEST, "muster/1"), token("digest")
MORNING = OutMail(
    "mail-digest", "office/digest", OFFICE, Role.REVIEWER, "office", DIGEST, 3, TODIGEST, "", "", NOW, NOW
)
ALL_BOOKS: Books = Books.of([*BOOKS.records(), replace(MORNING, message_id=f"<{TODIGEST}@{DOMAIN}>")])

# kind of the mail answered -> whose answer it is, and the token it carries
ASKED = {
    "office/review": (OFFICE, REVIEW),
    "office/reminder": (OFFICE, REVIEW),
    "office/message": (OFFICE, REVIEW),
    "office/digest": (OFFICE, TODIGEST),
    "desk/request": (DESK, TODESK),
    "customer/received": (CUSTOMER, TOCUSTOMER),
}
OFFICES = ("office/review", "office/reminder", "office/message")


class Meant(NamedTuple):
    """What somebody types, to which mails, and what it means; None where it is unclear and must be asked back."""

    typed: str
    event: Event | None
    kinds: tuple[str, ...] = OFFICES


def _approved(**more: object) -> Approved:
    return replace(Approved(BOOKING, 3), **more)  # type: ignore[arg-type]  # literal fields of the tables below


def _asked_of(digest: Answer) -> Answer:
    return replace(digest, matter=DIGEST)


_TIMES = {"day": None, "start": time(20), "end": time(21, 30)}
_LONG = "Die Halle ist an diesem Samstag leider wegen einer Veranstaltung gesperrt, bitte buchen Sie einen anderen Tag"
HONEST = (
    Meant("ok", _approved()),
    Meant("Ok.", _approved()),
    Meant("OK!", _approved()),
    Meant("Ja, danke", _approved()),
    Meant("passt 👍", _approved()),
    Meant("Okay, danke :-)", _approved()),
    Meant("ok, vielen Dank und viele Grüße", _approved()),
    Meant("ok preis 45", _approved(price=Decimal(45))),
    Meant("Ok Rabatt 20%", _approved(discount=Decimal(20))),
    Meant("o.k., 20 % Rabatt", _approved(discount=Decimal(20))),
    Meant("ok ohne mail", _approved(silent=True)),
    Meant("yes", _approved()),
    Meant("nein", Rejected(BOOKING, 3)),
    Meant("nein: Halle gesperrt", Rejected(BOOKING, 3, reason="Halle gesperrt")),
    Meant("Nein voll", Rejected(BOOKING, 3, reason="voll")),
    Meant("Bitte ablehnen", Rejected(BOOKING, 3)),
    Meant(f"Ablehnen: {_LONG}", Rejected(BOOKING, 3, reason=_LONG)),
    Meant("nein:\n\nHalle gesperrt", Rejected(BOOKING, 3, reason="Halle gesperrt")),
    Meant("nein:\n\nHalle gesperrt\n\nUnter uns: er zahlt nie", Rejected(BOOKING, 3, reason="Halle gesperrt")),
    Meant("nein: Halle gesperrt\nUnter uns: er zahlt nie", Rejected(BOOKING, 3, reason="Halle gesperrt")),
    Meant("ändern 20:00-21:30", Changed(BOOKING, 3, **_TIMES)),  # type: ignore[arg-type]  # literal fields
    Meant("AENDERN 20-21:30 Uhr, danke", Changed(BOOKING, 3, **_TIMES)),  # type: ignore[arg-type]  # literal fields
    Meant("verschieben 7.12. 18-19 Uhr", Changed(BOOKING, 3, day=date(2026, 12, 7), start=time(18), end=time(19))),
    Meant("frage: Wie viele Personen?", Asked(BOOKING, 3, question="Wie viele Personen?")),
    Meant("storno: Wasserschaden", Cancelled(BOOKING, 3, reason="Wasserschaden")),
    Meant("bezahlt 40", Paid(BOOKING, 3, amount=Decimal(40))),
    Meant("warum?", WhyAsked(BOOKING, 3)),
    Meant("Hilfe", HelpAsked(BOOKING, 3)),
    Meant("ok ADRESSE: Am Markt 3, 48565 Steinfurt", _approved(address=("Am Markt 3", "48565 Steinfurt"))),
    Meant("ADRESSE: Am Markt 3, 48565 Steinfurt", Addressed(BOOKING, 3, address=("Am Markt 3", "48565 Steinfurt"))),
    Meant(
        "1 ok, 2 nein voll",
        ItemsAnswered(DIGEST, 3, items=((1, Approved(DIGEST, 3)), (2, Rejected(DIGEST, 3, reason="voll")))),
        ("office/digest",),
    ),
    Meant("ausgegeben", Released(BOOKING, 3), ("desk/request",)),
    Meant("storno", WithdrawalWished(BOOKING, "storno"), ("customer/received",)),
    Meant("verschieben auf 7.12. 18-19 Uhr", ChangeWished(BOOKING, ""), ("customer/received",)),
    Meant("Können wir auch Hunde mitbringen?", CustomerWrote(BOOKING, ""), ("customer/received",)),
)
UNCLEAR = tuple(
    Meant(typed, None)
    for typed in (
        *("", "ok?", "nicht ok", "ja, aber erst um 20 Uhr", "Danke, schaue ich mir an.", "ok\n\nABLEHNEN"),
        *("nein\nok", "Okay wenn bezahlt", "Kein Problem, ok", "20 Uhr wäre besser"),
        *("nein, lieber 20 Uhr", "ok\n\nHalt, bitte ablehnen", "ok\nPreis 40"),
    )
)
OPENINGS = {
    "de": (
        "",
        "",
        "Hallo,\n\n",
        "Guten Morgen zusammen,\n\n",
        "Hi,\n",
        "Sehr geehrte Damen und Herren,\n\n",
        "Moin!\n",
    ),
    "en": ("", "", "Hello,\n\n", "Hi all,\n\n", "Dear team,\n\n", "Good morning,\n"),
}
_SECRET = (
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte"
    " den Absender und löschen Sie diese E-Mail. Unbefugte Weitergabe ist nicht gestattet."
)
CLOSINGS = {
    "de": (
        *("", "", "\n\nDanke!", "\n\nViele Grüße\nPetra", "\nLG Petra", "\n\n-- \nPetra Büro\nKrümpel GmbH"),
        "\n\nMit freundlichen Grüßen\n\nPetra Büro\nKrümpel GmbH\nTel. 02557 123\nwww.kruempel.example",
        f"\n\nMfG\nP. Büro\n\nKrümpel GmbH · Kirchstraße 1 · 48493 Wettringen\n\n{_SECRET}",
    ),
    "en": (
        *("", "", "\n\nThanks!", "\n\nBest regards\nPetra", "\n\nKind regards,\n\nPetra Buero\nKruempel Ltd"),
        "\n\n-- \nPetra\n\nThis e-mail may contain confidential information. If you are not the intended recipient, "
        "please notify the sender and delete it.",
    ),
}
BANNERS = (
    "ACHTUNG: Externe E-Mail",
    "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless "
    "you recognize the sender and know the content is safe.",
    "[EXTERN]",
    "[EXTERNAL EMAIL]",
    "VORSICHT: Diese E-Mail stammt von außerhalb der Organisation. Klicken Sie nicht auf Links und öffnen Sie keine "
    "Anhänge, wenn Sie den Absender nicht kennen.",
    "You don't often get email from buero@kruempel.example. Learn why this is important",
    "Sie erhalten nicht häufig E-Mails von buero@kruempel.example. Erfahren Sie, warum dies wichtig ist",
    "[Achtung Fremdpost]",
)


class Case(NamedTuple):
    """One answer in one letter: everything that is drawn, so that a case is the same on every run."""

    client: str
    language: str
    form: str
    meant: Meant
    opening: str
    closing: str
    banner: str
    mail: int


@cache
def mails() -> dict[str, list[Sent]]:
    """Give our mails by kind, as they are really composed."""
    composer = Composer(TEMPLATES, RULES)
    found: dict[str, list[Sent]] = {kind: [] for kind in ASKED}
    for order in example_orders(RULES):
        if order.kind in found and order.reader.language == "de":
            read = parsed("k", datetime.now(UTC), composer.compose(order, Thread(), WRITTEN).raw)
            assert read.text
            assert read.html
            found[order.kind].append(sent(read.text, read.html))
    return found


def cases(rounds: int = 1, meanings: tuple[Meant, ...] = HONEST + UNCLEAR) -> Iterator[Case]:
    """Give every program, language, form and meaning, `rounds` times, the greeting, courtesy, banner and mail drawn."""
    for turn in range(rounds):
        dice = Random(turn)
        for client, language, form in shapes():
            for meant in meanings:
                banner = dice.choice(BANNERS) if dice.random() < 0.15 else ""
                opening, closing = dice.choice(OPENINGS[language]), dice.choice(CLOSINGS[language])
                yield Case(client, language, form, meant, opening, closing, banner, dice.randrange(1000))


@cache
def shapes() -> list[tuple[str, str, str]]:
    """Give (client, language, form) for every form a program sends."""
    probe = Sent("text", "html", "text", "text")
    there = [
        (name, language, client("x", probe, language)) for name, client in CLIENTS.items() for language in LANGUAGES
    ]
    return [
        (name, language, form)
        for name, language, body in there
        for form in FORMS
        if (body.text is not None or form == "html") and (body.html is not None or form == "text")
    ]


def written(case: Case) -> tuple[bytes, str]:
    """Write a case's letter, and say which kind of mail it answers."""
    kind = case.meant.kinds[case.mail % len(case.meant.kinds)]
    ours = mails()[kind]
    typed = f"{case.opening}{case.meant.typed}{case.closing}" if case.meant.typed else ""
    body = CLIENTS[case.client](typed, ours[case.mail % len(ours)], case.language)
    body = _with_banner(body, case.banner)
    body = body._replace(
        text=None if case.form == "html" else body.text, html=None if case.form == "text" else body.html
    )
    sender, answered = ASKED[kind]
    reply = {"de": "AW: Anfrage", "en": "Re: Anfrage"}[case.language]
    headers = (
        f"Authentication-Results: {passed(sender)}\r\nFrom: Jemand <{sender}>\r\nTo: {OWN}\r\nSubject: {reply}\r\n"
        f"In-Reply-To: <{answered}@{DOMAIN}>\r\n"
    )
    return message(body, headers), kind


def _with_banner(body: Body, banner: str) -> Body:
    """Set a gateway's line on top, as Exchange does: the text's first paragraph, a table in the HTML."""
    if not banner:
        return body
    html = body.html and f'<table width="100%"><tr><td style="padding:5px">{banner}</td></tr></table><br>{body.html}'
    return body._replace(text=body.text and f"{banner}\n\n{body.text}", html=html)


def read(raw: bytes) -> Event:
    """Read a letter's bytes as the flow does."""
    return recognise(parsed("letter:file/this", NOW.astimezone(UTC), raw), ALL_BOOKS, RULES)[1]


def verdict(case: Case) -> str:
    """Give `understood`, `asked back` or `wrong` for one case."""
    raw, _ = written(case)
    event, expected = read(raw), case.meant.event
    if isinstance(event, Doubted):
        return "understood" if expected is None else "asked back"
    return "understood" if expected is not None and _same(event, expected) else "wrong"


def _same(event: Event, expected: Event) -> bool:
    """Compare what was read with what was meant, but for notes and for the customer's own words around his wish."""
    if isinstance(expected, WithdrawalWished | ChangeWished | CustomerWrote):
        return type(event) is type(expected)
    if isinstance(event, Answer) and type(event) is type(expected):
        return replace(event, note="") == expected
    return event == expected
