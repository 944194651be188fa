"""Letters that wait for the office: unreadable notices and their missing lines, unproven ones and `übernehmen`."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    BERLIN,
    CODE,
    HALL_SOURCE,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    notice,
    only,
)

from mailbot.decide.due import due
from mailbot.model.booking import State
from mailbot.model.events import (
    Accepted,
    FirstStartListed,
    LetterBroken,
    Notice,
    NoticeKind,
    NoticePuzzled,
    Readdressed,
    Supplied,
    SuspicionsGathered,
    TooLarge,
    Unproven,
)
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import CLOCK, NOBODY
from mailbot.model.records import OpenLetter

LETTER = "letter:INBOX/1/7"
ABOUT = Matter(MatterKind.LETTER, LETTER)


def _puzzled(said: Notice | None, *missing: str) -> NoticePuzzled:
    return NoticePuzzled(said, missing, "Buchung", LETTER, NOW - timedelta(minutes=5))


def _waiting(said: Notice, *missing: str) -> World:
    world = World()
    world.tell(SOURCE, _puzzled(said, *missing))
    return world


def test_an_incomplete_notice_waits_and_the_office_hears_what_lacks() -> None:
    """The letter is kept with its notice, goes to trouble, and nobody but the office hears of it."""
    world = World()
    decision = world.tell(SOURCE, _puzzled(notice(name=None), "name"))
    unreadable = only(decision, "office/unreadable")
    assert kinds(decision) == ["office/unreadable"]
    assert (unreadable.matter, unreadable.facts["missing"], unreadable.facts["answerable"]) == (ABOUT, ("Name",), True)
    assert unreadable.facts["folder"] == "Mailbot/Unklar"
    assert decision.to_trouble
    assert world.books.open_letter(LETTER) is not None


def test_a_newsletter_is_shown_but_does_not_wait() -> None:
    """Where nothing reads like a notice there is nothing to supply."""
    decision = World().tell(SOURCE, _puzzled(None))
    assert (decision.changes, only(decision, "office/unreadable").facts["answerable"]) == ((), False)


def test_the_missing_lines_make_it_a_booking_like_any_other() -> None:
    """`NAME: …` and `DATUM: …`: the notice goes the way of every request, the letter waits no longer."""
    world = _waiting(notice(None, name=None), "name", "start")
    said = (("name", "Sabine Müller"), ("start", "2026-11-28T19:30"))
    decision = world.tell(OFFICE, Supplied(ABOUT, 1, values=said))
    assert kinds(decision) == ["customer/received", "office/review", "desk/request", "subscriber/request"]
    made = world.books.booking(CODE)
    assert made
    assert (made.customer.name, made.stay) == ("Sabine Müller", STAY)
    assert world.books.open_letter(LETTER) is None
    assert not decision.to_trouble


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((("name", "Sabine"),), "Es fehlt noch: Datum."),
        ((("name", "Sabine"), ("start", "übermorgen")), "„übermorgen“ kann mailbot nicht als Datum lesen."),
        ((("name", "Eva"), ("name", "Ute")), "Name steht zweimal da, mit verschiedenen Werten."),
        ((("email", "kein@punkt"),), "„kein@punkt“ kann mailbot nicht als E-Mail lesen."),
        ((("color", "rot"),), "„rot“ kann mailbot nicht als color lesen."),
        ((), "In Ihrer Antwort stand keine der fehlenden Zeilen."),
    ],
)
def test_lines_that_do_not_do_are_refused(values: tuple[tuple[str, str], ...], why: str) -> None:
    """Still missing, unreadable, twice or none: nothing changes, and the reason is named."""
    world = _waiting(notice(None, name=None), "name", "start")
    decision = world.tell(OFFICE, Supplied(ABOUT, 1, values=values))
    assert decision.changes == ()
    assert only(decision, "office/refused").facts["why"] == why
    assert [answer for answer, _ in _pairs(only(decision, "office/refused").facts["works"])] == ["NAME: …", "DATUM: …"]


def _pairs(works: object) -> tuple[tuple[str, str], ...]:
    assert isinstance(works, tuple)
    return works


def test_a_doubted_field_must_be_named_by_the_office() -> None:
    """Weekday and date disagree: the start that was read does not count until the office says one."""
    world = _waiting(notice(doubts=("Wochentag und Datum passen nicht zusammen.",)))
    assert world.tell(OFFICE, Supplied(ABOUT, 1, values=(("phone", "0171 1"),))).changes == ()
    world.tell(OFFICE, Supplied(ABOUT, 1, values=(("start", STAY.start.isoformat()),)))
    assert world.books.booking(CODE) is not None


def test_an_email_line_counts_as_the_missing_line() -> None:
    """`EMAIL: …` to an unreadable notice fills it in; it mends no address."""
    world = _waiting(notice(email=None), "email")
    world.tell(OFFICE, Readdressed(ABOUT, 1, email="sabine@kunde.example"))
    assert world.books.booking(CODE) is not None


def test_a_second_answer_finds_nothing_waiting() -> None:
    """What was supplied once is not taken twice."""
    world = _waiting(notice(name=None), "name")
    answer = Supplied(ABOUT, 1, values=(("name", "Sabine"),))
    world.tell(OFFICE, answer)
    assert kinds(world.tell(OFFICE, answer)) == ["office/refused"]


def test_another_office_supplies_nothing() -> None:
    """Only the office of the notice's resource is asked."""
    world = _waiting(notice(name=None), "name")
    decision = world.tell(OTHER_OFFICE, Supplied(ABOUT, 1, values=(("name", "Sabine"),)))
    assert (decision.changes, only(decision, "office/refused").facts["works"]) == ((), ())


