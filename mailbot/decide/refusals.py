"""Asking back: an answer that changes nothing is answered with why, and with what would work. Never a decision.

At most three such answers go to one address about one matter within an hour, so that two robots do not talk for ever.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from mailbot.decide import digest, orders
from mailbot.decide.billing import has_to_wait
from mailbot.decide.brake import is_too_often
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.letters import office_of_letter
from mailbot.decide.putting_off import bill_waits, bills_put_off
from mailbot.decide.reviews import review
from mailbot.decide.states import fitting, step
from mailbot.decide.wording import at_moment, clean, field_words, stay_words, who
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import STATE_WORDS, Booking, State
from mailbot.model.books import Books
from mailbot.model.day_events import Released
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Answer, Approved, Changed, Doubt, Doubted, HelpAsked, Rejected
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Role
from mailbot.model.records import OpenLetter
from mailbot.model.talk_events import Asked, Cancelled

Works = tuple[tuple[str, str], ...]

ANSWERS_BACK = ("office/refused", "desk/refused", "office/help", "desk/help")

SENTENCES: Mapping[Doubt, str] = {
    Doubt.EMPTY: "In Ihrer Antwort stand kein Text.",
    Doubt.UNKNOWN: "Die erste Zeile Ihrer Antwort ist keine der Antworten, die mailbot kennt.",
    Doubt.QUESTION: "Ihre Antwort klingt wie eine Frage; bei einer Frage entscheidet mailbot nichts.",
    Doubt.BUT: "Ihre Antwort enthält eine Einschränkung; dann entscheidet mailbot lieber nichts.",
    Doubt.TWO_DECISIONS: "In Ihrer Antwort stehen zwei Entscheidungen.",
    Doubt.TEXT_AND_HTML: "Der Text und die HTML-Fassung Ihrer Mail sagen Verschiedenes.",
    Doubt.OPAQUE: "Ihre Mail ist verschlüsselt oder verpackt, mailbot kann sie nicht lesen. Bitte als einfachen Text.",
    Doubt.UNREADABLE: "Ihre Mail ließ sich nicht lesen.",
    Doubt.UNMARKED: (
        "Unter Ihrer Antwort steht unsere Mail ohne Trennung, deshalb ist nicht klar, welche Worte Ihre sind. "
        "Bitte schreiben Sie alles in die erste Zeile, gleich hinter den Doppelpunkt."
    ),
    Doubt.ADDRESS: "Die Anschrift braucht Straße und Ort, zum Beispiel „ADRESSE: Am Markt 3, 48565 Steinfurt“.",
    Doubt.DETAIL: (
        "Eine Ihrer Angaben ließ sich nicht lesen. Eindeutig ist zum Beispiel „DATUM: 28.11.2026 19:30“ "
        "oder „EMAIL: name@kunde.example“."
    ),
    Doubt.NO_TOKEN: "Ihre Mail war keine Antwort auf eine Mail von mailbot. Bitte benutzen Sie „Antworten“.",
    Doubt.WRONG_ROLE: "Das entscheidet das Büro.",
    Doubt.NOT_YOURS: "Diese Mail ging nicht an das Büro. Bitte antworten Sie auf eine, die an Sie ging.",
    Doubt.NOT_HERE: "Diese Antwort passt nicht zu dieser Mail.",
    Doubt.DISCOUNT: "So ist der Rabatt nicht eindeutig. Eindeutig ist zum Beispiel „rabatt 20% bis 31.5.2027“"
    " oder „rabatt name@verein.example 20%“.",
}

GONE_BOOKING = "Zu dieser Mail gehört keine offene Buchung mehr."

ASK = ("frage: Wie viele Personen?", "dem Kunden schreiben; eine Anfrage wartet dann auf seine Antwort")
ADDRESS = ("ADRESSE: Am Markt 3, 48565 Steinfurt", "dann schreibt mailbot die Rechnung")
CANCEL = ("storno: Wasserschaden", "Bestätigtes stornieren; den Grund liest der Kunde")

DISCOUNT_WORKS: Works = (
    ("rabatt 20% bis 31.5.2027", "zu einer Buchung: ihr Kunde hat ab jetzt diesen Rabatt (auch ohne bis, auch mit ab)"),
    ("rabatt name@verein.example 20%", "dasselbe für den Kunden mit dieser Adresse, auch mit ab und bis"),
    ("rabatt name@verein.example 0%", "beendet seinen Rabatt"),
)

HELP: Works = (
    ("ok", "freigeben: Der Kunde bekommt Türcode und Rechnung"),
    ("ok preis 45", "freigeben zu diesem Preis"),
    ("ok rabatt 20%", "freigeben mit Rabatt"),
    ("ok ohne mail", "freigeben, ohne dem Kunden zu schreiben; die Rechnung bekommen Sie"),
    ("nein: Halle gesperrt", "ablehnen; den Grund liest der Kunde"),
    ("ändern 20:00-21:30", "andere Zeit, damit bestätigt"),
    ("ändern 7.12. 18-19 Uhr", "anderer Tag, damit bestätigt"),
    ("NAME: …", "zu einer unlesbaren Buchungsnachricht: was fehlte (auch DATUM und EMAIL)"),
    ("übernehmen", "zu einem Brief ohne Nachweis: Diese Buchung ist echt"),
    ("EMAIL: neu@…", "zu einer gescheiterten Mail: die richtige Adresse, mailbot schickt noch einmal"),
    ("ok ADRESSE: Am Markt 3, 48565 Steinfurt", "freigeben, mit der Anschrift für die Rechnung (über 250 € nötig)"),
    ASK,
    CANCEL,
    ("bezahlt 40", "diese Zahlung ist da; ohne Betrag ist alles Offene bezahlt"),
    *DISCOUNT_WORKS,
    ("rabatt", "zeigt, welche Rabatte gelten"),
    ("notiz …", "eine Notiz, die im Büro bleibt"),
    ("warum", "die ganze Geschichte der Buchung, mit jeder Mail"),
    ("zurück", "nimmt eine Antwort zurück, solange sie noch nicht gilt"),
    ("ausgegeben", "der Türcode wurde am Telefon genannt (auch mit dem Buchungscode dahinter)"),
    ("liste", "die Tabelle aller Buchungen (auch liste oktober)"),
    ("liste codes", "die Türcodes der Saison, zum Drucken und als Datei"),
    ("code neu 6.12.", "einen neuen Türcode vorschlagen (auch code neu 6.12. 482913)"),
    ("erledigt", "bei YouCanBook.me ist getan, was „Noch zu tun“ nannte (auch 3 erledigt)"),
    ("1 ok, 2 nein voll", "zur Übersicht am Morgen: mehrere Nummern in einer Mail"),
    ("pause", "Mails an Kunden und Theke warten; weiter lässt sie gehen"),
    ("hilfe", "diese Übersicht"),
)
NUMBERS: Works = (
    ("1 ok", "Nummer 1 freigeben"),
    ("1 ok, 2 nein voll", "mehrere auf einmal; auch eine Nummer je Zeile"),
)
DESK_HELP: Works = (
    ("ausgegeben", "zu einer Anfrage: Sie haben den Türcode am Telefon genannt"),
    ("ausgegeben BUCHUNGSCODE", "dasselbe ohne Anfrage, mit dem Code der Buchung"),
    ("notiz …", "zu einer Anfrage: eine Nachricht an das Büro"),
    ("liste", "die Türcodes der nächsten Tage"),
    ("hilfe", "diese Übersicht"),
)


def refused(case: Case, why: str) -> Decision:
    """Answer a person whose answer the table does not allow; `why` "" means that the booking's state is the reason."""
    if case.booking and not orders.looks_after(case.by, case.booking, case.given.rules):
        # How another office's booking stands is none of his business.
        return ask_back(case, CONDITIONS["own_people" if case.by.role is Role.DESK else "own_office"].against(case))
    return ask_back(case, why or _standing(case))


