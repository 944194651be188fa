"""Our own Message-IDs in other people's headers: `<token@domain of smtp.sender>`, and `buchung+TOKEN@` where it is on.

A token is 26 base32 characters, the local part of a Message-ID we issued. Tokens are only looked up here; what they
are worth is decided by recognise.py. Nothing here is ever logged or shown.
"""

import re
from collections.abc import Iterator

from mailbot.model.books import Books
from mailbot.model.letter import Head, Letter
from mailbot.model.mail import OutMail
from mailbot.model.rules import Rules

# More than these are not looked at: a hostile References may be long.
MOST = 200
_ANY = re.compile(r"(?<![\w.+-])([a-z2-7]{26})@([a-z0-9.-]+)", re.IGNORECASE)
_SUBADDRESS = re.compile(r"\+([a-z2-7]{26})@([a-z0-9.-]+)", re.IGNORECASE)


def sender_domain(rules: Rules) -> str:
    """Give the domain our Message-IDs end in, lower case."""
    return rules.smtp.sender_address.rpartition("@")[2].lower()


def tokens_in(text: str, rules: Rules) -> list[str]:
    """Give the tokens of what looks like our Message-IDs in a text, in order, each once."""
    ours = (found[1].lower() for found in _ANY.finditer(text) if found[2].lower().strip(".") == sender_domain(rules))
    return list(dict.fromkeys(ours))[:MOST]


def answered(letter: Head | Letter, books: Books, rules: Rules) -> OutMail | None:
    """Give the mail of ours a letter answers.

    What it answers directly (In-Reply-To, the subaddress) goes before References, newest first. A direct token that
    the books do not know, or two about different matters, mean none: an older mail must not stand in for it.
    """
    direct = [*tokens_in(letter.get("In-Reply-To"), rules), *_subaddressed(letter, rules)]
    if direct:
        mails = [books.mail_by_token(token) for token in dict.fromkeys(direct)]
        known = [mail for mail in mails if mail is not None]
        is_clear = len({(mail.matter, mail.role) for mail in known}) == 1 and len(known) == len(mails)
        return known[0] if is_clear else None
    older = (books.mail_by_token(token) for token in reversed(tokens_in(letter.get("References"), rules)))
    return next((mail for mail in older if mail is not None), None)


def is_direct(letter: Head | Letter, rules: Rules) -> bool:
    """Tell whether a letter answers a mail of ours itself: by In-Reply-To, the subaddress, or its last reference."""
    answered_id = letter.get("In-Reply-To").strip()
    last = answered_id or " ".join(letter.get("References").split()[-1:])
    return bool(tokens_in(last, rules)) or any(_subaddressed(letter, rules))


def is_addressed(letter: Head | Letter, rules: Rules) -> bool:
    """Tell whether a letter answers us: a mail of ours itself, or in its thread and with our address in To.

    Who answers somebody else there, with a copy to us, says his `ok` to them.
    """
    return is_direct(letter, rules) or rules.smtp.sender_address.lower() in letter.get("To").lower()


def has_token(letter: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell whether a letter's headers name any mail the books know."""
    named = [*tokens_in(letter.get("In-Reply-To") + " " + letter.get("References"), rules)]
    return any(books.mail_by_token(token) for token in (*named, *_subaddressed(letter, rules)))


def is_issued(letter: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell whether the letter's own Message-ID is one of ours that the books know."""
    return any(books.mail_by_token(token) for token in tokens_in(letter.get("Message-ID"), rules))


def is_guess(letter: Head | Letter, books: Books, rules: Rules) -> bool:
    """Tell whether a letter answers, directly, a mail of ours that never was."""
    direct = [*tokens_in(letter.get("In-Reply-To"), rules), *_subaddressed(letter, rules)]
    return any(books.mail_by_token(token) is None for token in direct)


def _subaddressed(letter: Head | Letter, rules: Rules) -> Iterator[str]:
    for name in ("To", "Cc", "Delivered-To", "X-Original-To") if rules.mailbox.subaddress else ():
        for value in letter.all(name)[:5]:
            for found in _SUBADDRESS.finditer(value[:5000]):
                if found[2].lower() == sender_domain(rules):
                    yield found[1].lower()