def test_a_supplied_notice_that_the_books_know_is_said_to_be_known() -> None:
    """The office gets an answer even where nothing was new."""
    world = _waiting(notice(name=None), "name")
    world.books = world.books.after([booking()])
    decision = world.tell(OFFICE, Supplied(ABOUT, 1, values=(("name", "Sabine"),)))
    assert kinds(decision) == ["office/refused"]
    assert world.books.open_letter(LETTER) is None


def _forged(number: int, said: Notice | None = None) -> Unproven:
    return Unproven("notifications@youcanbook.me", "dmarc=fail", "Neue Buchung", f"letter:INBOX/1/{number}", said)


def test_an_unproven_notice_makes_no_booking_and_only_the_office_hears() -> None:
    """Without proof nothing happens; the letter is kept and goes to trouble."""
    world = World()
    decision = world.tell(NOBODY, _forged(1, notice()))
    assert (kinds(decision), decision.to_trouble, world.books.bookings()) == (["office/suspicious"], True, [])


def test_suspicions_come_in_bundles_of_an_hour() -> None:
    """The second within the hour waits; when the hour is over, the clock sends what waited, once."""
    world = World()
    world.tell(NOBODY, _forged(1, notice()))
    world.now += timedelta(minutes=10)
    assert kinds(world.tell(NOBODY, _forged(2))) == []
    assert kinds(world.tell(NOBODY, _forged(3))) == []
    assert due(world.books, world.now, world.rules) == []
    world.now += timedelta(minutes=50)
    (arrival,) = due(world.books, world.now, world.rules)
    assert arrival.event == SuspicionsGathered("office")
    decision = world.tell(CLOCK, arrival.event)
    letters = only(decision, "office/suspicious").facts["letters"]
    assert isinstance(letters, tuple)
    assert [letter.key for letter in letters] == ["letter:INBOX/1/2", "letter:INBOX/1/3"]
    assert due(world.books, world.now + timedelta(hours=2), world.rules) == []


def test_a_flood_of_forged_letters_is_counted_and_delays_no_notice() -> None:
    """A thousand letters in a person's name make one mail of fifty and a number; the notice among them is in it."""
    world = World()
    world.tell(NOBODY, _forged(0))
    for number in range(1, 201):
        world.tell(NOBODY, _forged(number, notice() if number == 150 else None))
    world.now += timedelta(hours=1)
    mail = only(world.tell(CLOCK, SuspicionsGathered("office")), "office/suspicious")
    letters = mail.facts["letters"]
    assert isinstance(letters, tuple)
    assert (len(letters), mail.facts["more"]) == (50, 150)
    assert [letter.key for letter in letters if letter.notice] == ["letter:INBOX/1/150"]
    assert due(world.books, world.now + timedelta(hours=2), world.rules) == []
    assert len(list(world.books.open_letters())) == 51
    world.tell(OFFICE, Accepted(mail.matter, mail.round, number=letters.index(letters[-1]) + 1))
    assert [kept.code for kept in world.books.bookings()] == [CODE]


def test_forged_notices_are_each_shown() -> None:
    """Sixty forged notices stay sixty that can be taken over: fifty now, the others an hour later."""
    world = World()
    for number in range(61):
        world.tell(NOBODY, _forged(number, notice()))
    counts = []
    for _ in range(2):
        world.now += timedelta(hours=1)
        mail = only(world.tell(CLOCK, SuspicionsGathered("office")), "office/suspicious")
        counts.append((len(mail.facts["letters"]), mail.facts["more"]))  # type: ignore[arg-type]  # facts are objects
    assert counts == [(50, 0), (10, 0)]


