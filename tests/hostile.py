"""Our real mails around the worst a customer can type, quoted by every mail program below words that decide nothing.

A case is one letter's bytes, read from MIME to event; whatever comes of it but a question back is a decision nobody
made. `benchmarks/quoted.py` runs 200,000 of them, a test a sample. Drawn by seed: the same cases on every run.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random
from typing import NamedTuple

from mailing import Body, Sent, message, sent
from quoting import STYLES
from understand_story import DESK, DOMAIN, OFFICE, OWN, REVIEW, RULES, TODESK, passed
from understanding import CLIENTS, TEMPLATES, TODIGEST, read, shapes

from mailbot.model.booking import Booking
from mailbot.model.events import Doubted, Event
from mailbot.model.mail import MailOrder, Thread
from mailbot.receive.parse import letter as parsed
from mailbot.send.cast import NOW as WRITTEN
from mailbot.send.compose import Composer
from mailbot.send.examples import example_orders

BREAKS = (
    *("\r", "\n", "\r\n", "\n\n", "\u2028", "\u2029", "\v", "\f", "\x85", "\x1c", "\t", " ", "\u00a0"),
    *("\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u00ad", "\u3164", "", ""),
)
WORDS = (
    *("ok", "ja", "nein", "ablehnen", "freigeben", "ändern 20:00-21:30", "übernehmen", "storno", "ausgegeben"),
    *("bezahlt", "nein: voll", "frage: wer?", "1 ok", "1 ok, 2 nein", "hilfe", "liste", "pause", "zurück"),
    *("code neu 6.12.", "ok preis 1", "ok ohne mail", "EMAIL: evil@boese.example", "ADRESSE: Am Markt 3, 48565 Ort"),
)
FRAMES = (
    *("Von: Büro", "Gesendet: heute", "An: x\nBetreff: y", "Von: 18:00", "Von: Büro <buero@kruempel.example>\nAn: x"),
    *("Am 1.1.2026 um 10:00 schrieb X:", "On 1.1.2026 X wrote:", "-- ", "--", "> ", ">", "| ", "› ", "Hallo,", "?"),
    *("<blockquote>", "</blockquote></div>", "<br>", "</td></tr></table>", "-----Ursprüngliche Nachricht-----"),
    *("________________________________", "Danke", "Viele Grüße", "Von meinem iPhone gesendet", "=== MAILBOT v1 ==="),
    *("ACHTUNG: Externe E-Mail", "*", "~~", "1", "QNBZAQPTAITT", "Halle gesperrt", "x" * 90, "&gt;", "&#10;ok"),
)
AUTHORED = (
    *(
        "",
        "",
        "",
        "\n\n",
        "Danke",
        "Schaue ich mir an.",
        "Guten Tag,",
        "Viele Grüße\nPetra",
        "--",
        "FYI",
        "Wer ist das?",
    ),
    *(
        "Hallo zusammen,\n\nsiehe unten.",
        "Ich melde mich.\n\nLG",
        "-- \nPetra Büro\nKrümpel GmbH",
        "ACHTUNG: Externe E-Mail",
    ),
)
ANSWERED = {"desk": (DESK, TODESK), "office/digest": (OFFICE, TODIGEST)}
KINDS = ("review", "reminder", "message", "digest", "refused", "unreadable", "done", "mail_failed", "withdrawn")
EACH = 40


class Quoted(NamedTuple):
    """One case: who quotes a mail of ours in what shape, and the letter's bytes."""

    style: str
    kind: str
    raw: bytes


def worst(dice: Random) -> str:
    """Give what a customer may type: answers, frames and breaks, in any case, width and disguise."""
    pieces = dice.choices((WORDS, FRAMES, BREAKS), (3, 2, 4), k=dice.randrange(1, 10))
    return "".join(_disguised(dice.choice(those), dice) if those is WORDS else dice.choice(those) for those in pieces)


def _disguised(word: str, dice: Random) -> str:
    how = dice.randrange(7)
    if how == 0:
        return word.upper()
    if how == 1:
        return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word)
    if how == 2:
        return "\u200b".join(word)
    if how == 3:
        return f"*{word}*"
    return word.title() if how == 4 else word


@cache
def _composer() -> Composer:
    return Composer(TEMPLATES, RULES)


@cache
def _orders() -> list[MailOrder]:
    found = [order for order in example_orders(RULES) if order.kind.startswith(("office/", "desk/request"))]
    return [order for order in found if order.kind.endswith(KINDS) or order.kind == "desk/request"]


def _filled(order: MailOrder, dice: Random) -> MailOrder:
    """Put a customer's worst into every field he fills in."""
    facts = dict(order.facts)
    if isinstance(booking := facts.get("booking"), Booking):
        name, street, city, phone = (worst(dice)[:60] for _ in range(4))
        customer = replace(booking.customer, name=name, street=street, city=city, phone=phone)
        extras = ((worst(dice)[:20], worst(dice)), ("Wünsche", worst(dice)))
        facts["booking"] = replace(booking, customer=customer, remark=worst(dice), extras=extras, question=worst(dice))
    facts |= {key: worst(dice) for key in ("text", "said", "subject", "reason") if isinstance(facts.get(key), str)}
    return replace(order, facts=facts, attach=())


def mail(seed: int) -> tuple[str, Sent]:
    """Give the mail of this seed, as composed around a customer's worst: its kind, and what programs quote."""
    dice = Random(seed)
    order = _filled(dice.choice(_orders()), dice)
    found = parsed("k", WRITTEN, _composer().compose(order, Thread(), WRITTEN).raw)
    assert found.text
    assert found.html
    return order.kind, sent(found.text, found.html)._replace(subject=found.get("Subject"))


def styles() -> list[tuple[str, str, str]]:
    """Give every (client, language, form), and the bare styles of quoting.py as ("style", name, "")."""
    return [*shapes(), *(("style", name, form) for name in STYLES for form in ("", "html"))]


def cases(seeds: range) -> Iterator[Quoted]:
    """Give 40 letters for each seed: one mail, in drawn shapes, below drawn words."""
    for seed in seeds:
        kind, ours = mail(seed)
        dice = Random(-seed - 1)
        sender, answered = ANSWERED.get(kind.split("/")[0]) or ANSWERED.get(kind) or (OFFICE, REVIEW)
        headers = (
            f"Authentication-Results: {passed(sender)}\r\nFrom: Jemand <{sender}>\r\nTo: {OWN}\r\nSubject: AW: Anfrage"
            f"\r\nIn-Reply-To: <{answered}@{DOMAIN}>\r\n"
        )
        for client, language, form in dice.sample(styles(), EACH):
            body = _body(client, language, form, dice.choice(AUTHORED), ours)
            yield Quoted(f"{client} {language} {form}", kind, message(body, headers))


def _body(client: str, language: str, form: str, typed: str, ours: Sent) -> Body:
    if client == "style":
        text, html = STYLES[language](typed, ours.text)
        # Our own HTML, bare below the words: no program's mark around it.
        return Body(None, f"<div>{typed}</div>{ours.html}") if form == "html" else Body(text, html)
    body = CLIENTS[client](typed, ours, language)
    return body._replace(text=None if form == "html" else body.text, html=None if form == "text" else body.html)


def decided(case: Quoted) -> Event | None:
    """Give what a case was taken for, None where the reader rightly asks back."""
    event = read(case.raw)
    return None if isinstance(event, Doubted) else event
