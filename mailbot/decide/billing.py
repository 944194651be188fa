"""What a stay costs and the papers that say so: prices, VAT, invoices and cancellations. Pure; all money is EUR.

Prices are gross. Sums are kept exact and rounded once, to the cent, half up. Where rules.yaml has no answer (no price
line, no VAT rate) AskHumanError says for what, in German: the review shows it, and `ok preis 45` goes without a line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from mailbot.decide.wording import terms_words
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Customer, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.money import Counter, Invoice, InvoiceKind, MailedDiscount, Price
from mailbot.model.rules import Discount, Payment, PriceLine, Resource, Rules

CENT = Decimal("0.01")
# § 33 UStDV: up to this gross amount an invoice needs no recipient's address.
SMALL_AMOUNT = Decimal("250.00")
# Longer is a typing mistake, and not for a machine to price.
LONGEST = timedelta(days=31)


def price(  # noqa: PLR0913  # the answer's own two belong to the call, not to a parameter object used once
    stay: Stay,
    customer: Customer,
    resource: Resource,
    discounts: Iterable[Discount],
    *,
    fixed: Decimal | None = None,
    percent: Decimal | None = None,
) -> Price:
    """Work out a price: the answer's own `fixed` amount, else its `percent` off, else the customer's best discount.

    Raises AskHumanError where no price line fits a minute of the stay, or it is no sensible length; never with `fixed`.
    """
    if fixed is not None:
        asked = _cents(fixed)
        return Price(_listed_or(asked, stay, resource), asked)
    listed = list_price(stay, resource)
    best = _best_discount(stay, customer, discounts) if percent is None else None
    percent = best.percent if best else percent
    if not percent:
        return Price(listed, listed)
    asked = _cents(listed * (100 - percent) / 100)
    if best is None or best.given_on is None:
        return Price(listed, asked, percent, best.reason or None if best else None)
    return Price(listed, asked, percent, discount_terms=terms_words(best, stay.day))


def discounts_of(customer: Customer, books: Books, rules: Rules) -> tuple[Discount, ...]:
    """Give the discounts of a customer, whenever they count: those of rules.yaml, then those given by mail."""
    email = customer.email.casefold()
    kept = (discount for discount in rules.discounts if discount.customer.casefold() == email)
    return (*kept, *(as_discount(mailed) for mailed in books.discounts_of(email)))


def as_discount(mailed: MailedDiscount) -> Discount:
    """Give a discount given by mail as one of rules.yaml, beside which it counts."""
    return Discount(mailed.customer, mailed.percent, mailed.since, mailed.until, given_on=mailed.at.date())


def list_price(stay: Stay, resource: Resource) -> Decimal:
    """Sum up a stay by the price list: each part at its own rate, by real time, across lines, midnight and DST.

    Raises AskHumanError where no line fits.
    """
    at, end = stay.start.astimezone(UTC), stay.end.astimezone(UTC)
    if not timedelta(0) < end - at <= LONGEST:
        raise AskHumanError("Für einen Termin dieser Länge gibt es keinen Preis.")
    total = Decimal(0)
    while at < end:
        local = at.astimezone(stay.start.tzinfo)
        step = min(_until_change(local, resource.prices), end - at)
        total += _rate(local, resource) * int(step / timedelta(microseconds=1))
        at += step
    return _cents(total / 3_600_000_000)


def _until_change(local: datetime, lines: Sequence[PriceLine]) -> timedelta:
    """Give the real time for which the clock goes on as usual and passes no edge of a price line, nor midnight."""
    clock = local.replace(tzinfo=None)
    midnight = datetime.combine(clock.date() + timedelta(days=1), time.min)
    edges = {edge for line in lines for edge in (line.start, line.end)} - {time.max}
    ahead = [datetime.combine(clock.date(), edge) for edge in edges if edge > clock.time()]
    step = min([midnight, *ahead]) - clock
    after = (local.astimezone(UTC) + step).astimezone(local.tzinfo)
    # The clock is put forward or back on the way: go by single minutes until that is behind us.
    if after.utcoffset() == local.utcoffset():
        return step
    return min(step, timedelta(minutes=1) - timedelta(seconds=clock.second, microseconds=clock.microsecond))


def _rate(local: datetime, resource: Resource) -> Decimal:
    clock = local.time()
    for line in resource.prices:
        if local.weekday() in line.days and line.start <= clock < line.end:
            return line.per_hour
    raise AskHumanError(f"Für {local:%d.%m.%Y, %H:%M} Uhr steht bei {resource.name} kein Preis in der Preisliste.")


def _listed_or(asked: Decimal, stay: Stay, resource: Resource) -> Decimal:
    try:
        return list_price(stay, resource)
    except AskHumanError:
        return asked


def _best_discount(stay: Stay, customer: Customer, discounts: Iterable[Discount]) -> Discount | None:
    valid = [d for d in discounts if d.customer.casefold() == customer.email.casefold() and lasts_on(d, stay.day)]
    return max(valid, key=lambda discount: discount.percent, default=None)


def lasts_on(discount: Discount, day: date) -> bool:
    """Tell whether a discount counts for a stay that begins on this day."""
    return (discount.since or date.min) <= day <= (discount.until or date.max)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def vat_percent(payment: Payment, day: date) -> Decimal:
    """Give the VAT rate for a service of that day, 0 for a small business (§ 19 UStG).

    Raises AskHumanError where rules.yaml has no rate for it.
    """
    if payment.small_business_from and payment.small_business_from <= day:
        return Decimal(0)
    rate = next((rate for rate in reversed(payment.vat) if rate.since <= day), None)
    if rate is None:
        raise AskHumanError(f"Für den {day:%d.%m.%Y} steht kein Umsatzsteuersatz in rules.yaml.")
    return rate.percent


def has_to_wait(customer: Customer, gross: Decimal) -> bool:
    """Tell whether an invoice has to wait for the customer's postal address (§ 14 and § 33 UStDV)."""
    return gross > SMALL_AMOUNT and not (customer.street and customer.city)


