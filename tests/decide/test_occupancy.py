"""`belegung`: the coming weeks, others anonymous, own bookings in detail, three answers a day."""

from dataclasses import replace
from datetime import date, timedelta

from decide_story import CODE, CUSTOMER, LATER, NOW, PAST, SABINE, STAY, World, booking, kinds, only

from mailbot.model.booking import Customer, State
from mailbot.model.list_events import OccupancyAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Role

OTHER = Customer("Otto Ott", "otto@kunde.example", "0172 999", language="en")
ASKERS = [(SABINE, "de"), (SABINE, "en"), (OTHER, "de"), (OTHER, "en")]
STRANGER = "neu@woanders.example"


def ask(world: World, address: str = SABINE.email, language: str = "de") -> MailOrder:
    decision = world.tell(Actor(Role.CUSTOMER, "", address), OccupancyAsked(address, language))
    return only(decision, "customer/occupancy")


def taken(mail: MailOrder, resource: str = "kirche") -> dict[date, object]:
    calendars = mail.facts["calendars"]
    assert isinstance(calendars, tuple)
    days = next(days for r, days in calendars if r.key == resource)
    return {day: times for day, times in days if times}


def test_others_are_anonymous_and_own_stand_out() -> None:
    """Each taken time says only when, whether it is the asker's, and whether it is confirmed."""
    theirs = booking(State.CONFIRMED, code="FREMD", stay=LATER, customer=OTHER)
    mail = ask(World.of(booking(), theirs))
    assert taken(mail) == {STAY.day: ((STAY, True, False),), LATER.day: ((LATER, False, True),)}
    assert "Otto" not in repr(mail.facts)
    assert "FREMD" not in repr(mail.facts)


def test_own_bookings_come_in_detail_without_the_code() -> None:
    """The asker's own coming bookings are there with all facts but the door code; what is over is not."""
    world = World.of(booking(State.CONFIRMED), booking(code="ALT", stay=PAST))
    own = ask(world).facts["own"]
    assert isinstance(own, tuple)
    assert [(b.code, b.door_code) for b in own] == [(CODE, None)]


def test_the_answer_goes_to_the_address_that_asked() -> None:
    """A known customer is written to by name and in his language, a stranger in the language he asked in."""
    world = World.of(booking(customer=OTHER))
    reader = ask(world, OTHER.email.upper()).reader
    assert (reader.name, reader.address, reader.language) == ("Otto Ott", OTHER.email.upper(), "en")
    reader = ask(world, STRANGER, "en").reader
    assert (reader.role, reader.name, reader.address, reader.language) == (Role.CUSTOMER, "", STRANGER, "en")


def test_who_asks_in_english_reads_english() -> None:
    """A customer of a German request who asks in English is answered so; the house's own word leaves him his own."""
    languages = [ask(World.of(booking(customer=customer)), customer.email, language) for customer, language in ASKERS]
    assert [mail.reader.language for mail in languages] == ["de", "en", "en", "en"]


def test_what_is_off_is_free() -> None:
    """Rejected, cancelled and lapsed bookings take no time."""
    off = [booking(state, code=state.value) for state in (State.REJECTED, State.CANCELLED, State.LAPSED)]
    assert taken(ask(World.of(*off), STRANGER)) == {}


def test_four_weeks_are_shown() -> None:
    """The calendar has the open days of four weeks, from today."""
    beyond = replace(STAY, start=STAY.start + timedelta(days=28), end=STAY.end + timedelta(days=28))
    mail = ask(World.of(booking(stay=beyond)), STRANGER)
    calendars = mail.facts["calendars"]
    assert isinstance(calendars, tuple)
    days = [day for day, _ in calendars[0][1]]
    assert (days[0], days[-1], len(days)) == (NOW.date(), NOW.date() + timedelta(days=27), 28)
    assert taken(mail) == {}


def test_two_requests_for_one_time_are_one() -> None:
    """That several strangers want the same time is nobody's business."""
    rivals = [booking(code=name, customer=replace(OTHER, email=f"{name}@kunde.example")) for name in ("a", "b")]
    assert taken(ask(World.of(*rivals), STRANGER)) == {STAY.day: ((STAY, False, False),)}


def test_three_answers_a_day() -> None:
    """The fourth question of a day is not answered, the next day's first is; another address is not held back."""
    world = World.of(booking())
    asked = OccupancyAsked(SABINE.email)
    answers = [kinds(world.tell(CUSTOMER, asked)) for _ in range(4)]
    assert answers == [["customer/occupancy"]] * 3 + [[]]
    assert kinds(world.tell(CUSTOMER, OccupancyAsked(SABINE.email.upper()))) == []
    assert ask(world, STRANGER)
    world.now += timedelta(days=1)
    assert ask(world).matter == Matter(MatterKind.OCCUPANCY, SABINE.email)


def test_nobody_writes_to_a_robot() -> None:
    """A robot's address and our own get no answer."""
    world = World.of()
    for address in ("noreply@kunde.example", "buchung@soccer-kirche.example"):
        assert world.tell(Actor(Role.CUSTOMER, "", address), OccupancyAsked(address)).mails == ()


def test_strangers_together_get_thirty_answers_an_hour() -> None:
    """Who asks from a thousand addresses keeps no mail about a booking back; customers are answered all the same."""
    world = World.of(booking())
    by = [Actor(Role.CUSTOMER, "", f"u{n}@woanders.example") for n in range(40)]
    asked = [world.tell(who, OccupancyAsked(who.address, "de")) for who in by]
    assert [len(kinds(decision)) for decision in asked] == [1] * 30 + [0] * 10
    assert ask(world).reader.address == SABINE.email
    world.now += timedelta(hours=1)
    assert ask(world, "u39@woanders.example").reader.address == "u39@woanders.example"