def test_each_office_hears_of_its_own_suspicions() -> None:
    """A letter about the hall goes to the hall's office, whatever the other office was told."""
    world = World()
    world.tell(NOBODY, _forged(1, notice()))
    other = replace(_forged(2, replace(notice(), source="hall_page")), claimed=HALL_SOURCE.address)
    assert only(world.tell(NOBODY, other), "office/suspicious").reader.address == OTHER_OFFICE.address


def test_accepting_takes_the_notice_of_that_number() -> None:
    """`2 übernehmen` means the second of that mail, and takes it as any other request."""
    world = World()
    world.tell(NOBODY, _forged(0))
    world.tell(NOBODY, _forged(1, notice(reference="ANDERE", start=STAY.start + timedelta(days=1), end=None)))
    world.tell(NOBODY, _forged(2, notice()))
    world.now += timedelta(hours=1)
    mail = only(world.tell(CLOCK, SuspicionsGathered("office")), "office/suspicious")
    decision = world.tell(OFFICE, Accepted(mail.matter, mail.round, number=2))
    assert "customer/received" in kinds(decision)
    assert [kept.code for kept in world.books.bookings()] == [CODE]
    assert kinds(world.tell(OFFICE, Accepted(mail.matter, mail.round, number=2))) == ["office/refused"]
    assert kinds(world.tell(OFFICE, Accepted(mail.matter, mail.round, number=9))) == ["office/refused"]


def test_an_accepted_notice_that_lacks_something_becomes_an_unreadable_one() -> None:
    """Real, but incomplete: now the missing lines are asked for, and answering them works."""
    world = World()
    mail = only(world.tell(NOBODY, _forged(1, notice(name=None))), "office/suspicious")
    asked = only(world.tell(OFFICE, Accepted(mail.matter, 1)), "office/unreadable")
    assert (asked.facts["missing"], asked.facts["answerable"]) == (("Name",), True)
    world.tell(OFFICE, Supplied(asked.matter, asked.round, values=(("name", "Sabine"),)))
    assert world.books.booking(CODE) is not None


def test_an_accepted_letter_that_is_no_notice_stays_where_it_is() -> None:
    """There is nothing to take over from a person's letter."""
    world = World()
    mail = only(world.tell(NOBODY, _forged(1)), "office/suspicious")
    assert kinds(world.tell(OFFICE, Accepted(mail.matter, 1))) == ["office/refused"]


def test_missing_lines_do_not_prove_an_unproven_letter() -> None:
    """`NAME: …` is no `übernehmen`."""
    world = World()
    mail = only(world.tell(NOBODY, _forged(1, notice(name=None))), "office/suspicious")
    assert world.tell(OFFICE, Supplied(mail.matter, 1, values=(("name", "Sabine"),))).changes == ()


def test_an_accepted_withdrawal_cancels() -> None:
    """A withdrawal that is taken over does what a proven one does."""
    world = World.of(booking())
    mail = only(world.tell(NOBODY, _forged(1, notice(None, NoticeKind.WITHDRAWN))), "office/suspicious")
    world.tell(OFFICE, Accepted(mail.matter, 1))
    kept = world.books.booking(CODE)
    assert kept
    assert kept.state is State.CANCELLED


@pytest.mark.parametrize(
    "event",
    [
        TooLarge("notifications@youcanbook.me", "Buchung", 30_000_000, LETTER),
        LetterBroken("notifications@youcanbook.me", "Buchung", LETTER, "drei Versuche"),
    ],
)
def test_a_letter_nobody_could_read_is_parked_and_told(event: TooLarge | LetterBroken) -> None:
    """Too large or broken: to trouble, and the office is told; there is nothing to answer."""
    world = World()
    decision = world.tell(SOURCE, event)
    assert (decision.to_trouble, decision.changes) == (True, ())
    assert only(decision, "office/unreadable").facts["answerable"] is False


def test_the_first_start_lists_what_it_left_in_one_mail_an_office() -> None:
    """Date, sender and subject of each, harmless to show."""
    at = datetime(2026, 10, 1, 12, 0, tzinfo=BERLIN)
    decision = World().tell(CLOCK, FirstStartListed(((at, "a@b.example", "Neue\r\nBcc: x"),)))
    assert [order.reader.person for order in decision.mails] == ["office", "hall_office"]
    assert decision.mails[0].facts["letters"] == ((at, "a@b.example", "Neue Bcc: x"),)


def test_open_letters_are_counted_by_their_own_key() -> None:
    """Two unreadable letters wait side by side."""
    world = _waiting(notice(name=None), "name")
    other = replace(_puzzled(notice(name=None), "name"), letter="letter:INBOX/1/8")
    world.tell(SOURCE, other)
    assert [type(letter) for letter in world.books.open_letters()] == [OpenLetter, OpenLetter]
