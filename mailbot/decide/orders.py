"""What every mail order is made of: who reads, which token, and what of a booking that reader may see at all.

Desk, subscriber and office get a booking without its door code and price, so that no template can leak them.
Knows no event; what is ordered when stands in states.py, what stands in it in writers.py.
"""

import re
from dataclasses import replace
from random import Random

from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Customer, Links
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import Actor, Reader, Role
from mailbot.model.rules import Person, Resource, Rules

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
# Local parts behind which no person reads: nothing is ever sent there (CONTRACT "Mails that leave").
ROBOT = re.compile(
    r"(no[-_.]?reply|do[-_.]?not[-_.]?reply|(nicht|keine)[-_.]?antwort(en)?|mail(er)?[-_.]?daemon|postmaster|bounces?"
    r"|listserv|majordomo|owner-.*|.*-(request|owner|bounces))([-+._].*)?",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[^\s@<>\"(),;:\\\[\]]{1,250}\.[^\W\d_]{2,63}")


def new_token(dice: Random) -> str:
    """Draw a token: 26 characters of base32, 130 bits."""
    bits = dice.getrandbits(130)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(26))


def about(booking: Booking) -> Matter:
    """Give the matter a mail about this booking belongs to."""
    return Matter(MatterKind.BOOKING, booking.code)


def resource_named(key: str, rules: Rules) -> Resource:
    """Find a resource; raises AskHumanError where rules.yaml no longer names it."""
    resource = rules.resources.get(key)
    if resource is None:
        raise AskHumanError(f"rules.yaml kennt die Anlage {key} nicht (mehr); sie wird für diese Buchung gebraucht.")
    return resource


def office_of(resource: Resource, rules: Rules) -> Person:
    """Give the reviewer who is responsible for a resource."""
    return rules.people[resource.reviewer]


def office_of_booking(booking: Booking, rules: Rules) -> Person:
    """Give the reviewer who is responsible for a booking; raises AskHumanError as resource_named does."""
    return office_of(resource_named(booking.stay.resource, rules), rules)


def looks_after(by: Actor, booking: Booking, rules: Rules) -> bool:
    """Tell whether a booking is a person's business: its office's, its desk's, or whoever gets its list of codes."""
    resource = rules.resources.get(booking.stay.resource)
    return resource is None or by.person in (resource.reviewer, resource.desk, resource.door_codes.list_to)


def offices(rules: Rules) -> tuple[Person, ...]:
    """Give every reviewer that is responsible for something, the first resource's first."""
    return tuple(rules.people[key] for key in dict.fromkeys(r.reviewer for r in rules.resources.values()))


def resources_of(office: str, rules: Rules) -> list[Resource]:
    """Give the resources an office is responsible for, by its key."""
    return [resource for resource in rules.resources.values() if resource.reviewer == office]


def office_for(address: str, rules: Rules) -> Person:
    """Give the office that looks after letters of an address: its source's or person's, else the first one."""
    source, person = rules.source_of(address), rules.person_of(address)
    resource = rules.resources.get(source.resource) if source else None
    served = (found for found in rules.resources.values() if person and person.key in people_of(found))
    found = resource or next(served, None)
    return office_of(found, rules) if found else offices(rules)[0]


def people_of(resource: Resource) -> tuple[str | None, ...]:
    """Give the keys of everybody who has to do with a resource: its office, its desk, and who else is told of it."""
    return (resource.reviewer, resource.desk, resource.door_codes.list_to, *resource.subscribers)


def person_reader(person: Person, address: str = "") -> Reader:
    """Write to a person at `address`, else at the first listed one."""
    return Reader(person.role, person.name, address or person.emails[0], person.key)


def answerer(by: Actor, rules: Rules) -> Reader:
    """Write back to the proven person, at the address that wrote."""
    return person_reader(rules.people[by.person], by.address)


def customer_reader(booking: Booking) -> Reader:
    """Write to the booking's customer, in the language of the notice."""
    return Reader(Role.CUSTOMER, booking.customer.name, booking.customer.email, language=booking.customer.language)


def is_address(text: str) -> bool:
    """Tell whether a text has the shape of one e-mail address and nothing else."""
    return ADDRESS.fullmatch(text) is not None and text.isprintable()


def may_write_to(address: str, rules: Rules) -> bool:
    """Tell whether a person may read there: no robot's address, none of a source's, and none of our own."""
    local, _, domain = address.casefold().rpartition("@")
    # Behind `+` stands a token or nothing that matters: it is the same mailbox.
    plain = f"{local.partition('+')[0]}@{domain}"
    ours = (rules.smtp.sender_address.casefold(), rules.mailbox.user.casefold())
    return ROBOT.fullmatch(local) is None and plain not in ours and rules.source_of(address) is None


def without_code(booking: Booking) -> Booking:
    """Give the booking as a customer may read it in any mail but the one that carries the code."""
    return replace(booking, door_code=None)


def for_office(booking: Booking) -> Booking:
    """Give the booking without door code and price: the office's mails name the price as a fact of its own."""
    bare = replace(booking, door_code=None, price=None, list_price=None, discount_percent=None)
    return replace(bare, agreed_price=None, agreed_discount=None)


def for_desk(booking: Booking) -> Booking:
    """Give the booking as the desk may see it: time, name, phone and booking code."""
    person = booking.customer
    known = Customer(person.name, "", person.phone, language=person.language)
    bare = for_office(booking)
    return replace(bare, customer=known, links=Links(), extras=(), remark=None, reason=None, invoice=None)


def for_subscriber(booking: Booking) -> Booking:
    """Give the booking as a subscriber may see it: time, name and state."""
    bare = for_desk(booking)
    return replace(bare, customer=replace(bare.customer, phone=None))
