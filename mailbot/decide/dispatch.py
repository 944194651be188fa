"""decide(): the one door into this room. HANDLERS names for each event the function that knows what follows.

No rule stands here but one: a decision in an answer counts only from a reviewer. Pure; time and chance are Given.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mailbot.decide import (
    addressing,
    cancelling,
    desk_codes,
    digest,
    digest_answers,
    discounting,
    elapsed,
    forgetting,
    history,
    intake,
    late_codes,
    letters,
    listing,
    mending,
    messages,
    new_code,
    noting,
    occupancy,
    overtaken,
    pausing,
    refusals,
    releasing,
    reviewing,
    season,
    season_list,
    settling,
    supplying,
    suspicions,
    talking,
    undoing,
    unheard,
    watching,
)
from mailbot.decide.conditions import Case
from mailbot.model.books import Books
from mailbot.model.day_events import (
    CodeUnheard,
    PaymentDue,
    Released,
    ReviewMissed,
    ReviewOverdue,
    StayPassed,
    TimeRanShort,
)
from mailbot.model.decisions import Decision, Given
from mailbot.model.digest_events import CodeLate, CodesLeft, DigestDue, ItemsAnswered, PageSettled, Paused, Resumed
from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
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
    LetterVanished,
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
from mailbot.model.keeping_events import Forgotten, Outdated
from mailbot.model.list_events import CodesAsked, CodesListDue, ListAsked, NewCodeAsked, OccupancyAsked
from mailbot.model.pending import Undoable
from mailbot.model.people import Actor, Role
from mailbot.model.talk_events import (
    Answered,
    Asked,
    Cancelled,
    ChangeWished,
    Noted,
    Paid,
    TakenBack,
    UndoEnded,
    WhyAsked,
    WithdrawalWished,
)

# Any: each handler takes the one event it is named for.
HANDLERS: Mapping[type[Event], Callable[[Books, Actor, Any, Given], Decision]] = {
    # A booking page wrote.
    BookingRequested: intake.announced,
    Moved: intake.announced,
    Withdrawn: intake.withdrawn,
    NoticePuzzled: intake.puzzled,
    NoticeIgnored: messages.notice_ignored,
    # The office decides about a booking, or keeps what belongs to it.
    Approved: reviewing.approved,
    Changed: reviewing.changed,
    Rejected: reviewing.rejected,
    Asked: talking.asked,
    Cancelled: cancelling.cancelled,
    TakenBack: undoing.taken_back,
    UndoEnded: lambda books, by, event, given: undoing.counted(books, event.booking, given, _handler_of),
    Addressed: addressing.addressed,
    Noted: noting.noted,
    Paid: noting.paid,
    PageSettled: settling.settled,
    WhyAsked: history.why_asked,
    # Office or desk answer the digest, give out a code, or set something for all bookings.
    ItemsAnswered: lambda books, by, event, given: digest_answers.items_answered(books, by, event, given, decide),
    Released: releasing.released,
    NewCodeAsked: new_code.asked,
    DiscountGiven: discounting.discount_given,
    DiscountEnded: discounting.discount_ended,
    DiscountsAsked: discounting.discounts_asked,
    Paused: pausing.paused,
    Resumed: pausing.resumed,
    # They want to know, or were not understood.
    ListAsked: listing.list_asked,
    CodesAsked: season_list.codes_asked,
    HelpAsked: refusals.help_asked,
    Doubted: refusals.doubted,
    # A customer, or a robot of his, wrote.
    CustomerWrote: talking.spoken,
    Answered: talking.spoken,
    WithdrawalWished: talking.spoken,
    ChangeWished: talking.spoken,
    OccupancyAsked: occupancy.occupancy_asked,
    Automatic: messages.automatic,
    # The clock: a moment has come.
    DigestDue: digest.told,
    CodesListDue: desk_codes.list_due,
    TimeRanShort: elapsed.time_ran_short,
    PaymentDue: elapsed.payment_due,
    ReviewOverdue: elapsed.review_overdue,
    ReviewMissed: elapsed.review_missed,
    StayPassed: overtaken.stay_passed,
    CodeUnheard: unheard.code_unheard,
    Outdated: forgetting.outdated,
    # A letter that a person has to look at, and what he says of it.
    Unproven: suspicions.unproven,
    SuspicionsGathered: suspicions.gathered,
    Supplied: supplying.supplied,
    Accepted: supplying.accepted,
    TooLarge: letters.too_large,
    LetterBroken: letters.broken,
    LetterVanished: letters.vanished,
    FirstStartListed: letters.first_start,
    NotOurs: messages.not_ours,
    # What became of our mails.
    DeliveryFailed: mending.delivery_failed,
    DeliveryDelayed: mending.delivery_delayed,
    MailEnded: mending.mail_ended,
    CodeLate: late_codes.code_late,
    CodesLeft: late_codes.left_after_all,
    Readdressed: mending.readdressed,
    # The machine itself, and who runs it.
    CodesGenerated: season.codes_generated,
    CodesImported: season.codes_imported,
    Forgotten: forgetting.forgotten,
    TroubleLasted: watching.trouble_lasted,
    TroubleEnded: watching.trouble_ended,
}

# Answers that count from the desk too.
ALSO_DESK = (Doubted, HelpAsked, Released, ListAsked, CodesAsked, Noted)


def _handler_of(event: Event) -> undoing.Handler:
    return HANDLERS[type(event)]


def decide(books: Books, by: Actor, event: Event, given: Given) -> Decision:
    """Say what follows from an event of a proven actor, held against the books; changes nothing itself."""
    if isinstance(event, Answer) and not isinstance(event, ALSO_DESK) and by.role is not Role.REVIEWER:
        booking = books.booking_about(event.matter)
        return refusals.ask_back(Case(books, by, event, given, booking), refusals.SENTENCES[Doubt.WRONG_ROLE])
    if isinstance(event, Undoable) and undoing.may_wait(books, by, event, given):
        return undoing.wait(books, by, event, given, _handler_of(event))
    return _handler_of(event)(books, by, event, given)
