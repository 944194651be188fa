"""What the newest letter of a listed address proved, told to who runs mailbot: one line each, with what to do.

Judges with understand/trust.py, as the flow does. Reads nothing itself: the caller brings the letter. Never fails.
"""

from dataclasses import dataclass

from mailbot.model.letter import Letter
from mailbot.model.rules import Proof, Rules
from mailbot.understand import authres
from mailbot.understand.speech import one_line
from mailbot.understand.trust import evidence, is_proven, sender


@dataclass(frozen=True, slots=True)
class Listed:
    """An address (or @domain) of rules.yaml, the proof asked of it, and whether it is a person's."""

    address: str
    proof: Proof
    is_person: bool

    @property
    def asks(self) -> str:
        """Say in a word or three what it must have passed; a source needs dmarc or dkim whatever is asked of others."""
        return "dmarc or dkim" if self.proof is Proof.TOKEN else self.proof.value


def listed(rules: Rules) -> list[Listed]:
    """Give every address that somebody could answer or send notices from, people first."""
    people = [
        Listed(email, person.trust or rules.trust.require, is_person=True)
        for person in rules.people.values()
        for email in person.emails
    ]
    sources = [
        Listed(address, rules.trust.require, is_person=False)
        for source in rules.sources.values()
        for address in source.senders
    ]
    return people + sources


def told(who: Listed, letter: Letter | None, rules: Rules) -> tuple[bool, str]:
    """Tell whether letters like this one, the newest from exactly there, are believed, and say why or what to do."""
    if who.is_person and who.proof is Proof.TOKEN:
        return (
            True,
            f"{who.address}: would be believed by address and token (trust: token), in answers to mailbot's mails only",
        )
    if letter is None:
        return False, f"{who.address}: no letter yet; let a mail come from there, then check again"
    on = f"{letter.received_at.astimezone(rules.site.timezone):%d.%m.%Y %H:%M}"
    if is_proven(letter, who.proof, rules):
        return True, f"{who.address}: would be believed: its newest letter ({on}) passed {_passed(who, letter, rules)}"
    return False, f"{who.address}: would NOT be believed: {_why(who, letter, on, rules)}"


def _passed(who: Listed, letter: Letter, rules: Rules) -> str:
    found = evidence(letter, rules, sender(letter) or "")
    return " and ".join(name for name, is_there in (("dmarc", found.dmarc), ("dkim", found.dkim)) if is_there)


def _why(who: Listed, letter: Letter, on: str, rules: Rules) -> str:
    found = evidence(letter, rules, sender(letter) or "")
    if found.noted is None:
        return f"{_unnoted(letter, on, rules)}{_or_token(who)}"
    noted = ", ".join(found.noted) or "nothing about its sender"
    weaker = " (trust: dkim would do)" if found.dkim else " (trust: dmarc would do)" if found.dmarc else ""
    mend = "" if weaker else f"; its provider must sign what leaves there (DKIM, DMARC){_or_token(who)}"
    return f"its newest letter ({on}) has {noted}, {who.asks} is asked{weaker}{mend}"


def _unnoted(letter: Letter, on: str, rules: Rules) -> str:
    """Say that the believed header is missing, and what name the topmost one carries instead."""
    wanted, values = rules.trust.authserv_id, letter.all("Authentication-Results")
    top = authres.read(values[0]) if values else None
    if top is None:
        return f"its newest letter ({on}) has no Authentication-Results; your mail server must write them as {wanted}"
    if not top.authserv_id:
        return (
            f"the Authentication-Results of its newest letter ({on}) has no id; Microsoft 365: trust.without_id: true"
        )
    name = one_line(top.authserv_id, 80)
    return f"its newest letter ({on}) was checked by {name}, not {wanted}; if {name} is yours, set trust.authserv_id"


def _or_token(who: Listed) -> str:
    return "; or trust: token for this person" if who.is_person else ""
