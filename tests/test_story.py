"""The story end to end, on embedded servers: what each person gets, and what each answer does."""

import base64
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from world import MAILBOT, OFFICE, World, attached, digits_in, html_of, next_saturday, text_of

from mailbot import stage
from mailbot.model.booking import State

CODE = "QNBZAQPTAITT"


def _reviewed(world: World) -> None:
    world.request()
    world.turn()
    world.kinds()


def test_a_notice_tells_everybody_at_once(world: World) -> None:
    """A booking notice becomes four mails: customer, office, desk and subscriber each get their own."""
    world.request()
    world.turn()
    assert world.kinds() == {
        "office": ["office/review"],
        "medifit": ["desk/request"],
        "platzwart": ["subscriber/request"],
        "customer": ["customer/received"],
    }
    assert world.bookings()[CODE].state is State.REQUESTED


def test_ok_sends_code_and_bill(world: World) -> None:
    """After `ok` the customer has the door code of that date, price, IBAN, reference, invoice and calendar entry."""
    _reviewed(world)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert world.kinds() == {
        "office": ["office/done"],
        "medifit": ["desk/decided"],
        "platzwart": ["subscriber/decided"],
        "customer": ["customer/confirmed"],
    }
    booking = world.bookings()[CODE]
    mail = world.last("customer", "customer/confirmed")
    text = text_of(mail)
    assert booking.state is State.CONFIRMED
    assert booking.decided_by == f"office {OFFICE}"
    assert booking.door_code in digits_in(text)
    assert booking.door_code in digits_in(html_of(mail).replace("</td>", ""))
    assert "45,00" in text
    assert "DE02120300000000202051" in text.replace(" ", "")
    assert CODE in text
    assert sorted(Path(name).suffix for name in attached(mail)) == [".ics", ".pdf"]
    assert f"{booking.invoice}.pdf" in attached(mail)


def test_the_door_code_reaches_its_customer_alone(world: World) -> None:
    """No subject, no other person's mail and no log of the post holds the door code."""
    _reviewed(world)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    code = world.bookings()[CODE].door_code
    assert code
    for name in ("office", "medifit", "platzwart", "customer"):
        for mail in world.mails(name):
            assert code not in str(mail["Subject"])
            if mail["Mailbot-Kind"] != "customer/confirmed":
                assert code not in digits_in(text_of(mail) + html_of(mail))


def test_no_with_a_reason(world: World) -> None:
    """`nein: …` rejects; the customer reads the reason and gets no code."""
    _reviewed(world)
    world.answer(world.last("office", "office/review"), "nein: Halle gesperrt")
    world.turn()
    assert world.kinds()["customer"] == ["customer/rejected"]
    text = text_of(world.last("customer", "customer/rejected"))
    assert "Halle gesperrt" in text
    assert world.bookings()[CODE].state is State.REJECTED
    assert world.bookings()[CODE].door_code is None


def test_the_same_notice_again_is_nothing_new(world: World) -> None:
    """A notice that comes twice makes one booking and four mails."""
    request = world.request()
    world.send(stage.notice(request, MAILBOT, world.clock()), stage.NOTICES)
    world.turn()
    assert sum(len(kinds) for kinds in world.kinds().values()) == 4
    assert list(world.bookings()) == [CODE]


@pytest.mark.parametrize("answer", ["ok?", "nicht ok", "ja, aber 20 Uhr", "", "mal sehen"])
def test_doubt_is_never_a_decision(world: World, answer: str) -> None:
    """An unclear answer changes nothing, and the office is asked back."""
    _reviewed(world)
    world.answer(world.last("office", "office/review"), answer)
    world.turn()
    assert world.kinds() == {"office": ["office/refused"], "medifit": [], "platzwart": [], "customer": []}
    assert world.bookings()[CODE].state is State.REQUESTED


def test_two_times_ok_is_one_decision(world: World) -> None:
    """The second `ok` is told that the booking is confirmed already; one invoice, one code mail."""
    _reviewed(world)
    review = world.last("office", "office/review")
    world.answer(review, "ok")
    world.answer(review, "ok")
    world.turn()
    kinds = world.kinds()
    assert kinds["customer"] == ["customer/confirmed"]
    assert sorted(kinds["office"]) == ["office/done", "office/refused"]


def test_nobody_but_the_office_approves(world: World) -> None:
    """An `ok` from the customer, from a stranger, or with a forged From approves nothing."""
    _reviewed(world)
    review = world.last("office", "office/review")
    world.answer(review, "ok", sender=stage.CUSTOMER)
    world.answer(review, "ok", sender="fremd@woanders.example")
    forged = stage.reply({k: str(v) for k, v in review.items()}, "ok", OFFICE, world.clock())
    world.send(forged, "fremd@woanders.example")  # the envelope is another domain's: dmarc=fail
    world.turn()
    assert world.bookings()[CODE].state is State.REQUESTED
    assert "customer/confirmed" not in world.kinds()["customer"]


