"""The outbox as a table: what becomes of a row after each result, and which rows may leave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailbot.model.mail import Matter, MatterKind, Outcome, OutMail, Phase, Sending, SendingResult
from mailbot.model.people import Role
from mailbot.send import outbox

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=BERLIN)
MAIL = OutMail(
    id="m1",
    kind="customer/received",
    to="max@example.org",
    role=Role.CUSTOMER,
    person="",
    matter=Matter(MatterKind.BOOKING, "QNBZ"),
    round=1,
    token="t" * 26,
    message_id="<t@sk.example>",
    path="mails/2026-11/m1.eml",
    created_at=NOON,
    due_at=NOON,
)


def result(outcome: Outcome, at: datetime = NOON, attempt: int = 0) -> SendingResult:
    return SendingResult("m1", outcome, at, Phase.DOT, "the server's word", attempt)


def test_sent_is_finished() -> None:
    """A mail the server took is sent, at the time the server took it."""
    at = NOON - timedelta(minutes=3)
    assert outbox.after(MAIL, result(Outcome.SENT, at), NOON) == replace(
        MAIL, state=Sending.SENT, finished_at=at, answer="the server's word"
    )


def test_refused_is_failed() -> None:
    """A mail the server refuses for good is not tried again."""
    after = outbox.after(MAIL, result(Outcome.REFUSED), NOON)
    assert (after.state, after.finished_at) == (Sending.FAILED, NOON)


def test_later_waits_longer_each_time() -> None:
    """A mail refused for now is tried after 1, 5, 15, 30 and 60 minutes, then hourly."""
    mail, pauses = MAIL, []
    for _ in range(7):
        mail = outbox.after(mail, result(Outcome.LATER), NOON)
        pauses.append((mail.due_at - NOON) // timedelta(minutes=1))
    assert pauses == [1, 5, 15, 30, 60, 60, 60]
    assert (mail.state, mail.attempts) == (Sending.QUEUED, 7)


def test_given_up_after_two_days() -> None:
    """A mail that nobody takes for two days has failed, and not a minute before."""
    tried = replace(MAIL, attempts=50)
    two_days = NOON + timedelta(days=2)
    assert outbox.after(tried, result(Outcome.LATER), two_days - timedelta(minutes=1)).state is Sending.QUEUED
    assert outbox.after(tried, result(Outcome.LATER), two_days).state is Sending.FAILED


def test_old_row_gets_its_tries() -> None:
    """A row that lay still for days because the daemon was off is not given up at the first "later"."""
    after = outbox.after(MAIL, result(Outcome.LATER), NOON + timedelta(days=3))
    assert after.state is Sending.QUEUED


def test_uncertain_once_is_sent_again_twice_waits_for_a_person() -> None:
    """Silence after the dot is tried once more; the second silence ends the row as uncertain."""
    once = outbox.after(MAIL, result(Outcome.UNCERTAIN), NOON)
    assert (once.state, once.uncertain, once.message_id) == (Sending.QUEUED, 1, MAIL.message_id)
    twice = outbox.after(once, result(Outcome.UNCERTAIN), NOON)
    assert (twice.state, twice.uncertain, twice.finished_at) == (Sending.UNCERTAIN, 2, NOON)


def test_a_clear_no_between_two_silences_is_no_silence() -> None:
    """Only attempts without an answer count towards uncertain."""
    mail = outbox.after(MAIL, result(Outcome.UNCERTAIN), NOON)
    mail = outbox.after(mail, result(Outcome.LATER), NOON)
    assert (mail.state, mail.attempts, mail.uncertain) == (Sending.QUEUED, 1, 1)
    assert outbox.after(mail, result(Outcome.UNCERTAIN), NOON).state is Sending.UNCERTAIN


@pytest.mark.parametrize("state", [state for state in Sending if state is not Sending.QUEUED])
def test_finished_rows_stay(state: Sending) -> None:
    """A result that comes late changes no finished row, but a withdrawn one: see the next tests."""
    done = replace(MAIL, state=state)
    late = {(Sending.WITHDRAWN, Outcome.SENT), (Sending.WITHDRAWN, Outcome.UNCERTAIN)}
    outcomes = [one for one in Outcome if (state, one) not in late]
    assert all(outbox.after(done, result(outcome), NOON) is done for outcome in outcomes)


def test_a_withdrawn_mail_may_have_left() -> None:
    """Withdrawn in a server's hand that says nothing, it stays withdrawn, is not tried again, and counts the doubt."""
    gone = replace(MAIL, state=Sending.WITHDRAWN)
    after = outbox.after(gone, result(Outcome.UNCERTAIN, attempt=1), NOON)
    assert (after.state, after.uncertain, after.due_at) == (Sending.WITHDRAWN, 1, gone.due_at)
    assert outbox.after(after, result(Outcome.UNCERTAIN, attempt=1), NOON) is after


