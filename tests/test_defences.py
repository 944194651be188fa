"""ATTACKS.md as stories of several letters, end to end: rounds and tokens, bounces, hostile names, one's own mailbox.

Numbers in the docstrings are the lines of ATTACKS.md.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from attack_story import CODE, Scene, answer, kinds, letter, passed, staged, start_in
from world import OFFICE, attached, digits_in, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.mail import Sending

SECOND = "KJHGFDSAPOIU"


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def test_the_old_review_of_a_moved_booking_is_closed(scene: Scene) -> None:
    """`ok` to the review before the move is refused; `ok` to the new one gives the new day's code."""
    old = scene.asked()
    new = scene.asked(weeks=9)
    assert kinds(scene.arrives(answer(old))["office"]) == ["office/refused"]
    assert scene.booking().state is State.REQUESTED
    assert kinds(scene.arrives(answer(new))["customer"]) == ["customer/confirmed"]
    code = scene.daemon.flow.books().door_code("kirche", scene.booking().stay.day)
    assert code
    assert scene.booking().door_code == code.code


def test_swapped_tokens_decide_only_what_they_stand_for(scene: Scene) -> None:
    """What a letter answers directly counts, whatever else its subject, text and References name."""
    first, second = scene.asked(), scene.asked(SECOND, weeks=9)
    more = ("References", f"{second['Message-ID']}")
    scene.arrives(answer(first, f"nein: {SECOND} ist voll", OFFICE, more))
    assert (scene.booking().state, scene.booking(SECOND).state) == (State.REJECTED, State.REQUESTED)
    both = replace_id(answer(second), f"{second['Message-ID']} {first['Message-ID']}")
    assert "office/done" not in kinds(scene.arrives(both)["office"])
    assert scene.booking(SECOND).state is State.REQUESTED


def replace_id(raw: bytes, ids: str) -> bytes:
    """Give a letter that answers other mails."""
    return re.sub(rb"In-Reply-To: [^\r]+", f"In-Reply-To: {ids}".encode(), raw)


@pytest.mark.parametrize(("first", "state"), [("nein: voll", State.REJECTED), ("ok", State.CONFIRMED)])
def test_a_second_answer_decides_nothing(scene: Scene, first: str, state: State) -> None:
    """14, 23, 24: the same letter again is nothing at all; another `ok` hears what was decided, by whom and when."""
    review = scene.asked()
    said = answer(review, first)
    scene.arrives(said)
    before = scene.booking()
    assert before.state is state
    assert not any(scene.arrives(said).values())
    got = scene.arrives(answer(review))
    assert (kinds(got["office"]), got["customer"], scene.booking()) == (["office/refused"], [], before)
    assert ("bereits freigegeben" if first == "ok" else "bereits abgelehnt") in " ".join(
        text_of(got["office"][0]).split()
    )


def test_ok_after_a_withdrawal_sends_nothing(scene: Scene) -> None:
    """24: a withdrawn booking stays withdrawn; the withdrawal needs no reference where e-mail and start say which."""
    review = scene.asked()
    off = ("From", stage.NOTICES), ("Subject", "Storniert: Kim Kunde")
    body = f"E-Mail: {stage.CUSTOMER}\nStart: {start_in(scene)}"
    assert kinds(scene.arrives(letter((passed("youcanbook.me"), *off), body))["office"]) == ["office/withdrawn"]
    assert kinds(scene.arrives(answer(review))["office"]) == ["office/refused"]
    assert (scene.booking().state, scene.booking().door_code) == (State.CANCELLED, None)


def test_ok_after_the_stay_sends_the_bill_only(scene: Scene) -> None:
    """24: no code leaves any more, only the demand for payment."""
    review = scene.asked(weeks=1)
    scene.past = timedelta(weeks=2, days=5)
    got = scene.arrives(answer(review))
    assert kinds(got["customer"]) == ["customer/payment"]
    assert scene.booking().door_code is None
    day = scene.daemon.flow.books().door_code("kirche", scene.booking().stay.day)
    assert day
    assert day.code not in digits_in(text_of(got["customer"][0]))


def test_the_same_time_is_confirmed_once(scene: Scene) -> None:
    """Two requests for one time: the second `ok` is refused and names the first."""
    first, second = scene.asked(), scene.asked(SECOND)
    scene.arrives(answer(first))
    got = scene.arrives(answer(second, "ok preis 45"))
    assert kinds(got["office"]) == ["office/refused"]
    assert CODE in text_of(got["office"][0])
    assert scene.booking(SECOND).state is State.REQUESTED


@pytest.mark.parametrize(
    ("said", "price"), [("ok", "45.00"), ("ok preis 40", "40.00"), ("ok rabatt 10%, danke", "40.50")]
)
def test_price_and_discount(scene: Scene, said: str, price: str) -> None:
    """What the answer names is asked; until then the booking shows what would be."""
    review = scene.asked()
    assert str(scene.booking().price) == "45.00"
    scene.arrives(answer(review, said))
    assert str(scene.booking().price) == price


def test_two_codes_go_to_two_mails(scene: Scene) -> None:
    """51: approved in one pass, each confirmation holds its own day's code and no other."""
    first, second = scene.asked(), scene.asked(SECOND, weeks=9)
    got = scene.arrives(answer(first), answer(second))["customer"]
    own = {code: scene.booking(code).door_code for code in (CODE, SECOND)}
    assert len(set(own.values())) == 2
    assert {str(mail["Mailbot-Booking"]): digits_in(text_of(mail)) & set(own.values()) for mail in got} == {
        code: {door_code} for code, door_code in own.items()
    }


def test_the_token_in_the_reply_address(servers: EmbeddedServers, tmp_path: Path) -> None:
    """With `subaddress` the token also stands in Reply-To, and alone is enough."""
    with staged(servers, tmp_path, subaddress=True) as scene:
        review = scene.asked()
        fields = (passed("kruempel.example"), ("From", OFFICE), ("To", str(review["Reply-To"])), ("Subject", "ok"))
        assert kinds(scene.arrives(letter(fields))["customer"]) == ["customer/confirmed"]


def test_an_invoice_that_waits_for_an_address(scene: Scene) -> None:
    """Over 250 € the office is asked for the address; its answer brings the invoice."""
    got = scene.arrives(answer(scene.asked(), "ok preis 300"))
    assert [name for name in attached(got["customer"][0]) if name.endswith(".pdf")] == []
    (done,) = got["office"]
    assert "ADRESSE: Am Markt 3" in text_of(done).replace("\u00a0", " ").replace("\n", " ")
    assert not any(line.startswith("ADRESSE") for line in text_of(done).split("\n"))
    got = scene.arrives(answer(done, "ADRESSE: Am Markt 3\n48565 Steinfurt"))
    assert [name for name in attached(got["customer"][0]) if name.endswith(".pdf")] == [
        f"{scene.booking().invoice}.pdf"
    ]


def test_every_mail_was_sent_once(scene: Scene) -> None:
    """53: nothing loops: after a whole story a further pass sends nothing."""
    scene.arrives(answer(scene.asked()))
    assert not any(scene.arrives().values())
    assert {mail.state for mail in scene.daemon.flow.books().mails()} == {Sending.SENT}
    assert isinstance(scene.booking().decided_at, datetime)
