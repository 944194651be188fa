"""Records to write, and an aborting hook for every durable step."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.codes import CodeProposal, DoorCode
from mailbot.model.digests import Digest
from mailbot.model.events import Changed, Notice, NoticeKind
from mailbot.model.letter import Handled, Watermark
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.money import Counter, Invoice, InvoiceKind, MailedDiscount, Payment
from mailbot.model.pending import PendingDecision
from mailbot.model.people import Actor, Role
from mailbot.model.records import HistoryLine, OpenLetter, Record, Setting
from mailbot.record import durable

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=BERLIN)


class Stopped(BaseException):
    """What a test raises at a durable step: nothing after it happens, as when the power goes."""


@pytest.fixture
def zone() -> ZoneInfo:
    return BERLIN


@pytest.fixture
def steps() -> Iterator[list[str]]:
    """Note the durable steps."""
    done: list[str] = []
    durable.on_step = done.append
    yield done
    durable.on_step = durable._ignore


@pytest.fixture
def stop_at() -> Iterator[Callable[[int, BaseException], None]]:
    """Raise this error at the step of this number, from 0; a negative number never."""

    def arm(number: int, error: BaseException) -> None:
        left = [number]

        def count(step: str) -> None:
            if left[0] == 0:
                left[0] = -1
                raise error
            left[0] -= 1

        durable.on_step = count

    yield arm
    durable.on_step = durable._ignore


@pytest.fixture
def stopped() -> BaseException:
    return Stopped()


@pytest.fixture
def mail() -> Callable[[str], OutMail]:
    """Make a queued row with this id."""

    def make(mail_id: str) -> OutMail:
        return OutMail(
            id=mail_id,
            kind="customer/received",
            to="max@example.org",
            role=Role.CUSTOMER,
            person="",
            matter=Matter(MatterKind.BOOKING, "QNBZ"),
            round=1,
            token=f"token-{mail_id}",
            message_id=f"<token-{mail_id}@sk.example>",
            path=f"mails/2026-11/{mail_id}.eml",
            created_at=NOON,
            due_at=NOON,
        )

    return make


@pytest.fixture
def booking() -> Callable[[str], Booking]:
    """Make a requested booking with this code, with a time in the hour that DST doubles."""

    def make(code: str) -> Booking:
        return Booking(
            code=code,
            state=State.REQUESTED,
            stay=Stay("kirche", NOON, NOON + timedelta(hours=1)),
            customer=Customer("Max Müller", f"{code}@example.org"),
            received_at=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN),
            extras=(("Mannschaft", "rot"),),
            price=Decimal("45.00"),
            door_code="482913",
        )

    return make


@pytest.fixture
def one_of_each(booking: Callable[[str], Booking], mail: Callable[[str], OutMail]) -> list[Record]:
    """Make a record of every table."""
    notice = Notice("youcanbookme", NoticeKind.NEW, "QNBZ", "Max", "max@example.org", start=NOON, doubts=("?",))
    day, about = date(2026, 11, 23), Matter(MatterKind.BOOKING, "QNBZ")
    office = Actor(Role.REVIEWER, "office", "buero@kruempel.example")
    invoice = Invoice(
        number="SK-2026-00001",
        kind=InvoiceKind.INVOICE,
        booking="QNBZ",
        resource="kirche",
        issued_on=day,
        due_on=date(2026, 12, 7),
        served_from=NOON,
        served_to=NOON + timedelta(hours=1),
        recipient=("Max Müller", "Kirchstraße 1"),
        gross=Decimal("45.00"),
        net=Decimal("37.82"),
        vat=Decimal("7.18"),
        vat_percent=Decimal(19),
        list_price=Decimal("45.00"),
    )
    return [
        booking("QNBZ"),
        DoorCode("kirche", day, None, "482913"),
        invoice,
        Payment("p1", "QNBZ", Decimal("12.50"), NOON, "office buero@kruempel.example"),
        Counter("invoice/SK/2026", 1),
        Handled("letter:x/INBOX/1/2", "a" * 64, NOON, "requested"),
        Watermark("x/INBOX", 1, 2, "fingerprint", ((3, 1), (4, 0))),
        mail("m1"),
        HistoryLine("20261123-1", "QNBZ", NOON, "clock", "Erinnert."),
        OpenLetter("letter:x/INBOX/1/2", NOON, "Buchung", "es fehlt: Name", False, notice, ("name",)),
        Setting("first_start", "done"),
        CodeProposal("kirche", day, None, "271828", NOON, "office buero@kruempel.example"),
        Digest("office/2026-11-23", "office", NOON, (("QNBZ", 1), ("KJHG", 2))),
        MailedDiscount("d1", "max@example.org", Decimal("12.5"), day, None, NOON, "office buero@kruempel.example"),
        PendingDecision.of(office, Changed(about, 1, day=day, start=NOON.time()), NOON, NOON + timedelta(minutes=10)),
    ]