def doubted(books: Books, by: Actor, event: Doubted, given: Given) -> Decision:
    """Ask a person back who wrote no clear answer; without a token, show the review it could be answered in."""
    booking = books.booking_about(event.matter)
    if booking and not orders.looks_after(by, booking, given.rules):
        booking = None
    case = Case.of(books, by, event, given, booking)
    if event.why is Doubt.NO_TOKEN and booking and booking.is_open and by.role is Role.REVIEWER:
        return _review_again(case, booking)
    is_lost = event.why is Doubt.NO_TOKEN and booking is None and by.role is Role.REVIEWER
    shown = digest.again(books, by, given) if is_lost else None
    return shown or ask_back(case, _doubt_words(event), said=clean(event.said))


def _doubt_words(event: Doubted) -> str:
    """Say what was not clear; of several numbered answers nothing is done then, and the first line is not the one."""
    if event.matter.kind is not MatterKind.DIGEST or not event.said[:1].isdigit():
        return SENTENCES[event.why]
    why = "Eine Ihrer Antworten ist unklar." if event.why is Doubt.UNKNOWN else SENTENCES[event.why]
    return f"{why} Deshalb ist nichts davon geschehen."


def help_asked(books: Books, by: Actor, event: HelpAsked, given: Given) -> Decision:
    """Tell a reviewer, or the desk, the answers that work."""
    is_desk = by.role is Role.DESK
    if not is_desk and by.role is not Role.REVIEWER:
        why = "Diese Mails sind zu Ihrer Information. Bei Fragen rufen Sie bitte das Büro an."
        return ask_back(Case(books, by, event, given), why)
    if is_too_often(books, event.matter, by.address, given, ANSWERS_BACK):
        return _silence(event.matter)
    token, reader = orders.new_token(given.dice), orders.answerer(by, given.rules)
    kind, facts = ("desk/help", {"works": DESK_HELP}) if is_desk else ("office/help", {"works": HELP})
    mail = MailOrder(kind, reader, event.matter, token, event.round, facts, is_reply=True)
    return Decision(mails=(mail,), outcome="helped")


