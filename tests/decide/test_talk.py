"""Office and customer talk: questions, answers, wishes, notes, money and the history, and what none of them changes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from decide_story import (
    CODE,
    CUSTOMER,
    DEPUTY,
    DESK,
    LATER,
    OFFICE,
    OTHER_OFFICE,
    SOURCE,
    SUBSCRIBER,
    World,
    booking,
    kinds,
    known,
    matter,
    notice,
    only,
)

from mailbot.model.booking import Links, State
from mailbot.model.events import Approved, BookingRequested, CustomerWrote, Rejected
from mailbot.model.mail import Matter, MatterKind, Sending
from mailbot.model.money import InvoiceKind
from mailbot.model.talk_events import (
    Answered,
    Asked,
    Cancelled,
    ChangeWished,
    Noted,
    Paid,
    WhyAsked,
    WithdrawalWished,
)

QUESTION = "Wie viele Personen?"


def confirmed() -> World:
    """Give a world in which Sabine's request was approved, with invoice and door code."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice(links=Links("https://ycbm.example/c", None))))
    world.tell(OFFICE, Approved(matter(), 1))
    world.end_all(Sending.SENT)
    return world


def test_a_question_holds_the_request() -> None:
    """The customer reads the question; the request waits for his answer, in the same round."""
    world = World.of(booking())
    decision = world.tell(OFFICE, Asked(matter(), 1, question="Wie viele\nPersonen?", note="klingt nach Turnier"))
    mail = only(decision, "customer/question")
    assert kinds(decision) == ["customer/question"]
    assert (mail.facts["question"], mail.facts["is_held"], mail.reader.address) == (QUESTION, True, CUSTOMER.address)
    assert (known(world).state, known(world).question, known(world).round) == (State.HELD, QUESTION, 1)
    assert [line.line for line in world.books.history(CODE)] == [
        f"Frage an den Kunden: {QUESTION}",
        "Notiz: klingt nach Turnier",
    ]


@pytest.mark.parametrize(("state", "read"), [(State.REQUESTED, "••••••"), (State.CONFIRMED, "731518")])
def test_a_question_brings_no_code_to_who_is_not_confirmed(state: State, read: str) -> None:
    """A code that the office types into a question is read only by a customer who has it already."""
    decision = World.of(booking(state)).tell(OFFICE, Asked(matter(), 1, question="Klappt es mit 731518?"))
    assert only(decision, "customer/question").facts["question"] == f"Klappt es mit {read}?"


def test_a_held_request_can_be_decided_all_the_same() -> None:
    """`ok` counts while the question is open, and takes back a question that has not left yet."""
    world = World.of(booking())
    world.tell(OFFICE, Asked(matter(), 1, question=QUESTION))
    decision = world.tell(DEPUTY, Approved(matter(), 1))
    assert (known(world).state, known(world).question) == (State.CONFIRMED, None)
    assert [row.kind for mail_id in decision.withdraws if (row := world.books.mail(mail_id))] == ["customer/question"]


def test_the_answer_opens_a_new_round_with_the_review() -> None:
    """The office reads answer, question and review in one mail; only its round counts from now on."""
    world = World.of(booking(State.HELD, question=QUESTION), booking(code="ANDERE", source_reference="ANDERE"))
    decision = world.tell(CUSTOMER, Answered(matter(), "Zehn.\nok"))
    mail = only(decision, "office/message")
    assert kinds(decision) == ["office/message"]
    assert (mail.round, known(world).round, known(world).state) == (2, 2, State.REQUESTED)
    assert (mail.facts["text"], mail.facts["question"]) == ("Zehn.\nok", QUESTION)
    assert mail.facts["price"] is not None
    assert "ANDERE" in str(mail.facts["oddities"])
    assert [key for key, _, _ in mail.facts["ready"]] == ["approve", "reject", "change", "question"]  # type: ignore[attr-defined]  # a tuple
    assert kinds(world.tell(OFFICE, Approved(matter(), 1))) == ["office/refused"]
    assert "customer/confirmed" in kinds(world.tell(OFFICE, Approved(matter(), 2)))


def test_a_second_answer_is_a_message() -> None:
    """Further replies to an answered question are passed on and open no round."""
    world = World.of(booking(State.HELD, question=QUESTION))
    world.tell(CUSTOMER, Answered(matter(), "Zehn."))
    decision = world.tell(CUSTOMER, Answered(matter(), "Doch elf."))
    assert (kinds(decision), decision.changes) == (["office/message", "customer/noted"], ())
    assert known(world).round == 2


