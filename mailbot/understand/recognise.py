"""What a letter is and who wrote it: `is_ours` before its body is fetched, `recognise` with it.

RECOGNISERS are tried in order; the first that knows the letter names actor and event. Who is not proven is nobody,
whatever he claims. Pure: no I/O, no clock; never fails, for what nobody knows is none of our business.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.model.books import Books
from mailbot.model.events import (
    Automatic,
    CustomerWrote,
    Doubt,
    Doubted,
    Event,
    NotOurs,
    Unproven,
)
from mailbot.model.letter import Head, Letter
from mailbot.model.list_events import OccupancyAsked
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.people import NOBODY, Actor, Role
from mailbot.model.rules import Person, Proof, Rules
from mailbot.understand import alone, bounces, lists, notices, replies, robots, tokens, trust
from mailbot.understand.phrases import Grammar
from mailbot.understand.speech import fold, one_line

NOTHING = Matter(MatterKind.NONE)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")
MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter with what its headers tell: the one regular From, the listed address it claims, the mail it answers."""

    letter: Letter
    books: Books
    rules: Rules
    sender: str
    claimed: str
    mail: OutMail | None

    @property
    def person(self) -> Person | None:
        """Give the person the regular From is listed for."""
        return self.rules.person_of(self.sender) if self.sender else None


Recognised = tuple[Actor, Event]


