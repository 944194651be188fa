"""What the office says about a customer's discount: it is given, ended, or asked for.

Joined into Event in events.py. Nothing here decides anything; whether a percentage or an address makes sense is
decide's question.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mailbot.model.answers import Answer


@dataclass(frozen=True, slots=True)
class DiscountGiven(Answer):
    """`rabatt 20% bis 31.5.2027`: so many percent off the stays of these days, both included.

    `customer` is the address as written, "" for the customer of the mail's booking. `since` None begins today,
    `until` None has no end.
    """

    percent: Decimal = field(kw_only=True)
    customer: str = field(default="", kw_only=True)
    since: date | None = field(default=None, kw_only=True)
    until: date | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class DiscountEnded(Answer):
    """`rabatt 0%`, `rabatt ende`: what the office gave by mail ends, from today or from `since` on."""

    customer: str = field(default="", kw_only=True)
    since: date | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class DiscountsAsked(Answer):
    """`rabatt`: the discounts in force are wanted."""


DiscountEvent = DiscountGiven | DiscountEnded | DiscountsAsked
