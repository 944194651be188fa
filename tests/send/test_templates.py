"""templates: every mail there is, in every shape of its facts, and every mistake an office can make in them."""

import re
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from outgoing import COMPOSER, NAMES, NUMBERS, ORDERS, RULES, TEMPLATES, mail, seen

from mailbot.errors import EXIT_RULES_WRONG, StopError
from mailbot.model.booking import Stay
from mailbot.model.people import Role
from mailbot.send.cast import NOW
from mailbot.send.compose import Composer
from mailbot.send.language import long_when, moment, money, percent, tel, web, when
from mailbot.send.templates import shown

EVERY_MAIL = pytest.mark.parametrize("name", NAMES)
CODE_MAILS = ("customer/confirmed", "customer/payment", "customer/code_changed")
CUSTOMERS = [name for name in NAMES if name.startswith("customer/")]


def test_every_template_is_without_mistake() -> None:
    """The templates that are delivered pass their own check."""
    COMPOSER.check()


@EVERY_MAIL
def test_a_subject_holds_no_code(name: str) -> None:
    """A subject is one line that says what it is and when, without door code, booking code or token."""
    subject = str(mail(name).message["Subject"])
    assert re.search(r"\d{1,2}\.\d\d\.2026|\d{1,2} Nov 2026|Nicht angekommen", subject)
    assert not any(
        secret in subject for secret in ("482913", "QNBZAQPTAITT", "HKWMZRTPLEQA", ORDERS[NUMBERS[name]].token)
    )


@EVERY_MAIL
def test_who_may_see_what(name: str) -> None:
    """Only the mails of a confirmed booking hold a door code; a subscriber learns date, time, name and state."""
    order = ORDERS[NUMBERS[name]]
    booking: Any = order.facts.get("booking")
    if booking is not None:
        code = booking.door_code if order.kind in CODE_MAILS else "482913"
        _, text, html = seen(replace(order, facts={**order.facts, "booking": replace(booking, door_code=code)}))
        may = order.kind in CODE_MAILS and code is not None
        assert (("482913" in text), ("482913" in html)) == (may, may)
        if order.reader.role in (Role.DESK, Role.SUBSCRIBER):
            assert not any(word in text for word in ("Am Markt", "@kunde.example", "€"))
        if order.reader.role is Role.SUBSCRIBER:
            assert not any(word in text for word in ("0171", booking.code))


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customer_knows_whom_to_ask(name: str) -> None:
    """The office's address stands in text and HTML of every customer mail, in the customer's language."""
    _, text, html = mail(name)
    assert RULES.site.contact in text
    assert RULES.site.contact in html
    assert ("Guten Tag" in text) == (".de-" in name)


@EVERY_MAIL
def test_the_page_is_fit_for_phones_and_dark_rooms(name: str) -> None:
    """The HTML adapts to dark mode, loads nothing from elsewhere and lays out with tables only."""
    html = mail(name).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert re.search(r'src="(?!cid:)|url\(|<link|<script|display:\s*(flex|grid)', html) is None


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))


def break_it(folder: Path, file: str, right: str, wrong: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong), "utf-8")


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(StopError) as stopped:
        Composer(folder, RULES).check()
    assert stopped.value.exit_code == EXIT_RULES_WRONG
    return [line.removeprefix(f"{folder}/") for line in str(stopped.value).splitlines()]


# File, what stands there, what the office makes of it, and how the mistake is named.
BROKEN = [
    ("office/help.de.j2", "{{ lead(", "{{ lead((", "office/help.de.j2:5: unexpected"),
    ("office/done.de.j2", "{{ done(did)", "{{ dnoe(did)", "office/done.de.j2:23: unknown name dnoe; office/done has "),
    ("office/alarm.de.j2", "now | moment", "now | momnet", "office/alarm.de.j2:2: No filter named 'momnet'"),
    ("desk/decided.de.j2", "if before", "if bevore", "desk/decided.de.j2:8: unknown name bevore"),
    (
        "desk/request.de.j2",
        "booking.code",
        "booking.cod",
        "desk/request.de.j2:12: 'mailbot.model.booking.Booking object'",
    ),
    ("desk/refused.de.j2", "now | moment", "now", "desk/refused.de.j2:2: datetime is no text"),
    (
        "customer/cancelled.de.j2",
        "Der Grund: {{ b(reason)",
        "{{ b('Der Grund: ' ~ now)",
        "customer/cancelled.de.j2:14: datetime is no text",
    ),
    ("office/message.de.j2", "mailbot hat daran", "mailbot hat <b>daran</b>", "office/message.de.j2:31: <b> is HTML"),
    ("office/refused.de.j2", "block preheader", "block other", "office/refused.de.j2:1: block preheader is missing"),
    (
        "subscriber/request.de.j2",
        "lead(",
        "lead('a', ",
        "subscriber/request.de.j2:5: macro 'lead' takes not more than 1",
    ),
    ("pay.en.j2", "invoice.due_on", "invoice.due_at", "pay.en.j2:5: 'mailbot.model.money.Invoice object'"),
    ("paper/invoice.typ", "#paper.opening", "#paper.openin", "paper/invoice.typ:66: "),
]


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """One check names every mistake in the templates with file and line, each once, before any mail depends on them."""
    folder = copied(tmp_path)
    for file, right, wrong, _ in BROKEN:
        break_it(folder, file, right, wrong)
    (folder / "customer/rejected.en.j2").unlink()
    (folder / "customer/rejectd.de.j2").write_text("", "utf-8")
    found = mistakes(folder)
    assert len(found) == len(set(found))
    wanted = [
        *(named for *_, named in BROKEN),
        "customer/rejected.en.j2: is missing",
        "customer/rejectd: no mail is called",
    ]
    assert [named for named in wanted if not any(line.startswith(named) for line in found)] == []
    assert [line for line in found if not any(line.startswith(named) for named in wanted)] == []