def ask_back(case: Case, why: str, *, said: str = "", works: Works | None = None) -> Decision:
    """Write office/refused or desk/refused to the person who answered; nothing changes."""
    assert isinstance(case.event, Answer)
    matter, rules = case.event.matter, case.given.rules
    if case.by.role not in (Role.REVIEWER, Role.DESK) or case.by.person not in rules.people:
        return _silence(matter)
    put_off = bills_put_off(case)
    if is_too_often(case.books, matter, case.by.address, case.given, ANSWERS_BACK):
        return replace(_silence(matter), changes=put_off)
    is_desk = case.by.role is Role.DESK
    why = f"{why}{bill_waits(put_off, case)}"
    is_own = case.booking is not None and orders.looks_after(case.by, case.booking, rules)
    known = case.booking if is_own else None
    shown = known and (orders.for_desk(known) if is_desk else orders.for_office(known))
    facts = {
        "booking": shown,
        "why": why,
        "works": works if works is not None else desk_works(case) if is_desk else what_works(case),
        "said": said,
        "since": known.decided_at if known else None,
    }
    kind = "desk/refused" if is_desk else "office/refused"
    number = case.booking.round if case.booking else case.event.round
    token, reader = orders.new_token(case.given.dice), orders.answerer(case.by, rules)
    mail = MailOrder(kind, reader, matter, token, number, facts, is_reply=True)
    notes = ((_ref(matter), f"Antwort nicht ausgeführt: {why}"),)
    return Decision(put_off, (mail,), notes=notes, outcome="refused")


def desk_works(case: Case) -> Works:
    """Name what the desk can answer now: what it may say of this booking, else what it may ask."""
    booking = case.booking
    if booking is None or not orders.looks_after(case.by, booking, case.given.rules):
        return DESK_HELP[1:2] + DESK_HELP[3:]
    row = step(replace(case, event=Released(orders.about(booking), booking.round)))
    is_fine = not isinstance(row, str) and "office/alarm" not in row.mails and not booking.released_at
    return (*DESK_HELP[: int(is_fine)], *DESK_HELP[2:])


