"""A mail order becomes bytes: words from the templates, header fields, papers. Composed once; these bytes are sent.

Decides nothing and knows no state: what is in the facts is shown. An order that cannot be written (a template's
mistake, an address no mail can go to) raises AskHumanError; `check` finds every template's mistake beforehand.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from mailbot.errors import EXIT_RULES_WRONG, AskHumanError, StopError
from mailbot.model.booking import Booking
from mailbot.model.mail import Composed, MailOrder, MatterKind, Thread
from mailbot.model.money import Invoice
from mailbot.model.people import Role
from mailbot.model.rules import Rules
from mailbot.model.words import folded
from mailbot.send import lists, mime, papers, plain
from mailbot.send.cast import NOW, cast
from mailbot.send.examples import example_orders
from mailbot.send.mime import Part
from mailbot.send.templates import Templates, Written

INVOICE_TEMPLATE = "paper/invoice.typ"
# How the answers are called in the mails; where rules.yaml dropped such a word, its own first one is shown.
WORDS = {
    "approve": "ok",
    "reject": "nein",
    "change": "ändern",
    "price": "preis",
    "discount": "rabatt",
    "accept": "übernehmen",
    "list": "liste",
    "help": "hilfe",
    "resume": "weiter",
    "done": "erledigt",
    "released": "ausgegeben",
    "question": "frage",
    "cancel": "storno",
}


class Composer:
    """Writes mails from one folder of templates by one set of rules; both are read once."""

    def __init__(self, templates: Path, rules: Rules) -> None:
        self._folder = templates
        self._rules = rules
        self._templates = Templates(templates, plain.Marker(rules.replies.values()))
        self._word = {key: _spoken_word(rules, key, usual) for key, usual in WORDS.items()}

    def compose(self, order: MailOrder, thread: Thread, now: datetime) -> Composed:
        """Write one mail; raises AskHumanError where a template, a paper or the recipient's address is wrong."""
        message_id = f"<{order.token}@{self._domain}>"
        try:
            to = mime.address(self._rules.site.rehearsal or order.reader.address)
            parts = self._parts(order, now)
            written = self._written(order, now, next((part.cid for part in parts if part.cid), ""))
            raw = mime.message(self._fields(order, thread, now, to, written.subject), written.text, written.html, parts)
        except KeyError as error:
            raise AskHumanError(f"{order.kind}: rules.yaml has no {error}, which this mail is about") from error
        except ValueError as error:
            raise AskHumanError(f"{order.kind} for {plain.one_line(order.reader.address)}: {error}") from error
        return Composed(raw, message_id, to)

    def check(self) -> None:
        """Raise one StopError (78) that names every mistake in the templates, with file and line."""
        mistakes = self._templates.mistakes_in_parts()
        if not mistakes:
            files = self._mistakes_in_files()
            mistakes = [*files, *self._mistakes_in_mails(files), *self._mistakes_in_papers()]
        if mistakes:
            raise StopError("\n".join(dict.fromkeys(mistakes)), EXIT_RULES_WRONG)

    def _mistakes_in_files(self) -> list[str]:
        facts: dict[str, set[str]] = {}
        for order in example_orders(self._rules):
            facts.setdefault(order.kind, set()).update(self._context(order, NOW, ""))
        found = [
            f"{self._folder / kind}: no mail is called {kind}; expected one of {', '.join(sorted(facts))}"
            for kind in sorted(self._templates.written_kinds() - set(facts))
        ]
        for kind, known in facts.items():
            wanted = ("de", "en") if kind.startswith("customer/") else ("de",)
            there = self._templates.languages(kind)
            found += [f"{self._folder / kind}.{lang}.j2: is missing" for lang in wanted if lang not in there]
            found += [mistake for lang in there for mistake in self._templates.mistakes_in(kind, lang, known)]
        return found

    def _mistakes_in_mails(self, known: Sequence[str]) -> list[str]:
        found: list[str] = []
        for order in example_orders(self._rules):
            if any(mistake.startswith(f"{self._folder / order.kind}.") for mistake in known):
                continue
            try:
                self._written(order, NOW, "girocode@mailbot")
            except AskHumanError as error:
                found.append(str(error))
        return found

    def _mistakes_in_papers(self) -> list[str]:
        people = cast(self._rules)
        try:
            for paper in (people.invoice, people.cancelled):
                papers.invoice_pdf(self._folder / INVOICE_TEMPLATE, paper, self._rules)
            for order in example_orders(self._rules):
                for name in lists.PAPERS.keys() & set(order.attach):
                    lists.PAPERS[name](order, self._folder, self._rules, NOW)
        except AskHumanError as error:
            return [str(error)]
        return []

    @property
    def _domain(self) -> str:
        return self._rules.smtp.sender_address.rpartition("@")[2]

    def _written(self, order: MailOrder, now: datetime, picture: str) -> Written:
        return self._templates.write(order.kind, self._language(order), self._context(order, now, picture))

    def _language(self, order: MailOrder) -> str:
        there = self._templates.languages(order.kind)
        wanted = (order.reader.language, self._rules.site.language, "de")
        return next((lang for lang in wanted if lang in there), "de")

    def _context(self, order: MailOrder, now: datetime, picture: str) -> dict[str, object]:
        rules, booking = self._rules, order.facts.get("booking")
        names: dict[str, object] = {
            "rules": rules,
            "site": rules.site,
            "reader": order.reader,
            "now": now,
            "place": rules.site.name,
            "word": self._word,
            "attached": order.attach,
            "girocode": picture,
            "rehearsal": _rehearsal(order) if rules.site.rehearsal else "",
        }
        if isinstance(booking, Booking):
            resource = rules.resources[booking.stay.resource]
            names |= {"resource": resource, "place": resource.name if len(rules.resources) > 1 else rules.site.name}
        return names | dict(order.facts)

    def _parts(self, order: MailOrder, now: datetime) -> list[Part]:
        """Build the papers the order names, and the GiroCode wherever an invoice asks for money."""
        booking, parts = order.facts.get("booking"), []
        for name in order.attach:
            paper = order.facts.get(name)
            if isinstance(paper, Invoice):
                parts.append(papers.invoice_pdf(self._folder / INVOICE_TEMPLATE, paper, self._rules))
            elif name in lists.PAPERS:
                parts.append(lists.PAPERS[name](order, self._folder, self._rules, now))
            elif isinstance(booking, Booking) and name in ("ics", "ics_cancel"):
                parts.append(papers.calendar_file(booking, self._rules, now, name == "ics_cancel"))
        invoice = order.facts.get("invoice")
        if order.reader.role is Role.CUSTOMER and isinstance(invoice, Invoice) and invoice.gross > 0:
            parts.append(self._girocode(invoice))
        return parts

    def _girocode(self, invoice: Invoice) -> Part:
        payment = self._rules.resources[invoice.resource].payment
        picture = papers.girocode_png(payment, invoice.gross, invoice.booking)
        name = re.sub(r"[^A-Za-z0-9-]+", "-", invoice.number)
        return Part("image/png", picture, "girocode.png", f"girocode-{name}@{self._domain}")

    def _fields(self, order: MailOrder, thread: Thread, now: datetime, to: str, subject: str) -> Sequence[bytes]:
        smtp, rehearsal = self._rules.smtp, self._rules.site.rehearsal
        local = f"{smtp.sender_address.rpartition('@')[0]}"
        if self._rules.mailbox.subaddress:
            local += f"+{order.token}"
        name = "" if rehearsal else plain.by_name(order.reader.name, 70)
        pairs = {
            "Date": format_datetime(now),
            "From": mime.mailbox(smtp.sender_name, mime.address(smtp.sender_address), len("From: ")),
            "To": mime.mailbox(name, to, len("To: ")),
            "Reply-To": mime.mailbox(smtp.sender_name, mime.address(f"{local}@{self._domain}"), len("Reply-To: ")),
            "Subject": mime.words(f"[PROBE] {subject}" if rehearsal else subject, len("Subject: ")),
            "Message-ID": f"<{order.token}@{self._domain}>",
            "In-Reply-To": mime.references([thread.in_reply_to]),
            "References": mime.references([*thread.references, thread.in_reply_to]),
            "Auto-Submitted": "auto-replied" if order.is_reply else "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
            "Mailbot-Kind": order.kind,
            "Mailbot-Booking": _booking_code(order),
        }
        return [mime.field(header, value) for header, value in pairs.items() if value]


def _spoken_word(rules: Rules, key: str, usual: str) -> str:
    theirs = rules.replies.get(key, ())
    known = {folded(word) for word in theirs}
    return usual if folded(usual) in known or not theirs else theirs[0]


def _rehearsal(order: MailOrder) -> str:
    return f"Probe für {plain.one_line(order.reader.address)} ({plain.one_line(order.reader.name, 80)})"


def _booking_code(order: MailOrder) -> str:
    booking, matter = order.facts.get("booking"), order.matter
    code = booking.code if isinstance(booking, Booking) else matter.ref if matter.kind is MatterKind.BOOKING else ""
    return code if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code) else ""
