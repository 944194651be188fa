"""Hostile letters through the whole pass, on embedded servers: none stops it, and sound ones beside them go through.

Each shape comes as a notice, as the office's answer and as the customer's. How long each takes is measured by
benchmarks/hostile.py. Numbers in the docstrings are the lines of ATTACKS.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_story import CODE, PASS, USUAL, Scene, kinds, letter, notice, passed, staged, start_in
from hostile_shapes import LARGE, SHAPES, Shape
from world import OFFICE, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State

SMALL = [name for name in SHAPES if name not in LARGE]
# An answer below these is read; of a notice only so many lines are.
FOR_NOTICES = ("20 kB of newlines in front",)


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def shaped(shape: Shape, fields: tuple[tuple[str, str], ...], text: str) -> bytes:
    """Write a letter in this shape."""
    raw = letter((*fields, *shape.head), shape.body(text), shape.content)
    for name in shape.lacks:
        raw = re.sub(rb"(?m)^" + name.encode() + rb": [^\r]*\r\n", b"", raw)
    return raw


def sheet(scene: Scene, code: str, weeks: int) -> str:
    fields = {"Name": "Kim Kunde", "E-Mail": stage.CUSTOMER, "Telefon": "0171 2345678", "Buchungscode": code}
    return "\n".join(f"{label}: {value}" for label, value in (fields | {"Start": start_in(scene, weeks)}).items())


def code_of(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in f"{number:012d}")


def test_no_shape_stops_a_pass(scene: Scene) -> None:
    """57, 58: all of them in one pass; each ends as it should, nothing is left, no order is taken from any."""
    review = scene.asked()
    source = (passed("youcanbook.me"), ("From", stage.NOTICES), ("Subject", "Neue Buchung"))
    office = (PASS, ("From", OFFICE), ("Subject", "AW: x"), ("In-Reply-To", str(review["Message-ID"])))
    asked = scene.ids["customer", "customer/received"]
    customer = (passed("kunde.example"), ("From", stage.CUSTOMER), ("Subject", "Re: x"), ("In-Reply-To", asked))
    letters, read = [], set()
    for number, name in enumerate(SMALL):
        shape, code = SHAPES[name], code_of(number)
        letters.append(shaped(shape, source, sheet(scene, code, number + 9)))
        # What is read must decide nothing by its words; what cannot be read must not, though they say ok.
        letters.append(shaped(shape, office, "vielleicht" if shape.is_read or name in FOR_NOTICES else "ok"))
        letters += [] if shape.is_read else [shaped(shape, customer, "ok")]
        read |= {code} if shape.is_read else set()
    before, left = scene.booking(), len(scene.world.servers.messages("mailbot"))
    got = scene.arrives(*letters, notice(Start=start_in(scene, 80), Buchungscode="SOUNDSOUNDSO"))
    books = scene.daemon.flow.books()
    assert {booking.code for booking in books.bookings()} == {CODE, "SOUNDSOUNDSO", *read}
    assert scene.booking() == before
    assert {booking.state for booking in books.bookings()} == {State.REQUESTED}
    assert scene.daemon.collector.waiting == {}
    assert len(scene.world.servers.messages("mailbot")) == left
    unread = [mail for mail in got["office"] if mail["Mailbot-Kind"] == "office/unreadable"]
    assert not [text_of(mail) for mail in unread if "Programmfehler" in text_of(mail)]
    assert len(unread) == sum(not SHAPES[name].is_read for name in SMALL)
    assert set(kinds(got["customer"])) == {"customer/received", "customer/noted"}


def test_nothing_of_a_letter_without_head(scene: Scene) -> None:
    """58: bytes without one header field are nobody's: left where they are, and not stored."""
    raws = [b"", b"\r\n", b"ok", b"\r\n\r\nok\r\n", b"\0" * 1000, b"\xff\xfe" * 500, b"From buero Mon\r\n\r\nok\r\n"]
    raws = [raw for raw in raws if raw]
    assert not any(scene.arrives(*raws).values())
    assert set(raws) <= set(scene.world.servers.messages("mailbot"))
    assert not set(raws) & {path.read_bytes() for path in (scene.world.data / "letters").rglob("*.eml")}


def test_a_letter_too_large_is_parked_unread(servers: EmbeddedServers, tmp_path: Path) -> None:
    """57, 75: by its size alone it goes to trouble; the office hears who, what and how large; the small ones go on."""
    with staged(servers, tmp_path) as scene:
        limit = scene.daemon.flow.rules.mailbox.max_letter
        assert limit == 25_000_000 or limit == 25 * 2**20
        huge = notice(Start=start_in(scene), Bemerkung="x" * limit)
        got = scene.arrives(notice(Start=start_in(scene, 9), Buchungscode="KJHGFDSAPOIU"), huge)
        assert sorted(kinds(got["office"])) == ["office/review", "office/unreadable"]
        told = next(text_of(mail) for mail in got["office"] if mail["Mailbot-Kind"] == "office/unreadable")
        assert stage.NOTICES in told
        assert "zu groß" in told
        assert [booking.code for booking in scene.daemon.flow.books().bookings()] == ["KJHGFDSAPOIU"]
        kept = [path.stat().st_size for path in (scene.world.data / "letters").rglob("*.eml")]
        assert max(kept) < 100_000


def test_a_stranger_s_large_letter_stays(servers: EmbeddedServers, tmp_path: Path) -> None:
    """75: too large to be read, a report of other mail or a question stays where it is, and nobody is told."""
    with staged(servers, tmp_path) as scene:
        limit, gone = scene.daemon.flow.rules.mailbox.max_letter, ("Return-Path", "<>")
        heads = [
            (gone, ("From", "MAILER-DAEMON@anders.example"), ("Subject", "Undelivered: Urlaubsfotos")),
            (passed("anders.example"), ("From", "ich@anders.example"), ("Subject", "Belegung")),
        ]
        raws = [letter(fields, "x" * limit) for fields in heads]
        assert not any(scene.arrives(*raws).values())
        assert set(raws) <= set(scene.world.servers.messages("mailbot"))