def test_a_message_to_a_confirmed_customer_changes_nothing() -> None:
    """`frage:` to office/message writes to the customer; what is confirmed stays confirmed."""
    world = confirmed()
    decision = world.tell(OFFICE, Asked(matter(), 1, question="Ja, Hunde dürfen mit."))
    assert (kinds(decision), decision.changes) == (["customer/question"], ())
    assert only(decision, "customer/question").facts["is_held"] is False


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED, State.LAPSED])
def test_nothing_is_asked_about_what_is_over(state: State) -> None:
    """A question about a finished booking is refused."""
    assert kinds(World.of(booking(state)).tell(OFFICE, Asked(matter(), 1, question=QUESTION))) == ["office/refused"]


def test_a_robot_is_not_asked() -> None:
    """Where no person reads, the request is not held for an answer that cannot come."""
    deaf = booking(customer=replace(booking().customer, email="noreply@kunde.example"))
    decision = World.of(deaf).tell(OFFICE, Asked(matter(), 1, question=QUESTION))
    assert (kinds(decision), decision.changes) == (["office/refused"], ())


def test_a_cancellation_takes_everything_back() -> None:
    """Calendar entry and invoice are taken back, the slot's link is shown, money is not forgotten."""
    world = confirmed()
    number = known(world).invoice
    world.tell(OFFICE, Paid(matter(), 1))
    decision = world.tell(OFFICE, Cancelled(matter(), 1, reason="Wasserschaden"))
    assert kinds(decision) == ["customer/cancelled", "office/done", "desk/decided", "subscriber/decided"]
    customer, done = only(decision, "customer/cancelled"), only(decision, "office/done")
    assert set(customer.attach) == {"ics_cancel", "invoice"}
    assert customer.facts["reason"] == "Wasserschaden"
    (paper,) = [paper for paper in world.books.invoices_of(CODE) if paper.kind is InvoiceKind.CANCELLATION]
    assert (customer.facts["invoice"], paper.cancels) == (paper, number)
    assert done.facts["link"] == "https://ycbm.example/c"
    assert "45,00 € bezahlt" in str(done.facts["did"])
    after = known(world)
    assert (after.state, after.door_code, after.invoice, after.reason) == (State.CANCELLED, None, None, "Wasserschaden")
    assert after.decided_by == str(OFFICE)


def test_a_cancellation_withdraws_the_code_that_has_not_left() -> None:
    """A confirmation still in the outbox never goes out."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    decision = world.tell(OFFICE, Cancelled(matter(), 1))
    assert [row.kind for i in decision.withdraws if (row := world.books.mail(i))] == ["customer/confirmed"]


@pytest.mark.parametrize("state", [state for state in State if state is not State.CONFIRMED])
def test_only_what_was_confirmed_is_cancelled(state: State) -> None:
    """`storno` of anything else is refused, with what it is now."""
    decision = World.of(booking(state)).tell(OFFICE, Cancelled(matter(), 1))
    assert (kinds(decision), decision.changes) == (["office/refused"], ())


def test_a_cancellation_of_an_older_mail_is_refused() -> None:
    """After a move, `storno` to the mail about the old time cancels nothing."""
    world = World.of(booking(State.CONFIRMED, round=2, stay=LATER))
    assert kinds(world.tell(OFFICE, Cancelled(matter(), 1))) == ["office/refused"]


@pytest.mark.parametrize(
    "event",
    [
        Asked(matter(), 1, question=QUESTION),
        Cancelled(matter(), 1),
        Noted(matter(), 1, text="x"),
        Paid(matter(), 1),
        WhyAsked(matter(), 1),
    ],
)
def test_another_office_is_refused(event: Asked | Cancelled | Noted | Paid | WhyAsked) -> None:
    """Who does not look after the resource neither decides nor reads its history."""
    decision = confirmed().tell(OTHER_OFFICE, event)
    assert (kinds(decision), decision.changes) == (["office/refused"], ())


def ready(world: World, event: CustomerWrote | WithdrawalWished | ChangeWished) -> list[str]:
    facts = only(world.tell(CUSTOMER, event), "office/message").facts["ready"]
    assert isinstance(facts, tuple)
    return [key + more for key, more, _ in facts]


def test_a_wish_finds_its_answer_ready() -> None:
    """The wish's own answer stands first, and only what the table allows is offered."""
    storno, move = WithdrawalWished(matter(), "storno"), ChangeWished(matter(), "x", LATER.day, LATER.start.time())
    assert ready(confirmed(), storno) == ["cancel: auf Ihren Wunsch", "question: Ihre Worte"]
    assert ready(confirmed(), move) == ["change 5.12. 18:00-19:00", "cancel: Grund", "question: Ihre Worte"]
    assert ready(World.of(booking()), storno) == ["reject: auf Ihren Wunsch", "question: Ihre Worte"]
    free = CustomerWrote(matter(), "Dürfen Hunde mit?")
    assert ready(confirmed(), free) == ["cancel: Grund", "change 20:00-21:30", "question: Ihre Worte"]
    assert ready(World.of(booking(State.REJECTED)), storno) == []


