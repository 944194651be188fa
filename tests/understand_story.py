"""The story the tests of understand/ are told in: the office's rules, one booking, and the mails people answer."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.books import Books
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.letter import Head, Letter
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.people import Role
from mailbot.model.records import OpenLetter
from mailbot.model.rules import (
    CodeRules,
    MailboxRules,
    Payment,
    Person,
    Proof,
    Resource,
    Rules,
    Site,
    SmtpRules,
    Source,
    Trust,
)

LETTERS = Path(__file__).parent / "letters"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 30, tzinfo=BERLIN)
CODE = "QNBZAQPTAITT"
OFFICE, DESK, CARETAKER = "buero@kruempel.example", "theke@medifit.example", "platzwart@soccer-kirche.example"
CUSTOMER, STRANGER, SOURCE = "sabine.mueller@kunde.example", "evil@boese.example", "notifications@youcanbook.me"
OWN, DOMAIN = "buchung@soccer-kirche.example", "soccer-kirche.example"
OURS = "mx.soccer-kirche.example"


def token(name: str) -> str:
    """Make a readable token: 26 characters of base32."""
    return (name + "a" * 26)[:26]


REVIEW, TODESK, TOCUSTOMER = token("review"), token("desk"), token("customer")
TOCARETAKER, UNREADABLE, FAILED = token("caretaker"), token("unreadable"), token("failed")
SUSPICIOUS, UNKNOWN = token("suspicious"), token("unknown")

BOOKING = Matter(MatterKind.BOOKING, CODE)
WAITING = Matter(MatterKind.LETTER, "letter:file/waiting")
BROKEN = Matter(MatterKind.MAIL, "mail-7")
NOTHING = Matter(MatterKind.NONE)

REPLIES = {
    "approve": "ok, ja, passt, freigeben, freigegeben, genehmigt, bestätigt, approve, yes",
    "reject": "nein, ablehnen, abgelehnt, reject, no",
    "change": "ändern, verschieben, change",
    "question": "frage, rückfrage, question",
    "cancel": "storno, stornieren, absagen, cancel",
    "released": "ausgegeben, released",
    "silent": "ohne mail, still, silent",
    "price": "preis, price",
    "discount": "rabatt, discount",
    "paid": "bezahlt, paid",
    "note": "notiz, note",
    "accept": "übernehmen, accept",
    "undo": "zurück, rückgängig, undo",
    "new_code": "code neu, new code",
    "ignore": "ignorieren, ignore",
    "all": "alle, all",
    "none": "keine, none",
    "stop": "stopp, stop",
    "fee": "gebühr, fee",
    "pause": "pause",
    "resume": "weiter, resume",
    "occupancy": "belegung, occupancy",
    "why": "warum, why",
    "list": "liste, tabelle, list",
    "help": "hilfe, help",
}
LABELS = {
    "reference": "Buchungscode, Ref, Reference",
    "first_name": "Vorname, First name",
    "last_name": "Nachname, Last name",
    "name": "Name",
    "email": "E-Mail, Email, Mail",
    "phone": "Telefon, Handy, Phone",
    "street": "Straße, Street",
    "city": "Ort, PLZ Ort, City",
    "start": "Start, Beginn, Von",
    "end": "Ende, End, Bis",
    "remark": "Bemerkung, Nachricht, Notes",
}
SUBJECTS = {
    "cancelled": "storniert, abgesagt, cancelled, canceled",
    "moved": "verschoben, umgebucht, rescheduled",
    "ignored": "erinnerung, reminder",
}


def _words(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(words.split(", ")) for key, words in table.items()}


PEOPLE = {
    "office": Person("office", "Büro", Role.REVIEWER, (OFFICE, "chefin@kruempel.example")),
    "medifit": Person("medifit", "Medifit", Role.DESK, (DESK,)),
    "platzwart": Person("platzwart", "Platzwart", Role.SUBSCRIBER, (CARETAKER,)),
}
KIRCHE = Resource(
    "kirche",
    "Soccer-Kirche",
    "Kirchstraße 1",
    "office",
    Payment("Halle GmbH", "DE02120300000000202051", "Halle GmbH", "1/2/3"),
    CodeRules(date(2026, 9, 15), date(2027, 5, 31)),
    (),
    desk="medifit",
    subscribers=("platzwart",),
)
RULES = Rules(
    site=Site("Soccer-Kirche", OFFICE),
    mailbox=MailboxRules("imap.example", OWN),
    smtp=SmtpRules("smtp.example", "Soccer-Kirche", OWN),
    trust=Trust(OURS),
    people=PEOPLE,
    resources={"kirche": KIRCHE},
    sources={"youcanbookme": Source("youcanbookme", "kirche", ("@youcanbook.me",), _words(SUBJECTS), _words(LABELS))},
    replies=_words(REPLIES),
    banners=("[Achtung Fremdpost]",),
)


def with_trust(rules: Rules, key: str, proof: Proof) -> Rules:
    """Give rules in which one person's letters need another proof."""
    return replace(rules, people={**rules.people, key: replace(rules.people[key], trust=proof)})


