"""decide(): the one door into this room. HANDLERS names for each event the function that knows what follows.

No rule stands here but one: a decision in an answer counts only from a reviewer. Pure; time and chance are Given.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mailbot.decide import (
    addressing,
    intake,
    letters,
    mending,
    messages,
    refusals,
    reviewing,
    season,
    supplying,
    suspicions,
    watching,
)
from mailbot.decide.conditions import Case
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import (
    Accepted,
    Addressed,
    Answer,
    Approved,
    Automatic,
    BookingRequested,
    Changed,
    CodesGenerated,
    CodesImported,
    CustomerWrote,
    DeliveryDelayed,
    DeliveryFailed,
    Doubt,
    Doubted,
    Event,
    FirstStartListed,
    HelpAsked,
    LetterBroken,
    MailEnded,
    Moved,
    NoticeIgnored,
    NoticePuzzled,
    NotOurs,
    Readdressed,
    Rejected,
    Supplied,
    SuspicionsGathered,
    TooLarge,
    TroubleEnded,
    TroubleLasted,
    Unproven,
    Withdrawn,
)
from mailbot.model.people import Actor, Role

# Any: each handler takes the one event it is named for.
HANDLERS: Mapping[type[Event], Callable[[Books, Actor, Any, Given], Decision]] = {
    BookingRequested: intake.announced,
    Moved: intake.announced,
    Withdrawn: intake.withdrawn,
    NoticePuzzled: intake.puzzled,
    NoticeIgnored: messages.notice_ignored,
    Unproven: suspicions.unproven,
    SuspicionsGathered: suspicions.gathered,
    Approved: reviewing.approved,
    Rejected: reviewing.rejected,
    Changed: reviewing.changed,
    Supplied: supplying.supplied,
    Accepted: supplying.accepted,
    Readdressed: mending.readdressed,
    Addressed: addressing.addressed,
    HelpAsked: refusals.help_asked,
    Doubted: refusals.doubted,
    CustomerWrote: messages.customer_wrote,
    Automatic: messages.automatic,
    DeliveryFailed: mending.delivery_failed,
    DeliveryDelayed: mending.delivery_delayed,
    MailEnded: mending.mail_ended,
    NotOurs: messages.not_ours,
    TooLarge: letters.too_large,
    LetterBroken: letters.broken,
    FirstStartListed: letters.first_start,
    CodesGenerated: season.codes_generated,
    CodesImported: season.codes_imported,
    TroubleLasted: watching.trouble_lasted,
    TroubleEnded: watching.trouble_ended,
}


def decide(books: Books, by: Actor, event: Event, given: Given) -> Decision:
    """Say what follows from an event of a proven actor, held against the books; changes nothing itself."""
    if isinstance(event, Answer) and not isinstance(event, Doubted | HelpAsked) and by.role is not Role.REVIEWER:
        booking = reviewing.booking_meant(books, event)
        return refusals.ask_back(Case(books, by, event, given, booking), refusals.SENTENCES[Doubt.WRONG_ROLE])
    return HANDLERS[type(event)](books, by, event, given)
