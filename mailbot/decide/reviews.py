"""What a review shows, worked out from the books as they are now: at intake, after a move, and when asked again."""

from dataclasses import replace

from mailbot.decide import billing, orders
from mailbot.decide.oddities import Sight, oddities
from mailbot.decide.outcome import Outcome
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.events import Notice
from mailbot.model.money import Price
from mailbot.model.people import Actor


def review(books: Books, by: Actor, booking: Booking, given: Given, notice: Notice | None = None) -> Outcome:
    """Give the outcome that office/review is written from, with price and oddities; its booking knows its price."""
    price = price_asked(books, booking, given)
    odd = oddities(Sight(books, given, booking, price, notice))
    return Outcome(books, given, by, priced(booking, price), price=price, oddities=odd)


def priced(booking: Booking, price: Price | None) -> Booking:
    """Give the booking with a price to be asked, None where there is none."""
    if price is None:
        return replace(booking, price=None, list_price=None, discount_percent=None)
    return replace(booking, price=price.asked, list_price=price.listed, discount_percent=price.discount_percent)


def price_asked(books: Books, booking: Booking, given: Given) -> Price | None:
    """Work out what a plain `ok` would ask for a booking, None where no price line fits."""
    resource = orders.resource_named(booking.stay.resource, given.rules)
    discounts = billing.discounts_of(booking.customer, books, given.rules)
    try:
        return billing.price(booking.stay, booking.customer, resource, discounts)
    except AskHumanError:
        return None