def what_works(case: Case) -> Works:
    """Name the answers that would work now, as the table of states has it."""
    if case.booking is None:
        return _works_elsewhere(case)
    matter, number = orders.about(case.booking), case.booking.round
    now = replace(case, stay=case.booking.stay, puzzle="")
    works: list[tuple[str, str]] = []
    if not isinstance(step(replace(now, event=Approved(matter, number))), str):
        over = case.booking.stay.is_over(case.given.now)
        works.append(("ok", "nur noch die Rechnung schicken" if over else HELP[0][1]))
        if over and case.booking.released_at:
            works.append(("ok preis 0", "nichts berechnen"))
    elif not isinstance(step(replace(now, event=Approved(matter, number, price=Decimal(45)))), str):
        works.append(HELP[1])
    if not isinstance(step(replace(now, event=Rejected(matter, number))), str):
        works.append(HELP[4])
    if fitting(case.booking.state, Changed, case.by.role) and _is_own(case, case.booking):
        works.append(HELP[5])
    if case.booking.is_open and not isinstance(step(replace(now, event=Asked(matter, number))), str):
        works.append(ASK)
    if not isinstance(step(replace(now, event=Cancelled(matter, number))), str):
        works.append(CANCEL)
    return (*works, ADDRESS) if _waits_for_address(case.booking) and _is_own(case, case.booking) else tuple(works)


def _waits_for_address(booking: Booking) -> bool:
    is_billed = booking.state is not State.CONFIRMED or booking.invoice is not None
    return not is_billed and has_to_wait(booking.customer, booking.price or Decimal(0))


def _is_own(case: Case, booking: Booking) -> bool:
    return orders.office_of_booking(booking, case.given.rules).key == case.by.person


def _works_elsewhere(case: Case) -> Works:
    assert isinstance(case.event, Answer)
    matter = case.event.matter
    if matter.kind is MatterKind.MAIL:
        return (HELP[9],)
    digest_shown = case.books.digest(matter.ref) if matter.kind is MatterKind.DIGEST else None
    if digest_shown and digest_shown.office == case.by.person:
        return NUMBERS[: len(digest_shown.items)]
    letter = case.books.open_letter(matter.ref) if matter.kind is MatterKind.LETTER else None
    is_own = letter is not None and office_of_letter(letter, case.given.rules).key == case.by.person
    return works_for_letter(letter) if letter and is_own else ()


def works_for_letter(letter: OpenLetter) -> Works:
    """Name the answers that work on a letter that waits for the office."""
    if letter.is_unproven:
        return (HELP[8],)
    labels = {"start": "DATUM", "reference": "REF"}
    wanted = letter.missing or ("start",)
    return tuple((f"{labels.get(name, name.upper())}: …", f"{field_words((name,))} ergänzen") for name in wanted)


def _standing(case: Case) -> str:
    """Say what a booking is now, who decided that and when."""
    assert isinstance(case.event, Answer)
    booking = case.booking
    if case.event.matter.kind is not MatterKind.BOOKING:
        return SENTENCES[Doubt.NOT_HERE]
    if booking is None:
        return GONE_BOOKING
    stands = f"Die Buchung {booking.code} ({stay_words(booking.stay)})"
    if booking.decided_at is None:
        return f"{stands} hat den Stand „{STATE_WORDS[booking.state]}“."
    done = "freigegeben" if booking.state is State.CONFIRMED else STATE_WORDS[booking.state]
    by = who(booking.decided_by, case.given.rules)
    return f"{stands} ist bereits {done}, am {at_moment(booking.decided_at)} von {by}."


def _review_again(case: Case, booking: Booking) -> Decision:
    matter = orders.about(booking)
    if is_too_often(case.books, matter, case.by.address, case.given, ("office/review",)):
        return _silence(matter)
    outcome = replace(review(case.books, case.by, booking, case.given), is_reply=True)
    note = "Eine Mail ohne Bezug zu einer Mail von mailbot entschied nichts; die Anfrage wurde noch einmal gezeigt."
    return Decision(mails=WRITERS["office/review"](outcome), notes=((booking.code, note),), outcome="refused")


def _silence(matter: Matter) -> Decision:
    return Decision(notes=((_ref(matter), "Eine weitere unklare Antwort blieb ohne Rückfrage."),), outcome="refused")


def _ref(matter: Matter) -> str:
    return matter.ref or "mailbot"
