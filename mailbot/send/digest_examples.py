"""Example orders of the office's morning: digests, what was answered to their numbers, the pause. See examples.py."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from mailbot.model.booking import Booking, Shown, State
from mailbot.model.digests import DigestLine, DoneItem, PageLine
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Reader, Role
from mailbot.model.records import OpenLetter

_TOKEN = "a2b3c4d5e6f7g2h3i4j5k6l7m2"  # noqa: S105  # an example, never issued
_OFFICE = Reader(Role.REVIEWER, "Büro Muster", "buero@muster.example", "muster")
_LINK = "https://soccer-kirche.youcanbook.me/cancel/9f3c"


def digest_examples(full: Booking, bare: Booking, letter: OpenLetter, now: datetime) -> Iterator[MailOrder]:
    """Give every shape of the digest, and of the office/done that answers its numbers or a pause."""
    full, bare = replace(full, door_code=None), replace(bare, door_code=None)
    given = replace(bare, released_at=now - timedelta(days=1), released_by="theke theke@sportpark.example")
    series = "samstags 19:30 Uhr, Termin 2 von 5 (21.11.2026 bis 19.12.2026)"
    one = DigestLine(1, full, ("Überschneidung", "weitere Anfragen"), Decimal("36.00"), series=series)
    yield _review(full, series)
    held = DigestLine(2, replace(bare, state=State.HELD, question="Wie viele Personen?"))
    billed = DigestLine(3, given, (), Decimal("45.00"), now + timedelta(minutes=30))
    later = DigestLine(1, given, (), None, now + timedelta(days=1))
    quiet = (("youcanbookme", 3, now.date() - timedelta(days=5)), ("andere", 9, None))
    yield _digest(waiting=(one, held), billed=(billed,), letters=(letter,), quiet=quiet, held_since=now, held=2)
    yield _digest(waiting=(one,), late=now - timedelta(hours=5))
    yield _digest(billed=(replace(billed, number=1, price=None),), held_since=now, held=0)
    yield _digest(waiting=(later,), is_asked=True)
    yield _digest(letters=(letter, replace(letter, is_unproven=False)), held_since=now, held=1)
    yield _digest(quiet=quiet)
    freed = replace(bare, state=State.REJECTED, shown=Shown(bare.stay))
    first = PageLine(1, freed, "die Zeit Sa 28.11.2026, 18:00–19:00 Uhr wieder freigeben", bare.stay, _LINK)
    moved = "den Termin verschieben auf Sa 28.11.2026, 20:00–21:00 Uhr"
    yield _digest(page=(first,))
    yield _digest(waiting=(one,), page=(replace(first, number=2), PageLine(3, full, moved, None)), letters=(letter,))
    did = ("Sabine Müller-Lüdenscheidt bekommt eine Mail mit der Ablehnung.",)
    items = (
        DoneItem(1, full, "Freigegeben", ("Der Kunde bekommt den Türcode.",), is_done=True),
        DoneItem(2, bare, "Abgelehnt: voll", did, is_done=True, link=_LINK, link_why="Bitte geben Sie die Zeit frei."),
        DoneItem(3, bare, "Abgelehnt", did, is_done=True, link_why="Bitte geben Sie die Zeit frei."),
        DoneItem(4, None, "Nicht geschehen", ("Diese Buchung gibt es nicht mehr.",), is_done=False),
    )
    about = Matter(MatterKind.DIGEST, "muster/1")
    yield _done(about, items=items, said="", did=())
    yield _done(about, items=items[3:], said="", did=())
    yield _done(Matter(MatterKind.NONE), said="Pause, 20.11.2026 um 10:14 Uhr", did=("Mails an Kunden warten.",))


def _digest(**facts: object) -> MailOrder:
    base: dict[str, object] = {"waiting": (), "billed": (), "page": (), "letters": (), "quiet": ()}
    base |= {"held_since": None, "held": 0, "late": None, "is_asked": False}
    return MailOrder("office/digest", _OFFICE, Matter(MatterKind.DIGEST, "muster/1"), _TOKEN, 1, base | facts)


def _review(booking: Booking, series: str) -> MailOrder:
    facts: dict[str, object] = {"booking": booking, "price": None, "oddities": (), "clashes": (), "before": None}
    facts |= {"knows_code": None, "has_code": True, "series": series, "late": None}
    return MailOrder("office/review", _OFFICE, Matter(MatterKind.BOOKING, booking.code), _TOKEN, 1, facts)


def _done(matter: Matter, **facts: object) -> MailOrder:
    base: dict[str, object] = {"booking": None, "link": None, "link_why": "", "invoice": None, "late": None}
    return MailOrder("office/done", _OFFICE, matter, _TOKEN, 1, base | facts)