def test_a_wish_for_a_taken_time_says_so() -> None:
    """The office sees at once that the wished time is given away."""
    other = booking(State.CONFIRMED, code="ANDERE", source_reference="ANDERE", stay=LATER)
    world = confirmed()
    world.books = world.books.after([other])
    wish = ChangeWished(matter(), "x", LATER.day, LATER.start.time(), LATER.end.time())
    mail = only(world.tell(CUSTOMER, wish), "office/message")
    assert "ANDERE" in str(mail.facts["oddities"])
    assert "change 20:00-21:30" in [key + more for key, more, _ in mail.facts["ready"]]  # type: ignore[attr-defined]  # a tuple


@pytest.mark.parametrize("state", list(State))
def test_a_customers_word_changes_nothing(state: State) -> None:
    """In any state a customer's words are passed on, he hears so, and the booking stays as it is."""
    for event in (CustomerWrote(matter(), "?"), WithdrawalWished(matter(), "storno"), ChangeWished(matter(), "x")):
        decision = World.of(booking(state)).tell(CUSTOMER, event)
        assert (kinds(decision), decision.changes) == (["office/message", "customer/noted"], ())


def test_noted_stops_after_three_an_hour() -> None:
    """Every message reaches the office; the customer's own machine is answered three times an hour at most."""
    world = World.of(booking())
    answers = [kinds(world.tell(CUSTOMER, CustomerWrote(matter(), "Danke")))[1:] for _ in range(5)]
    assert answers == [["customer/noted"]] * 3 + [[]] * 2
    world.now += timedelta(hours=1)
    assert kinds(world.tell(CUSTOMER, CustomerWrote(matter(), "Danke"))) == ["office/message", "customer/noted"]


def test_an_old_address_is_not_answered() -> None:
    """Who wrote from an address that was mended since is passed on; the right customer hears nothing of it."""
    world = World.of(booking(customer=replace(booking().customer, email="neu@kunde.example")))
    assert kinds(world.tell(CUSTOMER, CustomerWrote(matter(), "Falsch verbunden"))) == ["office/message"]


def test_a_subscribers_words_reach_the_office_alone() -> None:
    """A subscriber is one of us: the office reads who wrote, and no customer is told."""
    decision = World.of(booking()).tell(SUBSCRIBER, CustomerWrote(matter(), "Licht defekt"))
    mail = only(decision, "office/message")
    assert (kinds(decision), mail.facts["title"]) == (["office/message"], "Nachricht von Platzwart")


def test_a_note_stays_in_the_office() -> None:
    """The office's note stands in the history; nobody outside reads it, and no door code gets in."""
    world = confirmed()
    decision = world.tell(OFFICE, Noted(matter(), 1, text=f"Code {known(world).door_code} klemmt"))
    assert (kinds(decision), decision.changes) == (["office/done"], ())
    assert world.books.history(CODE)[-1].line == "Notiz: Code •••••• klemmt"


def test_the_desks_note_reaches_the_office() -> None:
    """What the desk notes is passed on, and the desk hears that it was."""
    decision = World.of(booking()).tell(DESK, Noted(matter(), 1, text="Kam zu spät"))
    mail = only(decision, "office/message")
    assert kinds(decision) == ["desk/done", "office/message"]
    assert (mail.facts["text"], mail.facts["title"], mail.reader.person) == (
        "Kam zu spät",
        "Notiz von Medifit",
        "office",
    )


