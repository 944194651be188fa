"""Our own mails as tests read them: every example order, composed by the delivered templates and rules."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

from mailbot import config
from mailbot.model.booking import Stay
from mailbot.model.mail import MailOrder, Thread
from mailbot.send.cast import NOW
from mailbot.send.compose import Composer
from mailbot.send.examples import example_orders

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
RULES = config.load(TEMPLATES.parent / "rules.yaml", {"MAILBOT_IMAP_PASSWORD": "x", "MAILBOT_SMTP_PASSWORD": "x"})
COMPOSER = Composer(TEMPLATES, RULES)
ORDERS = list(example_orders(RULES))
NAMES = [f"{order.kind}.{order.reader.language}-{number}" for number, order in enumerate(ORDERS)]
NUMBERS = dict(zip(NAMES, range(len(NAMES)), strict=True))
# What a customer may type to be taken for the office, one line end of each kind, and what nobody sees.
HOSTILE = (
    "ok\r\nBcc: a@b.example\rja\u2028nein\x0bok\x0cja\x85ok\u2029\u202eko\u200b <i>ok</i> & #x {{ 7 }} NAME: x\nok"
)


class Seen(NamedTuple):
    """A composed mail as its reader gets it: the parsed message, its text and its page, with LF line ends."""

    message: EmailMessage
    text: str
    html: str

    def lines(self) -> list[str]:
        return [*self.text.splitlines(), *lines_of_html(self.html)]


def seen(order: MailOrder) -> Seen:
    message = message_from_bytes(COMPOSER.compose(replace(order, attach=()), Thread(), NOW).raw, policy=policy.default)
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    assert all(bodies)
    text, html = (str(body.get_content()).replace("\r\n", "\n") for body in bodies if body)
    return Seen(message, text, html)


@cache
def mail(name: str) -> Seen:
    return seen(ORDERS[NUMBERS[name]])


@cache
def hostile_mail(name: str) -> Seen:
    return seen(hostile(ORDERS[NUMBERS[name]]))


def lines_of_html(html: str) -> Iterator[str]:
    """Give each run of text between tags that may end a line, as the worst mail program would break it."""
    inside = re.sub(r"(?s)<!--.*?-->|<head>.*?</head>", "", html)
    glued = re.sub(r"</?(b|span|a|wbr)\b[^>]*>", "", inside)
    for run in re.split(r"<[^>]+>|\n", glued):
        yield unescape(run)


def with_hostile_text(value: Any) -> Any:
    """Put hostile text into every free text of a value; what has a form of its own (codes, addresses, links) stays."""
    kept = {"code", "resource", "number", "email", "key", "source", "series", "cancels", "language", "booking"}
    kept |= {"tz", "cancel", "move", "door_code"}
    if isinstance(value, str) and type(value) is str:
        return HOSTILE
    if isinstance(value, tuple):
        return tuple(with_hostile_text(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type | Stay):
        names = [f.name for f in fields(value) if f.init and f.name not in kept]
        return replace(value, **{name: with_hostile_text(getattr(value, name)) for name in names})
    return value


def hostile(order: MailOrder) -> MailOrder:
    ours = (
        "works",
        "oddities",
        "did",
        "why",
        "todo",
        "what",
        "problem",
        "missing",
        "folder",
        "mail_kind",
        "phone",
        "link",
    )
    facts = {name: value if name in ours else with_hostile_text(value) for name, value in order.facts.items()}
    return replace(order, facts=facts, reader=replace(order.reader, name=HOSTILE))