def invoice(booking: Booking, asked: Price, resource: Resource, given: Given, books: Books) -> tuple[Invoice, Counter]:
    """Write the invoice for a booking at a price, with the next number, and the counter that remembers it.

    Both belong in one commit. A second paper of the same decision needs `books.after([invoice, counter])`.
    """
    stay, payment = booking.stay, resource.payment
    percent = vat_percent(payment, _last_day(stay))
    vat = _cents(asked.asked * percent / (100 + percent))
    number, counter = _next_number(resource, _series(given), given, books)
    return Invoice(
        number=number,
        kind=InvoiceKind.INVOICE,
        booking=booking.code,
        resource=resource.key,
        issued_on=given.now.date(),
        due_on=given.now.date() + timedelta(days=payment.due_days),
        served_from=stay.start,
        served_to=stay.end,
        recipient=_recipient(booking.customer),
        gross=asked.asked,
        net=asked.asked - vat,
        vat=vat,
        vat_percent=percent,
        list_price=asked.listed,
        discount_percent=asked.discount_percent,
        series=_series(given),
    ), counter


def cancellation(issued: Invoice, resource: Resource, given: Given, books: Books) -> tuple[Invoice, Counter]:
    """Write the cancellation of an invoice: an invoice of its own with negative amounts that names it."""
    number, counter = _next_number(resource, issued.series, given, books)
    today = given.now.date()
    return replace(
        issued,
        number=number,
        kind=InvoiceKind.CANCELLATION,
        issued_on=today,
        due_on=today,
        gross=-issued.gross,
        net=-issued.net,
        vat=-issued.vat,
        list_price=-issued.list_price,
        cancels=issued.number,
    ), counter


def _series(given: Given) -> str:
    return "PROBE" if given.rules.site.rehearsal else ""


def _next_number(resource: Resource, series: str, given: Given, books: Books) -> tuple[str, Counter]:
    pattern, year = resource.payment.invoice_number, given.now.year
    # By pattern, not by resource: whoever shares the pattern shares its numbers.
    name = f"invoice/{series}/{pattern}/{year}"
    n = books.counter(name) + 1
    number = pattern.format(year=year, n=n)
    return f"{series}-{number}" if series else number, Counter(name, n)


def _last_day(stay: Stay) -> date:
    # A service is of the day it ends on (§ 13 UStG); midnight sharp is still the day before.
    return (stay.end - timedelta(microseconds=1)).date()


def _recipient(customer: Customer) -> tuple[str, ...]:
    return tuple(line for line in (customer.name, customer.street, customer.city) if line)