def _mail(name: str, role: Role, to: str, matter: Matter, kind: str) -> OutMail:
    person = next((key for key, known in PEOPLE.items() if to in known.emails), "")
    return OutMail(
        id=f"mail-{name[:6]}",
        kind=kind,
        to=to,
        role=role,
        person=person,
        matter=matter,
        round=3,
        token=name,
        message_id=f"<{name}@{DOMAIN}>",
        path="",
        created_at=NOW,
        due_at=NOW,
    )


BOOKS = Books.of(
    [
        Booking(
            CODE,
            State.REQUESTED,
            Stay("kirche", NOW + timedelta(days=8), NOW + timedelta(days=8, hours=1)),
            Customer("Sabine Müller", CUSTOMER),
            NOW,
            source="youcanbookme",
            source_reference=CODE,
        ),
        Booking(
            "LMNOPQRSTUVW",
            State.REQUESTED,
            Stay("kirche", NOW + timedelta(days=9), NOW + timedelta(days=9, hours=1)),
            Customer("Tom", "tom@kunde.example"),
            NOW,
        ),
        _mail(REVIEW, Role.REVIEWER, OFFICE, BOOKING, "office/review"),
        _mail(TODESK, Role.DESK, DESK, BOOKING, "desk/request"),
        _mail(TOCUSTOMER, Role.CUSTOMER, CUSTOMER, BOOKING, "customer/received"),
        _mail(TOCARETAKER, Role.SUBSCRIBER, CARETAKER, BOOKING, "subscriber/request"),
        _mail(UNREADABLE, Role.REVIEWER, OFFICE, WAITING, "office/unreadable"),
        _mail(FAILED, Role.REVIEWER, OFFICE, BROKEN, "office/mail_failed"),
        _mail(SUSPICIOUS, Role.REVIEWER, OFFICE, NOTHING, "office/suspicious"),
        OpenLetter(
            WAITING.ref,
            NOW,
            "?",
            "?",
            is_unproven=False,
            notice=Notice("youcanbookme", NoticeKind.NEW, start=datetime(2026, 12, 5, 19, 30, tzinfo=BERLIN)),
        ),
    ]
)


def passed(address: str) -> str:
    """Give the Authentication-Results our server writes for mail that passed."""
    domain = address.rpartition("@")[2]
    return f"{OURS}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"


def letter(
    text: str | None = "",
    *,
    sender: str = OFFICE,
    answers: str = "",
    subject: str = "AW: Anfrage",
    html: str | None = None,
    auth: str | None = "pass",
    more: tuple[tuple[str, str], ...] = (),
    surprises: tuple[str, ...] = (),
) -> Letter:
    """Make a letter: by default the office's, proven, answering the mail with token `answers`."""
    headers = [("Authentication-Results", passed(sender) if auth == "pass" else auth)] if auth else []
    headers += [("From", f"Jemand <{sender}>"), ("To", OWN), ("Subject", subject)]
    headers += [("In-Reply-To", f"<{answers}@{DOMAIN}>")] if answers else []
    return Letter(
        key="letter:file/this",
        digest="0",
        received_at=NOW.astimezone(UTC),
        headers=(*more, *headers),
        text=text,
        html=html,
        surprises=surprises,
    )


def head(found: Letter) -> Head:
    """Give what is seen of a letter before its body is fetched."""
    return Head(1, 1000, found.received_at, found.headers)


def told(value: object) -> str:
    """Write an event as lines `field: value`, without what has its default: for .expected files."""
    return "\n".join([type(value).__name__, *_fields(value)]) + "\n"


def _fields(value: object) -> list[str]:
    lines = []
    for name in (f.name for f in fields(value)) if is_dataclass(value) and not isinstance(value, type) else ():
        found = getattr(value, name)
        if isinstance(found, Notice):
            lines += _fields(found)
        elif found not in (None, (), "", False) and name not in ("letter", "sent_at", "token", "source"):
            lines.append(f"{name}: {_plain(found)}")
    return lines


def _plain(found: object) -> str:
    if isinstance(found, datetime):
        return found.isoformat()
    if isinstance(found, Decimal):
        return str(found)
    if isinstance(found, tuple):
        return "; ".join(_plain(part) for part in found)
    if is_dataclass(found):
        return ", ".join(_fields(found)) or "-"
    return str(found).replace("\n", " / ")
