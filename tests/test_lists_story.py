"""Lists end to end, on embedded servers with a moved clock: what desk, office and customers ask for, and get."""

import io
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage, Message
from pathlib import Path
from typing import cast

import pytest
from openpyxl import load_workbook
from world import MAILBOT, OFFICE, World, attached, digits_in, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.model.records import Gone

CODE = "QNBZAQPTAITT"
DESK = "theke@medifit.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        world = World.on(servers, tmp_path / "data", has_desk_list=True)
        set_clock(world, 9)
        yield world


def set_clock(world: World, hour: int, minute: int = 0, days: int = 0) -> datetime:
    """Set the clock to an hour of the next Monday, or days after it."""
    now = datetime.now(world.rules.site.timezone)
    monday = (now + timedelta(days=7 - now.weekday())).replace(hour=hour, minute=minute, second=0, microsecond=0)
    at = monday + timedelta(days=days)
    world.clock = lambda: at
    return at


def tonight(world: World, days: int = 0) -> datetime:
    return world.clock().replace(hour=20, minute=30) + timedelta(days=days)


def mail_of(subject: str, sender: str, text: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, MAILBOT, subject
    mail["Message-ID"] = f"<{abs(hash((subject, sender, text)))}@{sender.rpartition('@')[2]}>"
    mail.set_content(text + "\n")
    return mail


def content(mail: Message, suffix: str) -> bytes:
    parts = cast("EmailMessage", mail).iter_attachments()
    found = next(part for part in parts if str(part.get_filename()).endswith(suffix)).get_content()
    return found.encode() if isinstance(found, str) else bytes(found)


def code_on(world: World, day: datetime) -> str:
    daemon = world.open()
    try:
        code = daemon.flow.books().door_code("kirche", day.date())
        assert code
        return code.code
    finally:
        daemon.close()


def lists_of(world: World) -> list[Message]:
    return [mail for mail in world.mails("medifit") if mail["Mailbot-Kind"] == "desk/codes"]


def confirmed(world: World, days: int = 0) -> None:
    world.request(start=tonight(world, days))
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()


def test_the_desk_lives_by_its_list(world: World) -> None:
    """Every morning a list; a request and its approval bring the next at once; nothing changes, nothing comes."""
    set_clock(world, 6, 30)
    world.turn()
    assert lists_of(world) == []
    set_clock(world, 7, 5)
    world.turn()
    world.turn()
    (first,) = lists_of(world)
    assert "Nr. 1" in str(first["Subject"])
    world.request(start=tonight(world, days=1))
    world.turn()
    second = lists_of(world)[-1]
    text = text_of(second)
    code = code_on(world, tonight(world, days=1))
    assert "Nr. 2" in str(second["Subject"])
    for word in ("Kim Kunde", CODE, "endet auf 5678", "angefragt", code, "20:30–21:30", "Liste Nr. 1"):
        assert word in text
    assert "0171" not in text
    assert code not in str(second["Subject"])
    set_clock(world, 8, 30)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert len(lists_of(world)) == 3
    world.turn()
    assert len(lists_of(world)) == 3
    set_clock(world, 7, 1, days=1)
    world.turn()
    assert len(lists_of(world)) == 4
    assert "Nr. 4" in str(lists_of(world)[-1]["Subject"])


def test_the_desk_asks_and_is_helped(world: World) -> None:
    """`liste` and `hilfe`, stand-alone or as a reply, are answered to the desk."""
    world.turn()
    world.new("medifit")
    world.send(mail_of("liste", DESK), DESK)
    world.turn()
    assert [mail["Mailbot-Kind"] for mail in world.new("medifit")] == ["desk/codes"]
    world.answer(lists_of(world)[-1], "hilfe", sender=DESK)
    world.turn()
    (mail,) = world.new("medifit")
    assert mail["Mailbot-Kind"] == "desk/help"
    assert "liste" in text_of(mail)


def test_the_office_gets_the_table(world: World) -> None:
    """`liste` as a subject and `liste MONAT` as a reply bring the workbook, one row a booking, without a door code."""
    confirmed(world)
    world.new("office")
    world.send(mail_of("Liste", OFFICE), OFFICE)
    world.turn()
    mail = world.last("office", "office/table")
    assert attached(mail) == [f"buchungen-{world.clock():%Y-%m-%d}.xlsx"]
    sheet = load_workbook(io.BytesIO(content(mail, ".xlsx"))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Buchungscode", CODE, "Summe"]
    assert code_on(world, tonight(world)) not in repr(rows)
    assert "45,00" in text_of(mail)
    empty = (world.clock() + timedelta(days=62)).date()
    name = ("", *stage.MONTHS)[empty.month]
    world.answer(mail, f"liste {name.lower()} {empty.year}")
    world.turn()
    mail = world.last("office", "office/table")
    assert attached(mail) == [f"buchungen-{empty:%Y-%m}.xlsx"]
    assert "keine Buchung" in text_of(mail)


def test_nobody_else_gets_a_list(world: World) -> None:
    """A forged, a customer's and a subscriber's `liste` bring neither table nor codes."""
    world.turn()
    for sender in ("fremd@woanders.example", stage.CUSTOMER, "platzwart@soccer-kirche.example"):
        world.send(mail_of("liste", sender), sender)
        world.send(mail_of("liste codes", sender), sender)
    world.send(mail_of("liste", OFFICE), "fremd@woanders.example")
    world.turn()
    kinds = {mail["Mailbot-Kind"] for name in ("office", "customer", "platzwart") for mail in world.mails(name)}
    assert not kinds & {"office/table", "office/codes", "desk/codes"}


def test_the_season_comes_on_paper(world: World) -> None:
    """When the codes are made, and on `liste codes`, the office has them as table, CSV and PDF."""
    daemon = world.open()
    codes = daemon.flow.books().door_codes()
    daemon.flow.ledger.commit([Gone(DoorCode.TABLE, code.key) for code in codes])
    daemon.close()
    world.command(Arrival("command:codes:again", OPERATOR, CodesGenerated()))
    world.turn()
    mail = world.last("office", "office/codes")
    assert sorted(attached(mail)) == ["tuercodes-kirche.csv", "tuercodes-kirche.pdf"]
    lines = content(mail, ".csv").decode().splitlines()
    assert len(lines) - 1 == 231
    assert code_on(world, world.clock()) in digits_in(text_of(mail))
    assert not digits_in(str(mail["Subject"]))
    world.answer(mail, "liste codes")
    world.turn()
    assert len([m for m in world.mails("office") if m["Mailbot-Kind"] == "office/codes"]) == 2


def test_a_new_code_needs_the_lock_first(world: World) -> None:
    """`code neu` proposes; only the `ok` to it changes the code, and then customer and desk have the new one."""
    confirmed(world, days=1)
    day = tonight(world, days=1)
    old = code_on(world, day)
    world.answer(world.last("office", "office/done"), f"code neu {day.day}.{day.month}. 904417")
    world.turn()
    proposal = world.last("office", "office/new_code")
    for word in ("904417", "Kim Kunde", CODE, "Schloss"):
        assert word in text_of(proposal)
    assert code_on(world, day) == old
    assert "customer/code_changed" not in [mail["Mailbot-Kind"] for mail in world.mails("customer")]
    count = len(lists_of(world))
    world.answer(proposal, "ok")
    world.turn()
    assert code_on(world, day) == "904417"
    mail = world.last("customer", "customer/code_changed")
    assert "904417" in digits_in(text_of(mail))
    assert "904417" not in str(mail["Subject"])
    assert world.bookings()[CODE].door_code == "904417"
    assert world.bookings()[CODE].state is State.CONFIRMED
    assert len(lists_of(world)) == count + 1
    assert "904417" in text_of(lists_of(world)[-1])
    assert old not in digits_in(text_of(lists_of(world)[-1]))
    done = world.last("office", "office/done")
    assert "Kim Kunde" in text_of(done)
    world.answer(proposal, "ok")
    world.turn()
    assert world.mails("office")[-1]["Mailbot-Kind"] == "office/refused"


def test_a_customer_sees_what_is_taken(world: World) -> None:
    """`belegung` shows others as times only, own bookings in detail; a stranger is answered three times a day."""
    confirmed(world, days=2)
    world.answer(world.last("customer", "customer/confirmed"), "belegung", sender=stage.CUSTOMER)
    world.turn()
    own = text_of(world.last("customer", "customer/occupancy"))
    assert CODE in own
    assert "Ihr Termin" in own
    assert code_on(world, tonight(world, days=2)) not in digits_in(own)
    for number in range(4):
        world.send(mail_of("Belegung", "platz@frei.example", f"{number}"), "platz@frei.example")
    world.turn()
    daemon = world.open()
    rows = [row for row in daemon.flow.books().mails() if row.kind == "customer/occupancy"]
    daemon.close()
    assert sorted(row.to for row in rows) == [stage.CUSTOMER, *["platz@frei.example"] * 3]
    raws = [(world.data / row.path).read_bytes() for row in rows if row.to != stage.CUSTOMER]
    assert not any(word in raw for raw in raws for word in (CODE.encode(), b"Kim"))
    assert all(b"20:30" in raw and b"belegt" in raw for raw in raws)
    assert "office/mail_failed" not in [mail["Mailbot-Kind"] for mail in world.mails("office")]


def test_the_night_leaves_a_copy(world: World) -> None:
    """Each day's first look keeps the table under data/exports, for its owner alone, once; old ones go."""
    confirmed(world)
    folder = world.data / "exports"
    (copy,) = folder.iterdir()
    assert copy.name == f"buchungen-{world.clock().date()}.xlsx"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = copy.read_bytes()
    world.turn()
    assert copy.read_bytes() == before
    set_clock(world, 0, 5, days=1)
    world.turn()
    assert len(list(folder.iterdir())) == 2
    sheet = load_workbook(max(folder.iterdir())).active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Buchungscode", CODE, "Summe"]
    set_clock(world, 0, 5, days=100)
    world.turn()
    assert len(list(folder.iterdir())) == 1