def is_ours(head: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell by the headers alone whether a letter is ours to fetch; our own mails coming in are not."""
    if _is_own_mail(head, books, rules):
        return False
    claimed, is_shared = trust.claims(head, rules), _is_shared(rules)
    if bounces.is_report(head) or (
        tokens.has_token(head, books, rules) and (not is_shared or _is_to_us(head, books, rules))
    ):
        return True
    if claimed and rules.person_of(claimed) and is_shared:
        return alone.keyword_in(head.get("Subject"), rules) is not None
    return bool(claimed) or fold(head.get("Subject")) in _words(rules, "occupancy")


def recognise(letter: Letter, books: Books, rules: Rules) -> Recognised:
    """Tell what a letter is and who is proven to have written it."""
    if not is_ours(letter, books, rules):
        return NOBODY, NotOurs("nichts, was an mailbot gerichtet ist")
    sender = trust.sender(letter) or ""
    claimed, mail = trust.claims(letter, rules), tokens.answered(letter, books, rules)
    seen = Seen(letter, books, rules, sender, claimed, mail)
    known = (found for recogniser in RECOGNISERS if (found := recogniser(seen)))
    return next(known, (NOBODY, NotOurs("niemand, den mailbot kennt")))


def delivery_report(seen: Seen) -> Recognised | None:
    """Know a report about a mail of ours; a source's notice may come with the null return path too."""
    # Somebody may be listed as postmaster@…; a report of such a server has no return path, or is built as one.
    is_person_s = seen.person and not (seen.letter.report_type or robots.has_null_path(seen.letter))
    if not bounces.is_report(seen.letter) or _is_source(seen) or is_person_s:
        return None
    event = bounces.reported(seen.letter, seen.books, seen.rules)
    return (NOBODY, event) if event else None


def notice(seen: Seen) -> Recognised | None:
    """Know a source's letter; unproven, it goes to the office and nobody else hears of it."""
    source = seen.rules.source_of(seen.claimed) if _is_source(seen) else None
    if source is None:
        return None
    # For a source a token proves nothing: `token` means dmarc or dkim here.
    if seen.sender and trust.is_proven(seen.letter, seen.rules.trust.require, seen.rules):
        return Actor(Role.SOURCE, source.key, seen.sender), notices.announced(seen.letter, source, seen.rules)
    return NOBODY, _unproven(seen, with_notice=True)


def robot(seen: Seen) -> Recognised | None:
    """Know an out-of-office note, a receipt, a list: nothing changes, and nobody is answered."""
    what = robots.robot(seen.letter)
    if not what or not (seen.mail or seen.claimed):
        return None
    if seen.mail and what == robots.MACHINE:
        written = replies.written(seen.letter)
        event = Automatic(seen.mail.matter, what, said=written, may_be_person=bool(written), sender=seen.sender)
        return NOBODY, event
    matter = seen.mail.matter if seen.mail else NOTHING
    return NOBODY, Automatic(matter, what, said=replies.said(seen.letter))


def customer(seen: Seen) -> Recognised | None:
    """Know the customer by the booking's address, on a reply to a mail he got; his word decides nothing."""
    mail = seen.mail
    if mail is None or mail.role is not Role.CUSTOMER or not seen.sender:
        return None
    booking = seen.books.booking(mail.matter.ref) if mail.matter.kind is MatterKind.BOOKING else None
    known = {mail.to.lower(), mail.reader.lower(), booking.customer.email.lower() if booking else ""}
    if seen.sender not in known:
        return None
    if lists.is_occupancy_asked(replies.written(seen.letter).split("\n"), Grammar.of(seen.rules.replies)):
        return Actor(Role.CUSTOMER, "", seen.sender), OccupancyAsked(seen.sender, _spoken(seen))
    return Actor(Role.CUSTOMER, "", seen.sender), replies.customers(seen.letter, mail, seen.books, seen.rules)


def person(seen: Seen) -> Recognised | None:
    """Know a listed person; proven, what he wrote counts, else the office hears that somebody claims to be him."""
    who = seen.person
    if who is None:
        return None
    if not _is_proven(who, seen):
        return NOBODY, _unproven(seen)
    by = Actor(who.role, who.key, seen.sender)
    if seen.mail is None or not tokens.is_addressed(seen.letter, seen.rules):
        return by, _without_token(by, seen)
    if seen.mail.role is not who.role:
        why = Doubt.NOT_YOURS if who.role is Role.REVIEWER else Doubt.WRONG_ROLE
        return by, Doubted(seen.mail.matter, seen.mail.round, why=why, said=replies.said(seen.letter))
    if who.role is Role.SUBSCRIBER:
        return by, CustomerWrote(seen.mail.matter, replies.written(seen.letter))
    return by, replies.answered(seen.letter, seen.mail, who.role, seen.books, seen.rules)


def occupancy(seen: Seen) -> Recognised | None:
    """Know who asks what is taken, by the word as the whole subject; only dmarc proves an address nobody listed."""
    subject = fold(seen.letter.get("Subject"))
    if seen.mail or seen.claimed or not seen.sender or subject not in _words(seen.rules, "occupancy"):
        return None
    if robots.robot(seen.letter) or not trust.is_proven(seen.letter, Proof.DMARC, seen.rules):
        return None
    return Actor(Role.CUSTOMER, "", seen.sender), OccupancyAsked(seen.sender, _spoken(seen))


def pretender(seen: Seen) -> Recognised | None:
    """Know who claims a listed address without one regular From, and a stranger with somebody else's token."""
    return (NOBODY, _unproven(seen)) if seen.claimed or seen.mail else None


RECOGNISERS: tuple[Callable[[Seen], Recognised | None], ...] = (
    delivery_report,
    notice,
    robot,
    customer,
    person,
    occupancy,
    pretender,
)


def _is_own_mail(letter: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell whether mailbot itself wrote a letter: its sender's address, and no listed person's letter."""
    if tokens.is_issued(letter, books, rules):
        return True
    own = rules.smtp.sender_address.lower()
    return trust.sender(letter) == own and (bool(letter.get("Mailbot-Kind")) or rules.person_of(own) is None)


def _is_shared(rules: Rules) -> bool:
    """Tell whether the watched mailbox is a listed person's own."""
    own = (rules.mailbox.user, rules.smtp.sender_address)
    return any(rules.person_of(address) is not None for address in own)


def _is_to_us(letter: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell, in a person's own mailbox, a letter that answers mailbot from one that people go on with among themselves.

    Their letters may name a mail of ours far back in References; what they answer is each other, and a copy of it in
    this mailbox is no word to us.
    """
    mail = tokens.answered(letter, books, rules)
    if mail is None or tokens.is_direct(letter, rules):
        return mail is not None
    who = rules.person_of(trust.sender(letter) or "")
    is_reader = who is not None and who.key == mail.person and who.role is mail.role
    return is_reader and tokens.is_addressed(letter, rules)


def _is_source(seen: Seen) -> bool:
    is_listed = bool(seen.claimed) and seen.rules.source_of(seen.claimed) is not None
    return is_listed and seen.rules.person_of(seen.claimed) is None


def _is_proven(who: Person, seen: Seen) -> bool:
    proof = who.trust or seen.rules.trust.require
    if proof is not Proof.TOKEN:
        return trust.is_proven(seen.letter, proof, seen.rules)
    # Where no server of ours writes a verdict, one in its name is the sender's own: it proves nothing (ATTACKS 5).
    # Another role's token is no proof: a customer who forges the office's address has one of his own.
    return seen.mail is not None and seen.mail.role is who.role and seen.mail.person == who.key


def _unproven(seen: Seen, *, with_notice: bool = False) -> Unproven:
    letter, rules = seen.letter, seen.rules
    source = rules.source_of(seen.claimed) if with_notice else None
    found = notices.notice_in(letter, source, rules) if source else None
    evidence = trust.evidence(letter, rules, seen.sender).said
    answered = seen.mail if not seen.claimed else None
    if answered:
        evidence = f"{_stranger(seen)} {evidence}"
    subject = one_line(letter.get("Subject"), 200)
    matter, reader = (answered.matter, answered.person) if answered else (None, "")
    return Unproven(seen.claimed, evidence, subject, letter.key, found, matter, reader)


def _stranger(seen: Seen) -> str:
    assert seen.mail
    whose = {Role.REVIEWER: "das Büro", Role.DESK: "die Theke", Role.CUSTOMER: "einen Kunden"}
    reader = whose.get(seen.mail.role, "jemand anderen")
    return f"Eine fremde Adresse ({seen.sender or 'unlesbar'}) antwortet auf eine Mail, die an {reader} ging."


def _without_token(by: Actor, seen: Seen) -> Event:
    """Give what a proven person's letter without a token means: a command, or something to be asked back about."""
    letter, rules = seen.letter, seen.rules
    if by.role is Role.SUBSCRIBER:
        return CustomerWrote(_matter_named(seen), replies.written(letter))
    said = replies.said(letter)
    doubt = Doubted(_matter_named(seen), 0, why=Doubt.NO_TOKEN, said=said)
    return alone.command(letter.get("Subject"), said, rules) or doubt


def _matter_named(seen: Seen) -> Matter:
    """Give the booking whose code, and no other's, stands in the subject or the author's words, else his thread's."""
    text = f"{seen.letter.get('Subject')} {replies.written(seen.letter)}".upper()
    words = list(dict.fromkeys(_CODE.findall(text)))[:MOST_WORDS]
    codes = [word for word in words if seen.books.booking(word)]
    if len(codes) == 1:
        return Matter(MatterKind.BOOKING, codes[0])
    is_own = seen.mail and seen.person and seen.mail.person == seen.person.key
    return seen.mail.matter if is_own and seen.mail and seen.mail.matter.kind is MatterKind.BOOKING else NOTHING


def _spoken(seen: Seen) -> str:
    """Tell in which language somebody asked what is taken."""
    asked = fold(f"{seen.letter.get('Subject')} {replies.said(seen.letter)}")
    return "en" if "occupancy" in asked.split() else seen.rules.site.language


def _words(rules: Rules, keyword: str) -> set[str]:
    return {fold(word) for word in rules.replies.get(keyword, ())}
