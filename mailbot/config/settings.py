"""What must be right between the keys of a section of rules.yaml: connections, times in order, VAT, invoice numbers.

Each check reads the tree as written and says nothing of places whose form is wrong: those are told by judge.py. So
that all mistakes are told at once, no check relies on another.
"""

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import time
from typing import TypeVar

from mailbot.config import values
from mailbot.config.mistakes import Mistake
from mailbot.config.names import once
from mailbot.config.tree import Node
from mailbot.model.rules import Payment

T = TypeVar("T")


def _read(found: Node | str | None, parse: Callable[[str], T]) -> T | None:
    text = found.text if isinstance(found, Node) else found
    try:
        return parse(text) if text else None
    except (ValueError, LookupError):
        return None


def _connections(root: Node) -> Iterator[Mistake]:
    for path in (("mailbox",), ("smtp",), ("alarm", "smtp")):
        section = root.get(*path)
        if section:
            yield from _security(section)
            yield from _log_in(section, is_needed=path == ("mailbox",))


def _security(section: Node) -> Iterator[Mistake]:
    security, host = section.get("security"), section.get("host")
    if security and security.text == "none" and host and host.text and not values.is_loopback(host.text):
        yield security.wrong("tls or starttls (none only on a loopback address)")


def _log_in(section: Node, *, is_needed: bool) -> Iterator[Mistake]:
    password, oauth = section.get("password"), section.get("oauth")
    if password and oauth:
        yield Mistake(oauth.line, oauth.path, "found beside password, expected one of the two")
    if not (password or oauth) and (is_needed or section.get("user")):
        yield Mistake(section.line, f"{section.path}.password", "missing, expected a password or oauth")
    if password and not section.get("user") and not is_needed:
        yield Mistake(section.line, f"{section.path}.user", "missing, expected whom the password belongs to")
    if oauth and oauth.children:
        yield from _oauth(oauth)


def _oauth(oauth: Node) -> Iterator[Mistake]:
    command, refresh = oauth.get("token_command"), oauth.get("refresh_token")
    if command and refresh:
        yield Mistake(refresh.line, refresh.path, "found beside token_command, expected one of the two")
    if not (command or refresh):
        yield Mistake(oauth.line, f"{oauth.path}.token_command", "missing, expected token_command or refresh_token")
    if refresh and not oauth.get("client_id"):
        yield Mistake(oauth.line, f"{oauth.path}.client_id", "missing, expected whom the refresh_token was given to")


def _vat(root: Node) -> Iterator[Mistake]:
    for resource in root.below("resources"):
        payment = resource.get("payment")
        if payment is None or not payment.children:
            continue
        rate, dated, small = (payment.get(key) for key in ("vat_percent", "vat", "small_business"))
        if rate and dated:
            yield Mistake(dated.line, dated.path, "found beside vat_percent, expected one of the two")
        if not (rate or dated or small):
            expected = "a number from 0 to 100, or vat, or small_business"
            yield Mistake(payment.line, f"{payment.path}.vat_percent", f"missing, expected {expected}")
        days = [since for line in (dated.items if dated else []) if (since := line.get("from"))]
        yield from once(days, "each day once")


def _seasons(root: Node) -> Iterator[Mistake]:
    for resource in root.below("resources"):
        end = resource.get("door_codes", "season", "to")
        first, last = _read(resource.get("door_codes", "season", "from"), values.day), _read(end, values.day)
        # More than three years is no season but a slip in the year.
        if end and first and last and not 0 <= (last - first).days <= 1096:
            yield end.wrong('a day after "from", at most three years later')


def _lasting(root: Node) -> Iterator[Mistake]:
    discounts = root.get("discounts")
    for line in discounts.items if discounts else []:
        since, until = line.get("from"), line.get("until")
        first, last = _read(since, values.day), _read(until, values.day)
        if until and first and last and last < first:
            yield until.wrong('a day after "from"')


def _price_lines(root: Node) -> Iterator[Mistake]:
    for resource in root.below("resources"):
        lines = resource.get("prices")
        for line in lines.items if lines else []:
            end = line.get("to")
            start, to = _read(line.get("from"), values.moment) or time.min, _read(end, values.clock)
            if end and to and start >= to:
                yield end.wrong('a time after "from"')


def _weeks(root: Node) -> Iterator[Mistake]:
    weeks = [person.get("hours") for person in root.below("people")]
    weeks += [resource.get("open") for resource in root.below("resources")]
    for week in weeks:
        seen: set[int] = set()
        for days, node in week.children.items() if week else ():
            named = set(_read(days, values.days) or ())
            if named & seen:
                what = 'found a weekday again, expected each once, hours apart as "08:00-12:00, 13:00-16:00"'
                yield Mistake(node.line, node.path, what)
            seen |= named


def _slots(root: Node) -> Iterator[Mistake]:
    for resource in root.below("resources"):
        per, hours = resource.get("door_codes", "per"), resource.get("open")
        if per and per.text == "slot" and not (hours and hours.children):
            yield Mistake(resource.line, f"{resource.path}.open", "missing, expected opening hours for codes per slot")


def _invoice_numbers(root: Node) -> Iterator[Mistake]:
    # Patterns that differ and yet could once give the same number are a mistake; the same pattern shares its counter.
    default = next(str(field.default) for field in fields(Payment) if field.name == "invoice_number")
    patterns: dict[str, Node | None] = {}
    for resource in root.below("resources"):
        node = resource.get("payment", "invoice_number")
        patterns.setdefault(node.text if node else default, node)
    valid = [(pattern, node) for pattern, node in patterns.items() if _is_pattern(pattern)]
    for n, (pattern, node) in enumerate(valid):
        for other, other_node in valid[:n]:
            if could_meet(pattern, other) and (told := node or other_node):
                yield told.wrong(f'the very pattern of the other resources, or one unlike "{other}"')


def _is_pattern(text: str) -> bool:
    try:
        return bool(values.invoice_number(text))
    except ValueError:
        return False


def could_meet(one: str, other: str) -> bool:
    """Tell whether two patterns of invoice numbers could give the same number, in any year, for any n."""
    return _fits(one, other) or _fits(other, one)


def _fits(one: str, other: str) -> bool:
    parts = string.Formatter().parse(other)
    digits = {"year": r"\d{4}", "n": r"\d+", None: ""}
    regex = re.compile("".join(re.escape(literal) + digits[name] for literal, name, _, _ in parts))
    # Long numbers of one digit each: whatever digits the other has of its own, one of these has them too.
    return any(regex.fullmatch(one.format(year=int(d * 4), n=int(d * 9))) for d in "123456789")


SETTING_CHECKS: tuple[Callable[[Node], Iterator[Mistake]], ...] = (
    _connections,
    _vat,
    _seasons,
    _lasting,
    _price_lines,
    _weeks,
    _slots,
    _invoice_numbers,
)
