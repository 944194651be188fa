"""`forget EMAIL` and the nights' retention: decided here as an erasure that is written down, then done everywhere.

The decision names bookings, letters and mails, never a person: the history keeps that something was erased, and when.
"""

from mailbot.decide.erasing import belongs_to_invoice, is_waiting, kept_until, to_forget
from mailbot.decide.erasing import outdated as outdated_in
from mailbot.errors import EXIT_BAD_INPUT, EXIT_NOT_FOUND
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.erasing import SETTING, Erasure
from mailbot.model.keeping_events import Forgotten, Outdated
from mailbot.model.people import Actor
from mailbot.model.records import Setting
from mailbot.model.rules import Rules


def forgotten(books: Books, by: Actor, event: Forgotten, given: Given) -> Decision:
    """Plan what goes of a person; refused while a booking of theirs is not finished."""
    if sentence := _no_customer(event.email, given.rules):
        return Decision(outcome="refused", exit_code=EXIT_BAD_INPUT, said=(sentence,))
    bookings = books.bookings_of(event.email)
    waiting = [booking.code for booking in bookings if is_waiting(booking, books, given.now)]
    if waiting:
        sentence = f"{', '.join(waiting)} is not finished: decide or cancel it first; nothing was erased"
        return Decision(outcome="refused", exit_code=EXIT_BAD_INPUT, said=(sentence,))
    plan = to_forget(books, event.email, event.mentioned)
    plan = plan.joined(Erasure(bodies=event.bodies)) if plan.codes else plan
    kept = [booking for booking in bookings if belongs_to_invoice(booking.code, books)]
    if plan.is_empty and not kept:
        return Decision(outcome="unknown", exit_code=EXIT_NOT_FOUND, said=("nothing is known of this address",))
    counts = f"{len(plan.codes)} bookings, {len(plan.digests)} letters and {len(plan.rows | plan.bodies)} mails"
    said = [f"contact data erased: {counts}"]
    if kept:
        until = max(kept_until(booking.code, books, given.rules.privacy) for booking in kept)
        said.append(f"kept by law, as they belong to invoices: {len(kept)} bookings, until {until:%d.%m.%Y}")
    if any(discount.customer.casefold() == event.email.casefold() for discount in given.rules.discounts):
        said.append("rules.yaml: a discount names this address, take the line out there")
    if letters := event.mentioned - plan.digests:
        said.append(f"kept with them or with other people's bookings: {len(letters)} letters")
    note = f"Kontaktdaten einer Person gelöscht ({len(plan.codes)} Buchungen)."
    if plan.is_empty:
        return Decision(outcome="kept", said=tuple(said))
    return Decision((_written_down(books, plan),), (), (), (("mailbot", note),), "erased", said=tuple(said))


def _no_customer(address: str, rules: Rules) -> str:
    # With an address of the house, every mail there is would be theirs.
    own = (rules.smtp.sender_address, rules.site.contact or "")
    if "@" not in address.strip("@"):
        return "found no e-mail address, expected a customer's"
    is_ours = rules.person_of(address) or rules.source_of(address) or address.casefold() in map(str.casefold, own)
    return "this address stands in rules.yaml, expected a customer's; nothing was erased" if is_ours else ""


def outdated(books: Books, by: Actor, event: Outdated, given: Given) -> Decision:
    """Plan what goes because it has been kept as long as rules.yaml says."""
    plan = outdated_in(books, given.rules.privacy, given.now, event.lying, event.mails)
    if plan.is_empty:
        return Decision()
    bookings = len(plan.codes | plan.dropped)
    note = f"Aufbewahrung beendet: {bookings} Buchungen, {len(plan.digests)} Briefe, {len(plan.rows)} Mails."
    return Decision((_written_down(books, plan),), (), (), (("mailbot", note),), "erased")


def _written_down(books: Books, plan: Erasure) -> Setting:
    return Setting(SETTING, plan.joined(Erasure.from_text(books.setting(SETTING))).to_text())
