"""The talk end to end, on embedded servers: questions, cancellations, customers' own mails, notes, money, undo."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from world import OFFICE, World, attached, digits_in, html_of, next_saturday, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State

CODE = "QNBZAQPTAITT"
DEPUTY = "chefin@kruempel.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    accounts = {**stage.accounts(base), "deputy": DEPUTY}
    with EmbeddedServers(accounts, stage.PASSWORD, base.trust.authserv_id) as servers:
        world = World.on(servers, tmp_path / "data")
        # A moment of its own: on the morning before an office day, three weeks ahead of the stay.
        start = next_saturday(world.rules, weeks=3)
        begin = start - timedelta(days=18)
        world.clock = lambda: begin.replace(hour=9, minute=0)
        world.request(start=start)
        world.turn()
        world.kinds()
        yield world


def says(world: World, name: str, kind: str, text: str, sender: str = OFFICE) -> dict[str, list[str]]:
    """Let somebody answer the newest mail of a kind, and give what people got by it."""
    world.answer(world.last(name, kind), text, sender)
    world.turn()
    return {who: kinds for who, kinds in world.kinds().items() if kinds}


def state(world: World) -> State:
    return world.bookings()[CODE].state


def test_question_and_answer(world: World) -> None:
    """The office asks, the customer answers, the office reads both with the review and decides in one line."""
    assert says(world, "office", "office/review", "frage: Wie viele Personen kommen?") == {
        "customer": ["customer/question"]
    }
    question = world.last("customer", "customer/question")
    assert "Wie viele Personen kommen?" in text_of(question)
    assert state(world) is State.HELD
    got = says(world, "customer", "customer/question", "Zehn, und ein Hund.\nok", stage.CUSTOMER)
    assert got == {"office": ["office/message"]}
    message = world.last("office", "office/message")
    assert all(words in text_of(message) for words in ("Wie viele Personen kommen?", "| Zehn, und ein Hund.", "45,00"))
    assert state(world) is State.REQUESTED
    assert says(world, "office", "office/review", "ok") == {"office": ["office/refused"]}
    assert says(world, "office", "office/message", "ok")["customer"] == ["customer/confirmed"]
    assert state(world) is State.CONFIRMED


def test_a_cancellation_reaches_everybody(world: World) -> None:
    """`storno: …` on what was confirmed: reason, calendar and invoice to the customer, the link to the office."""
    says(world, "office", "office/review", "ok")
    got = says(world, "office", "office/done", "storno: Wasserschaden in der Halle")
    assert got == {
        "office": ["office/done"],
        "medifit": ["desk/decided"],
        "platzwart": ["subscriber/decided"],
        "customer": ["customer/cancelled"],
    }
    mail = world.last("customer", "customer/cancelled")
    assert "Wasserschaden in der Halle" in text_of(mail)
    assert sorted(Path(name).suffix for name in attached(mail)) == [".ics", ".pdf"]
    (calendar,) = [p for p in cast("EmailMessage", mail).iter_attachments() if str(p.get_filename()).endswith(".ics")]
    assert "METHOD:CANCEL" in str(calendar.get_content())
    assert "wieder frei" in text_of(world.last("office", "office/done"))
    assert state(world) is State.CANCELLED


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("storno", "storno:\u00a0auf\u00a0Ihren\u00a0Wunsch"),
        ("verschieben auf 20:00-21:00 Uhr", "20:00-21:00"),
        ("Dürfen wir Hunde mitbringen?", "frage:\u00a0Ihre\u00a0Worte"),
    ],
)
def test_a_customers_own_mail(world: World, text: str, ready: str) -> None:
    """Whatever a customer writes reaches the office with the fitting answer, he hears so, and nothing changes."""
    says(world, "office", "office/review", "ok")
    before = world.bookings()[CODE]
    got = says(world, "customer", "customer/confirmed", text, stage.CUSTOMER)
    assert got == {"office": ["office/message"], "customer": ["customer/noted"]}
    message = world.last("office", "office/message")
    assert ready in text_of(message)
    assert f"| {text}" in text_of(message)
    assert "Noch hat sich nichts geändert" in text_of(world.last("customer", "customer/noted"))
    assert world.bookings()[CODE] == before
    assert before.door_code
    assert before.door_code not in digits_in(text_of(message) + html_of(message))


def test_the_ready_answers_work(world: World) -> None:
    """The office answers a wish with the line that stands ready, and it is done."""
    says(world, "office", "office/review", "ok")
    says(world, "customer", "customer/confirmed", "verschieben auf 20:00-21:00 Uhr", stage.CUSTOMER)
    message = world.last("office", "office/message")
    line = next(row for row in text_of(message).splitlines() if "20:00-21:00" in row and "›" in row)
    answer = line.replace("\u00a0", " ").removeprefix("› ").partition(" · ")[0]
    assert "customer/confirmed" in says(world, "office", "office/message", answer)["customer"]
    assert f"{world.bookings()[CODE].stay.start:%H:%M}" == "20:00"
    says(world, "customer", "customer/confirmed", "Storno, wir sind krank", stage.CUSTOMER)
    assert says(world, "office", "office/message", "storno: auf Ihren Wunsch")["customer"] == ["customer/cancelled"]


def test_a_message_back_to_a_confirmed_customer(world: World) -> None:
    """`frage: …` to a customer's message writes to him; his reply comes back as a message."""
    says(world, "office", "office/review", "ok")
    says(world, "customer", "customer/confirmed", "Dürfen wir Hunde mitbringen?", stage.CUSTOMER)
    assert says(world, "office", "office/message", "frage: Ja, an der Leine.") == {"customer": ["customer/question"]}
    got = says(world, "customer", "customer/question", "Prima!", stage.CUSTOMER)
    assert got == {"office": ["office/message"], "customer": ["customer/noted"]}
    assert state(world) is State.CONFIRMED


