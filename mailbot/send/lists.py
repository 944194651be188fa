"""The lists that travel with a mail: the table of bookings as a workbook, the season's door codes as CSV and as PDF.

What is in the order's facts is written; nothing here decides who may see it. Raises AskHumanError with typst's words.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mailbot.model.codes import DoorCode
from mailbot.model.mail import MailOrder
from mailbot.model.rules import Resource, Rules
from mailbot.send import language, plain, sheets
from mailbot.send.mime import Part
from mailbot.send.papers import printed

CODES_TEMPLATE = "paper/codes.typ"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Maker = Callable[[MailOrder, Path, Rules, datetime], Part]


def table(order: MailOrder, folder: Path, rules: Rules, now: datetime) -> Part:
    """Write the table of bookings of office/table as a workbook."""
    facts: Mapping[str, Any] = order.facts
    month: date | None = facts["month"]
    name = f"buchungen-{month:%Y-%m}.xlsx" if month else f"buchungen-{now:%Y-%m-%d}.xlsx"
    return Part(XLSX, sheets.bookings_xlsx(facts["lines"]), name)


def codes_csv(order: MailOrder, folder: Path, rules: Rules, now: datetime) -> Part:
    """Write the season's door codes as CSV, as `mailbot codes export` does."""
    facts: Mapping[str, Any] = order.facts
    content = sheets.codes_csv(facts["codes"]).encode()
    return Part("text/csv; charset=utf-8", content, f"{_stem(facts['resource'])}.csv")


def codes_pdf(order: MailOrder, folder: Path, rules: Rules, now: datetime) -> Part:
    """Print the season's door codes, a month a block."""
    facts: Mapping[str, Any] = order.facts
    paper = codes_facts(facts["months"], facts["resource"], rules, now)
    return Part("application/pdf", printed(folder / CODES_TEMPLATE, paper), f"{_stem(facts['resource'])}.pdf")


PAPERS: Mapping[str, Maker] = {"table": table, "codes_csv": codes_csv, "codes_pdf": codes_pdf}


def codes_facts(
    months: tuple[tuple[DoorCode, ...], ...], resource: Resource, rules: Rules, now: datetime
) -> dict[str, object]:
    """Give what codes.typ prints, as words."""
    return {
        "title": "Türcodes der Saison",
        "site": rules.site.name,
        "resource": plain.one_line(resource.name, 80),
        "season": f"{resource.door_codes.season_from:%d.%m.%Y} bis {resource.door_codes.season_to:%d.%m.%Y}",
        "made": f"Stand {language.moment('de', now)}",
        "rehearsal": bool(rules.site.rehearsal),
        "months": [
            {"name": language.month("de", codes[0].day), "codes": [(_place(code), code.code) for code in codes]}
            for codes in months
        ],
    }


def _place(code: DoorCode) -> str:
    day = language.day("de", code.day)[:-4]
    return f"{day} {code.slot}" if code.slot else day


def _stem(resource: Resource) -> str:
    return f"tuercodes-{re.sub(r'[^A-Za-z0-9._-]+', '-', resource.key).strip('.-') or 'liste'}"
