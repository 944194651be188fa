"""How letters look on the wire: notices of the booking page in their shapes, people's answers, robots, and the rest."""

from datetime import UTC, datetime, timedelta
from email.header import Header

from season.diary import Mail
from season.town import Person, Plan

MAILBOT = "buchung@soccer-kirche.example"
PAGE = "notifications@youcanbook.me"
SERVER = "mx.soccer-kirche.example"
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
ENGLISH = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
EVENTS = {"new": "NEU", "moved": "UMGEBUCHT", "withdrawn": "STORNIERT"}


def letter(sender: str, subject: str, body: str, letter_id: str, *more: str, is_proven: bool = True) -> bytes:
    """Write a letter as it lies in the mailbox, with the receiving server's verdict on top."""
    domain = sender.rpartition("@")[2]
    verdict = f"dmarc=pass header.from={domain}" if is_proven else f"dmarc=fail header.from={domain}"
    heads = [
        f"Return-Path: <{sender}>",
        f"Authentication-Results: {SERVER}; {verdict}",
        f"From: {sender}",
        f"To: {MAILBOT}",
        f"Subject: {Header(subject, 'utf-8').encode() if not subject.isascii() else subject}",
        f"Message-ID: {letter_id}",
        *more,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\n".join(heads) + "\n\n" + body + "\n").encode()


def notice(plan: Plan, what: str, start: datetime, letter_id: str) -> bytes:
    """Write what the booking page sends: `what` is new, moved or withdrawn."""
    write = {"template": _template, "english": _english}.get(plan.shape, _german)
    subject, body = write(plan, what, start)
    is_proven = plan.shape != "unproven" or what != "new"
    return letter(PAGE, subject, body, letter_id, "Auto-Submitted: auto-generated", is_proven=is_proven)


def _template(plan: Plan, what: str, start: datetime) -> tuple[str, str]:
    person, end = plan.person, start + timedelta(minutes=plan.minutes)
    lines = (
        "=== MAILBOT v1 ===",
        f"EREIGNIS: {EVENTS[what]}",
        f"REF: {plan.reference}",
        f"VORNAME: {person.first}",
        f"NACHNAME: {person.last}",
        f"EMAIL: {person.email}",
        f"TELEFON: {person.phone}",
        f"START: {start.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000",
        f"STARTMS: {int(start.timestamp() * 1000)}",
        f"STARTTEXT: {start.day}. {MONTHS[start.month - 1]} {start:%Y %H:%M}",
        f"ENDE: {end.day}. {MONTHS[end.month - 1]} {end:%Y %H:%M}",
        "DAUER: {DURATION}",
        "=== ENDE ===",
        "Bemerkung: ok, wir bringen Bälle mit",
    )
    return f"MAILBOT {plan.reference} {EVENTS[what]}", "\n".join(lines)


def _german(plan: Plan, what: str, start: datetime) -> tuple[str, str]:
    name = f"{plan.person.first} {plan.person.last}"
    when = f"{start.day}. {MONTHS[start.month - 1]} {start:%Y %H:%M}"
    if what == "withdrawn":
        return f"Storniert: {name}", f"{name} hat die Buchung {plan.reference} am {when} storniert."
    first = "" if plan.shape == "no date" and what == "new" else f"{WEEKDAYS[start.weekday()]}, {when}"
    lines = [f"{first} ({plan.minutes} Minuten)" if first else "Hallo,", ""]
    if what == "moved":
        lines = [f"Die Buchung {plan.reference} wurde verschoben.", "", *lines]
    if plan.shape != "no name":
        lines += [f"Vorname: {plan.person.first}", f"Nachname: {plan.person.last}"]
    lines += [f"E-Mail: {plan.person.email}", f"Telefon: {plan.person.phone}", f"Buchungscode: {plan.reference}"]
    return (f"Verschoben: {name}" if what == "moved" else f"Neue Buchung: {name}"), "\n".join(lines)


def _english(plan: Plan, what: str, start: datetime) -> tuple[str, str]:
    name = f"{plan.person.first} {plan.person.last}"
    when = f"{ENGLISH[start.month - 1]} {start.day}, {start:%Y} {start:%I:%M %p} ({plan.minutes} minutes)"
    if what == "withdrawn":
        return f"Cancelled: {name}", f"{name} cancelled the booking.\n\nRef: {plan.reference}"
    lines = [when, "", f"First name: {plan.person.first}", f"Last name: {plan.person.last}"]
    lines += [f"Email: {plan.person.email}", f"Phone: {plan.person.phone}", f"Ref: {plan.reference}"]
    return (f"Rescheduled: {name}" if what == "moved" else f"New booking: {name}"), "\n".join(lines)


def answer(mail: Mail, text: str, sender: str, letter_id: str, *more: str, is_proven: bool = True) -> bytes:
    """Write a person's answer to a mail, with what was there quoted below."""
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines()[:30])
    body = f"{text}\n\nAm 12.03.2027 um 10:14 schrieb Soccer-Kirche:\n{quoted}"
    heads = (f"In-Reply-To: {mail.id}", f"References: {mail.id}", *more)
    return letter(sender, f"AW: {mail.subject}", body, letter_id, *heads, is_proven=is_proven)


def robot(mail: Mail, sender: str, letter_id: str) -> bytes:
    """Write an out-of-office note that quotes the mail it answers."""
    return answer(mail, "ok\n\nIch bin im Urlaub.", sender, letter_id, "Auto-Submitted: auto-replied")


def name_of(person: Person) -> str:
    """Give a person's name as the office types it."""
    return f"{person.first} {person.last}"