def test_withdrawn_too_late_is_sent() -> None:
    """A mail that was withdrawn while the server had it in hand, and that the server took, was sent."""
    withdrawn = replace(MAIL, state=Sending.WITHDRAWN, finished_at=NOON)
    at = NOON + timedelta(minutes=9)
    assert outbox.after(withdrawn, result(Outcome.SENT, at), at) == replace(
        withdrawn, state=Sending.SENT, finished_at=at, answer="the server's word"
    )


def test_counted_attempt_counts_once() -> None:
    """A result of an attempt that the row counts already changes nothing."""
    once = outbox.after(MAIL, result(Outcome.UNCERTAIN, attempt=1), NOON)
    assert outbox.after(once, result(Outcome.UNCERTAIN, attempt=1), NOON) is once


def test_after_a_restart_everything_queued_goes_at_once() -> None:
    """A restart ends every pause, and touches nothing else."""
    paused = replace(MAIL, due_at=NOON + timedelta(hours=1), attempts=6)
    sent = replace(paused, state=Sending.SENT)
    assert outbox.at_once(paused, NOON) == replace(paused, due_at=NOON)
    assert outbox.at_once(MAIL, NOON) is MAIL
    assert outbox.at_once(sent, NOON) is sent


def test_most_urgent_first_under_the_cap() -> None:
    """Alarms leave first, then failed mails, calls, door codes, desk, review and the rest; the cap cuts from behind."""
    kinds = [
        ("customer/received", False),
        ("office/review", False),
        ("desk/request", False),
        ("customer/confirmed", True),
        ("customer/call", False),
        ("office/mail_failed", False),
        ("office/alarm", False),
    ]
    rows = [replace(MAIL, id=str(n), kind=kind, has_code=has_code) for n, (kind, has_code) in enumerate(kinds)]
    assert [row.kind for row in outbox.ready(rows, NOON, [], 500)] == [kind for kind, _ in reversed(kinds)]
    sent = [NOON - timedelta(minutes=minutes) for minutes in (5, 59, 60, 61)]
    assert [row.kind for row in outbox.ready(rows, NOON, sent, 4)] == ["office/alarm", "office/mail_failed"]
    assert outbox.ready(rows, NOON, sent, 1) == []


def test_only_what_is_due_and_queued_leaves() -> None:
    """A row in its pause, or finished, stays where it is."""
    rows = [
        replace(MAIL, id="pause", due_at=NOON + timedelta(seconds=1)),
        replace(MAIL, id="gone", state=Sending.WITHDRAWN),
        replace(MAIL, id="due"),
    ]
    assert [row.id for row in outbox.ready(rows, NOON, [], 500)] == ["due"]


def test_the_night_the_clocks_go_back() -> None:
    """An hour's pause is an hour, and the sliding hour one hour, in the night that has 2:30 twice."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    second = first.replace(fold=1)
    tried = outbox.after(replace(MAIL, attempts=5), result(Outcome.LATER, first), first)
    assert tried.due_at.astimezone(UTC) == first.astimezone(UTC) + timedelta(hours=1)
    assert outbox.ready([tried], first + timedelta(minutes=29), [], 500) == []
    assert outbox.ready([tried], second, [], 500) == [tried]
    assert outbox.ready([MAIL], NOON, [], 1) == [MAIL]
    row = replace(MAIL, due_at=first)
    assert outbox.ready([row], second, [first], 1) == [row]
    assert outbox.ready([row], second, [first + timedelta(minutes=20)], 1) == []


def test_a_clock_that_was_put_back_delays_no_mail() -> None:
    """No pause is longer than an hour: what seems to wait longer was queued by a clock that ran ahead."""
    ahead = replace(MAIL, created_at=NOON + timedelta(days=900), due_at=NOON + timedelta(days=900))
    waits = replace(MAIL, id="m2", due_at=NOON + timedelta(minutes=60))
    assert outbox.ready([ahead, waits], NOON, [], 10) == [ahead]
