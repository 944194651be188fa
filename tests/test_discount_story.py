"""Discounts by mail end to end, on embedded servers with a moved clock: from the office's word to the next invoice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from world import MAILBOT, OFFICE, World, attached, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=BERLIN)
FIRST, SECOND, THIRD, SUMMER = "QNBZAQPTAITT", "HKWMZRTPLEQA", "ZWEITEBUCHNG", "SOMMERBUCHNG"
EVENING = datetime(2026, 12, 12, 19, 30, tzinfo=BERLIN)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        resource = base.resources["kirche"]
        codes = replace(resource.door_codes, season_from=date(2026, 9, 15), season_to=date(2027, 8, 31), list_to=None)
        world = World.on(servers, tmp_path / "data", resources={"kirche": replace(resource, door_codes=codes)})
        world.clock = lambda: NOW
        _request(world, FIRST, EVENING)
        yield world


def _request(world: World, reference: str, start: datetime) -> str:
    """Let a notice of the same customer arrive, and give the review."""
    world.request(reference, start)
    world.turn()
    return _words(world, "office/review")


def _says(world: World, text: str, kind: str = "office/review") -> str:
    """Answer the office's newest mail of a kind, and give the kinds of what only the office got for it."""
    world.kinds()
    world.answer(world.last("office", kind), text)
    world.turn()
    got = {name: kinds for name, kinds in world.kinds().items() if kinds}
    return " ".join(got.pop("office", [])) if len(got) <= 1 else str(got)


def _words(world: World, kind: str) -> str:
    return " ".join(text_of(world.last("office", kind)).replace("\u00a0", " ").split())


def test_a_discount_from_the_word_to_the_invoice(world: World) -> None:
    """One answer prices what is asked anew; the next notice, after a restart, is priced with it until its end."""
    assert _says(world, "rabatt 20% bis 31.5.2027, danke") == "office/done"
    done = _words(world, "office/done")
    assert f"({FIRST}): 36,00 € statt 45,00 €." in done
    assert "20 % Rabatt ab 21.11.2026 bis 31.05.2027 für Kim Kunde" in done
    assert str(world.bookings()[FIRST].price) == "36.00"
    terms = "20 % Rabatt bis 31.05.2027, vom Büro am 21.11.2026"
    review = _request(world, SECOND, EVENING + timedelta(days=7))
    assert f"36,00 € (45,00 € abzüglich {terms})" in review
    _says(world, "ok")
    assert f"Berechnet sind 36,00 € statt 45,00 €: {terms}." in _words(world, "office/done")
    paid = text_of(world.last("customer", "customer/confirmed")).replace("\u00a0", " ")
    assert "20 %, statt 45,00 €" in paid
    assert any(name.endswith(".pdf") for name in attached(world.last("customer", "customer/confirmed")))
    assert "45,00 €" in _request(world, SUMMER, datetime(2027, 6, 12, 19, 30, tzinfo=BERLIN))
    assert [str(world.bookings()[code].price) for code in (FIRST, SECOND, SUMMER)] == ["36.00", "36.00", "45.00"]


def test_the_best_counts_until_it_ends(world: World) -> None:
    """Of two the better one counts; ended by address, what is billed stays and the rest costs the list price."""
    _says(world, "rabatt 10%")
    _says(world, f"rabatt {stage.CUSTOMER} 20% bis Ende Mai 2027", "office/done")
    assert "Es zählt immer nur der beste Rabatt." in _words(world, "office/done")
    _says(world, "ok")
    assert "36,00" in _request(world, SECOND, EVENING + timedelta(days=7))
    assert _says(world, "rabatt") == "office/discounts"
    shown = _words(world, "office/discounts")
    assert "dauer@verein.example: 20 % Rabatt bis 31.05.2027 für Dauerbuchung, aus rules.yaml" in shown
    assert f"{stage.CUSTOMER}: 20 % Rabatt bis 31.05.2027, vom Büro am 21.11.2026" in shown
    assert _says(world, f"rabatt {stage.CUSTOMER} ende", "office/discounts") == "office/done"
    done = _words(world, "office/done")
    assert f"({SECOND}): 45,00 € statt 36,00 €." in done
    assert f"({FIRST}): bleibt bei 36,00 €, denn die Rechnung" in done
    assert "45,00 €" in _request(world, THIRD, EVENING + timedelta(days=14))


@pytest.mark.parametrize("text", ["rabatt 20%?", "rabatt 120%", "rabatt 20% bis 1.1.2026", "rabatt dauer@verein 20%"])
def test_no_clear_discount_is_none(world: World, text: str) -> None:
    """The office is asked back and nothing changes."""
    before = world.bookings()
    assert _says(world, text) == "office/refused"
    assert world.bookings() == before


def test_a_fresh_mail_gives_nobody_a_discount(world: World) -> None:
    """Without a token the office is shown what waits; the same word as an answer to that counts."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OFFICE, MAILBOT, "Rabatt"
    mail["Message-ID"] = "<fresh@kruempel.example>"
    mail.set_content(f"rabatt {stage.CUSTOMER} 20%\n")
    world.kinds()
    world.send(mail, OFFICE)
    world.turn()
    assert world.kinds()["office"] == ["office/digest"]
    assert str(world.bookings()[FIRST].price) == "45.00"
    assert _says(world, f"rabatt {stage.CUSTOMER} 20%", "office/digest") == "office/done"
    assert str(world.bookings()[FIRST].price) == "36.00"