PARTS = {
    "missing": (
        "parts.txt.j2",
        "{% macro lead(",
        "{% macro leed(",
        "parts.txt.j2 and parts.html.j2: only one has lead",
    ),
    "syntax": ("parts.html.j2", "{% macro lead(text) %}", "{% macro lead(text %}", "parts.html.j2:13: "),
    "layout": ("layout.html.j2", "{% if rehearsal", "{% iff rehearsal", "layout.html.j2:"),
}


@pytest.mark.parametrize("mistake", PARTS)
def test_a_mistake_that_breaks_every_mail_is_named_alone(mistake: str, tmp_path: Path) -> None:
    """Where parts or layout are broken only that is said, not forty times what follows from it."""
    file, right, wrong, named = PARTS[mistake]
    folder = copied(tmp_path)
    break_it(folder, file, right, wrong)
    assert any(line.startswith(named) for line in mistakes(folder))
    assert len(mistakes(folder)) <= 2


def test_an_unknown_name_in_the_layout_is_the_layouts(tmp_path: Path) -> None:
    """A name the layout does not know is told once, with the layout's own line."""
    folder = copied(tmp_path)
    break_it(folder, "layout.html.j2", "{{ site.name }}</td>", "{{ site.nam }}</td>")
    (line,) = mistakes(folder)
    assert line.startswith("layout.html.j2:")
    assert line.endswith("has no attribute 'nam'")


@pytest.mark.parametrize("value", [None, True, date(2026, 11, 28), 4.5, ("a",), NOW], ids=repr)
def test_only_words_get_into_a_mail(value: object) -> None:
    """A value that no filter made words of is a mistake, never `None` or `datetime.datetime(…)` in a mail."""
    with pytest.raises(TypeError):
        shown(value)


def stay(start: str, end: str) -> Stay:
    zone = RULES.site.timezone
    return Stay(
        "kirche", datetime.fromisoformat(start).replace(tzinfo=zone), datetime.fromisoformat(end).replace(tzinfo=zone)
    )


def test_times_and_money_read_as_people_write_them() -> None:
    """Stays, moments and amounts read naturally in German and English, over midnight too."""
    evening, night = stay("2026-11-28T19:30", "2026-11-28T20:30"), stay("2026-11-28T23:00", "2026-11-29T00:30")
    late = stay("2026-11-28T22:00", "2026-11-29T00:00")
    assert when("de", evening) == "Sa., 28.11.2026, 19:30–20:30 Uhr"
    assert when("en", evening) == "Sat 28 Nov 2026, 19:30–20:30"
    assert when("de", night) == "Sa., 28.11.2026, 23:00 Uhr – So., 29.11.2026, 00:30 Uhr"
    assert when("de", late) == "Sa., 28.11.2026, 22:00–24:00 Uhr"
    assert long_when("de", evening) == "Samstag, 28. November 2026, 19:30–20:30 Uhr"
    assert moment("de", NOW) == "Fr., 20.11.2026, 10:14 Uhr"
    price = RULES.resources["kirche"].prices[1].per_hour
    assert (money("de", price * 100), money("en", price)) == ("4.500,00\u00a0€", "€45.00")
    assert (percent("de", price), percent("en", price / 10)) == ("45\u00a0%", "4.5%")


def test_links_lead_only_where_they_say() -> None:
    """A phone number links to a call, a link to the web; what only calls itself one is no link."""
    assert tel("0171 / 23 45 678") == "tel:01712345678"
    assert tel("+49 (2557) 111-11") == "tel:+49255711111"
    assert [tel(text) for text in ("ok", "0171;ext=1", "", "12")] == [""] * 4
    assert (
        web("https://soccer-kirche.youcanbook.me/cancel/9f3c?a=b&c")
        == "https://soccer-kirche.youcanbook.me/cancel/9f3c?a=b&c"
    )
    assert [web(text) for text in ("javascript:alert(1)", 'https://a" onclick="x', "https://a b", None)] == [""] * 4