def test_notes_money_and_the_whole_history(world: World) -> None:
    """Notes and payments are confirmed and show in `warum`, with every mail and who said what; no door code."""
    says(world, "office", "office/review", "ok")
    assert says(world, "office", "office/done", "notiz Schlüssel liegt bereit") == {"office": ["office/done"]}
    assert says(world, "medifit", "desk/decided", "notiz Kunde hat angerufen", "theke@medifit.example") == {
        "office": ["office/message"],
        "medifit": ["desk/done"],
    }
    assert says(world, "office", "office/done", "bezahlt 40") == {"office": ["office/done"]}
    assert "Offen sind noch 5,00 €" in text_of(world.last("office", "office/done"))
    assert says(world, "office", "office/done", "bezahlt") == {"office": ["office/done"]}
    assert says(world, "office", "office/done", "warum?") == {"office": ["office/history"]}
    text = " ".join(text_of(world.last("office", "office/history")).split())
    for words in ("Anfrage eingegangen", "Freigegeben für", "Notiz: Schlüssel liegt bereit", "Kunde hat angerufen"):
        assert words in text
    for words in (
        "Bezahlt: 40,00 €",
        "Damit ist alles bezahlt",
        "Bestätigung mit Türcode und Rechnung",
        "Buchungsseite",
    ):
        assert words in text
    code = world.bookings()[CODE].door_code
    assert code
    assert code not in digits_in(text)


def test_the_deputy_comes_too_late(world: World) -> None:
    """The deputy's answer after a colleague's is told who decided, and when."""
    says(world, "office", "office/review", "ok")
    world.answer(world.last("office", "office/review"), "nein: voll", DEPUTY)
    world.turn()
    refusal = " ".join(text_of(world.last("deputy", "office/refused")).split())
    assert f"von Büro Krümpel ({OFFICE})" in refusal
    assert f"am {world.clock():%d.%m.%Y um %H:%M} Uhr" in refusal
    assert state(world) is State.CONFIRMED


def test_an_answer_taken_back(world: World) -> None:
    """With `schedule.undo`, `ok` waits, `zurück` undoes it, and a second `ok` counts when its time is over."""
    world.rules = replace(world.rules, schedule=replace(world.rules.schedule, undo=timedelta(minutes=10)))
    assert says(world, "office", "office/review", "ok") == {"office": ["office/done"]}
    assert "vorgemerkt" in text_of(world.last("office", "office/done"))
    assert says(world, "office", "office/done", "zurück") == {"office": ["office/done"]}
    assert says(world, "office", "office/review", "ok") == {"office": ["office/done"]}
    assert state(world) is State.REQUESTED
    now = world.clock()
    world.clock = lambda: now + timedelta(minutes=11)
    world.turn()
    assert world.kinds()["customer"] == ["customer/confirmed"]
    assert state(world) is State.CONFIRMED
    assert world.bookings()[CODE].decided_by == f"office {OFFICE}"
