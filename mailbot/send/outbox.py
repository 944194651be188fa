"""When a row of the outbox leaves, and what becomes of it afterwards. Pure: rows in, rows out.

DESIGN's crash table: queued is sent; attempted once without an answer is sent again with the same Message-ID; twice
is uncertain and waits for a person. Never sends, never writes. Times are compared and added in UTC: in the night the
clocks change, two local times of one zone lie.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailbot.model.mail import GIVE_UP_AFTER, Outcome, OutMail, Sending, SendingResult, urgency

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
MAY_BE_UNCERTAIN = 2
HOUR = timedelta(hours=1)


def ready(queued: Iterable[OutMail], now: datetime, sent_times: Sequence[datetime], per_hour: int) -> list[OutMail]:
    """Pick the rows that may leave now, most urgent first; at most `per_hour` in any hour, counting `sent_times`."""
    since = now.astimezone(UTC) - HOUR
    free = per_hour - sum(at.astimezone(UTC) > since for at in sent_times)
    due = [mail for mail in queued if mail.state is Sending.QUEUED and _is_due(mail, now)]
    return sorted(due, key=_urgency)[: max(0, free)]


def after(mail: OutMail, result: SendingResult, now: datetime) -> OutMail:
    """Give the row as it is after a hand-over; the same row where it is finished or counts this attempt already.

    A mail withdrawn while the server had it in hand is sent all the same once the server takes it, and not tried again
    where it does not; where the server says nothing it stays withdrawn, and counts that it may have left.
    """
    may_have_left = mail.state is Sending.WITHDRAWN and result.outcome in (Outcome.SENT, Outcome.UNCERTAIN)
    if not (mail.state is Sending.QUEUED or may_have_left) or 0 < result.attempt < mail.next_attempt:
        return mail
    answered = replace(mail, answer=result.answer)
    if mail.state is Sending.WITHDRAWN and result.outcome is Outcome.UNCERTAIN:
        return replace(answered, uncertain=mail.uncertain + 1)
    if result.outcome is Outcome.SENT:
        return _finished(answered, Sending.SENT, result)
    if result.outcome is Outcome.REFUSED:
        return _finished(answered, Sending.FAILED, result)
    if result.outcome is Outcome.UNCERTAIN:
        tried = replace(answered, uncertain=mail.uncertain + 1, due_at=_next(mail, now))
        return _finished(tried, Sending.UNCERTAIN, result) if tried.uncertain >= MAY_BE_UNCERTAIN else tried
    tried = replace(answered, attempts=mail.attempts + 1, due_at=_next(mail, now))
    return _finished(tried, Sending.FAILED, result) if _is_given_up(mail, now) else tried


def at_once(mail: OutMail, now: datetime) -> OutMail:
    """Give the row as it is when the daemon starts, or mails can leave again: due now, whatever pause it was in."""
    if mail.state is not Sending.QUEUED or _is_due(mail, now):
        return mail
    return replace(mail, due_at=now)


def _is_due(mail: OutMail, now: datetime) -> bool:
    ahead = mail.due_at.astimezone(UTC) - now.astimezone(UTC)
    # No pause is that long: the mail was queued by a clock that ran ahead and was put back since.
    return ahead <= timedelta(0) or ahead > BACKOFF[-1]


def _urgency(mail: OutMail) -> tuple[int, datetime, str]:
    rank, created_at, mail_id = urgency(mail)
    return rank, created_at.astimezone(UTC), mail_id


def _finished(mail: OutMail, state: Sending, result: SendingResult) -> OutMail:
    return replace(mail, state=state, finished_at=result.at.astimezone(mail.created_at.tzinfo))


def _next(mail: OutMail, now: datetime) -> datetime:
    pause = BACKOFF[min(mail.next_attempt, len(BACKOFF)) - 1]
    return (now.astimezone(UTC) + pause).astimezone(now.tzinfo)


def _is_given_up(mail: OutMail, now: datetime) -> bool:
    # A row that lay still while the daemon was off for days gets its tries all the same.
    is_old = now.astimezone(UTC) - mail.created_at.astimezone(UTC) >= GIVE_UP_AFTER
    return is_old and mail.next_attempt > len(BACKOFF)