@pytest.mark.parametrize(
    "event", [Asked(matter(), 1, question="?"), Cancelled(matter(), 1), Paid(matter(), 1), WhyAsked(matter(), 1)]
)
def test_the_desk_decides_nothing(event: Asked | Cancelled | Paid | WhyAsked) -> None:
    """Everything else is the office's."""
    decision = confirmed().tell(DESK, event)
    assert (kinds(decision), decision.changes) == (["desk/refused"], ())


def test_payments_add_up() -> None:
    """`bezahlt 40` counts as it stands, `bezahlt` for what is left, too much is said, and nothing is paid twice."""
    world = confirmed()
    part = world.tell(OFFICE, Paid(matter(), 1, amount=Decimal(40)))
    assert only(part, "office/done").facts["did"] == ("Offen sind noch 5,00 €.",)
    rest = world.tell(OFFICE, Paid(matter(), 1))
    assert only(rest, "office/done").facts["said"] == "Bezahlt: 5,00 €"
    assert world.books.paid(CODE) == Decimal("45.00")
    assert kinds(world.tell(OFFICE, Paid(matter(), 1))) == ["office/refused"]
    over = world.tell(OFFICE, Paid(matter(), 1, amount=Decimal("2.50")))
    assert only(over, "office/done").facts["did"] == ("Das sind 2,50 € zu viel.",)
    assert world.books.paid(CODE) == Decimal("47.50")


def test_a_payment_of_nothing_is_refused() -> None:
    """Zero is no payment, and nothing is open before a booking is confirmed."""
    assert kinds(confirmed().tell(OFFICE, Paid(matter(), 1, amount=Decimal(0)))) == ["office/refused"]
    assert kinds(World.of(booking()).tell(OFFICE, Paid(matter(), 1))) == ["office/refused"]


def test_money_of_a_rejected_booking_is_a_fact() -> None:
    """What was paid by mistake is recorded, so that it can be paid back."""
    world = World.of(booking(State.REJECTED))
    world.tell(OFFICE, Paid(matter(), 1, amount=Decimal(45)))
    assert world.books.paid(CODE) == Decimal("45.00")


def test_why_tells_everything_in_order() -> None:
    """`warum` gives each line with who it was, and each mail with what became of it, by day; no code."""
    world = confirmed()
    code = known(world).door_code
    world.now += timedelta(days=1)
    world.tell(CUSTOMER, CustomerWrote(matter(), "Danke"))
    mail = only(world.tell(DEPUTY, WhyAsked(matter(), 1)), "office/history")
    days = mail.facts["days"]
    assert isinstance(days, tuple)
    first, second = days
    said = [(text, kind) for _, text, kind in first[1]]
    assert said[0] == ("Anfrage eingegangen für Sa 28.11.2026, 19:30–20:30 Uhr. (Buchungsseite)", "")
    assert any("Freigegeben" in text and "Büro Krümpel (buero@kruempel.example)" in text for text, _ in said)
    assert [kind for _, kind in said if kind].count("customer/confirmed") == 1
    assert any("Kunde, sabine@kunde.example" in text for _, text, _ in second[1])
    assert mail.reader.address == DEPUTY.address
    assert code
    assert code not in str(mail.facts)


def test_what_is_about_no_booking_is_refused() -> None:
    """The answers of the talk need a booking's mail."""
    nothing = Matter(MatterKind.NONE)
    for event in (
        Asked(nothing, 0, question="?"),
        Cancelled(nothing, 0),
        Noted(nothing, 0, text="x"),
        WhyAsked(nothing, 0),
    ):
        assert kinds(World().tell(OFFICE, event)) == ["office/refused"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Approved(matter(), 1), Rejected(matter(), 1)),
        (Rejected(matter(), 1), Approved(matter(), 1)),
        (Approved(matter(), 1), Approved(matter(), 1)),
    ],
)
def test_the_deputy_hears_who_decided_and_when(first: Approved | Rejected, second: Approved | Rejected) -> None:
    """An answer after a colleague's changes nothing and is told who decided, when, and what it is now."""
    world = World.of(booking())
    world.tell(OFFICE, first)
    world.now += timedelta(minutes=5)
    decision = world.tell(DEPUTY, second)
    why = str(only(decision, "office/refused").facts["why"])
    assert decision.changes == ()
    assert "am 23.11.2026 um 09:00 Uhr von Büro Krümpel (buero@kruempel.example)" in why
    assert only(decision, "office/refused").reader.address == DEPUTY.address