def test_other_peoples_mail_stays_as_it_is(world: World) -> None:
    """A private letter in the watched mailbox is neither moved nor read nor stored."""
    private = (Path(__file__).parent / "letters" / "private.eml").read_bytes()
    world.servers.deliver("mailbot", private)
    world.request()
    world.turn()
    assert [b"Wer bringt den Kuchen mit?" in raw for raw in world.servers.messages("mailbot")] == [True]
    kept = [path.read_bytes() for path in (world.data / "letters").rglob("*.eml")]
    assert len(kept) == 1
    assert not any(b"Kuchen" in raw for raw in kept)


def test_an_incomplete_notice_is_mended_by_mail(world: World) -> None:
    """A notice without a start asks the office; its `DATUM:` line makes it a request like any other."""
    mail = stage.notice(stage.Request(CODE, "Kim Kunde", next_saturday(world.rules), 60), MAILBOT, world.clock())
    lines = mail.get_content().splitlines()
    mail.set_content("\n".join(lines[1:]) + "\n")
    world.send(mail, stage.NOTICES)
    world.turn()
    assert world.kinds() == {"office": ["office/unreadable"], "medifit": [], "platzwart": [], "customer": []}
    start = next_saturday(world.rules)
    world.answer(world.last("office", "office/unreadable"), f"DATUM: {start:%d.%m.%Y} 19:30")
    world.turn()
    assert world.kinds()["customer"] == ["customer/received"]
    assert world.bookings()[CODE].stay.start == start


def test_without_a_door_code_nothing_is_approved(world: World) -> None:
    """`ok` for a date that has no door code is refused, and the office is told why."""
    after_season = next(iter(world.rules.resources.values())).door_codes.season_to
    start = next_saturday(world.rules).replace(year=after_season.year, month=after_season.month, day=after_season.day)
    world.request(start=start + (next_saturday(world.rules) - next_saturday(world.rules, weeks=0)))
    world.turn()
    world.kinds()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert world.kinds()["office"] == ["office/refused"]
    assert "code" in text_of(world.last("office", "office/refused")).lower()
    assert world.bookings()[CODE].state is State.REQUESTED


def test_an_english_notice_is_answered_in_english(world: World) -> None:
    """A customer whose notice is English reads English; the office reads German."""
    world.request(language="en")
    world.turn()
    assert "We have your request" in text_of(world.last("customer", "customer/received"))
    assert "ok" in text_of(world.last("office", "office/review"))
    assert world.bookings()[CODE].customer.language == "en"


def test_an_unproven_notice_makes_no_booking(world: World) -> None:
    """A notice whose sender is not proven makes no booking; only the office hears of it and may take it over."""
    request = stage.Request(CODE, "Kim Kunde", next_saturday(world.rules), 60)
    world.send(stage.notice(request, MAILBOT, world.clock()), "angreifer@woanders.example")
    world.turn()
    assert world.kinds() == {"office": ["office/suspicious"], "medifit": [], "platzwart": [], "customer": []}
    assert world.bookings() == {}
    world.answer(world.last("office", "office/suspicious"), "1 übernehmen")
    world.turn()
    assert world.kinds()["customer"] == ["customer/received"]


def test_rehearsal_sends_everything_to_one_address(world: World) -> None:
    """While rehearsing every mail goes to the one address, marked, and invoices have a series of their own."""
    world.rules = replace(world.rules, site=replace(world.rules.site, rehearsal=OFFICE))
    world.request()
    world.turn()
    kinds = world.kinds()
    assert sorted(kinds["office"]) == ["customer/received", "desk/request", "office/review", "subscriber/request"]
    assert not kinds["customer"]
    assert not kinds["medifit"]
    assert all(str(mail["Subject"]).startswith("[PROBE]") for mail in world.mails("office"))
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    invoice = world.bookings()[CODE].invoice
    assert invoice is not None
    assert "PROBE" in invoice


def test_handled_letters_are_filed(world: World) -> None:
    """After a pass the inbox is empty, and the letter lies in the done folder."""
    world.request()
    world.turn()
    assert world.servers.messages("mailbot") == []
    assert len(world.servers.messages("mailbot", "Mailbot/Erledigt")) == 1


def test_an_answer_in_html_alone_is_understood(world: World) -> None:
    """An `ok` that comes as HTML only, base64, is an `ok`."""
    _reviewed(world)
    review = world.last("office", "office/review")
    mail = stage.reply({k: str(v) for k, v in review.items()}, "x", OFFICE, world.clock())
    html = EmailMessage()
    for name, value in mail.items():
        if not name.lower().startswith(("content-", "mime-")):
            html[name] = value
    html["MIME-Version"] = "1.0"
    html["Content-Type"] = 'text/html; charset="utf-8"'
    html["Content-Transfer-Encoding"] = "base64"
    html.set_payload(base64.encodebytes(b"<div>ok</div><blockquote>nein</blockquote>").decode())
    world.send(html, OFFICE)
    world.turn()
    assert world.kinds()["customer"] == ["customer/confirmed"]
