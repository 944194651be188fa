"""Which letters no person wrote: out-of-office, receipts, lists, other machines (RFC 3834 section 2 and beyond).

A robot decides nothing and gets no answer. A source's notices carry the same marks: they are never asked here.
Reads headers and the subject alone; never fails.
"""

import re

from mailbot.model.letter import Head, Letter
from mailbot.understand.speech import fold

# A mark that some systems set on what people wrote.
MACHINE = "eine automatische Nachricht"
_ABSENCE = re.compile(
    r"((re|aw|wg|fwd?): ?)*\[?(abwesenheit|abwesend|automatische (antwort|abwesenheit|rueckmeldung)"
    r"|auto(matic)?[- ]?(reply|response|antwort)|ooo ?:|out of (the )?office|urlaubs(notiz|meldung)"
    r"|(ich )?bin (derzeit |zur ?zeit )?(nicht im|im urlaub|abwesend)|nicht im buero|i am (currently )?out of|vacation)"
)
_RECEIPT = re.compile(
    r"(gelesen|ungelesen geloescht|nicht gelesen|gelesen und geloescht|read|not read|deleted|empfangen|zugestellt)"
    r"( ?\(.{0,20}\))?: |(automatische )?(lese|empfangs|eingangs)bestaetigung\b|(read receipt|delivery receipt)\b"
)


def robot(letter: Head | Letter) -> str:
    """Name in German what kind of machine wrote a letter, "" where a person may have."""
    subject = fold(letter.get("Subject"))
    if _report_type(letter) == "disposition-notification" or _RECEIPT.match(subject):
        return "eine Lesebestätigung"
    if _ABSENCE.match(subject):
        return "eine Abwesenheitsnotiz"
    auto = letter.get("Auto-Submitted").partition(";")[0].strip().lower()
    if auto and auto != "no":
        return "eine automatische Antwort" if auto == "auto-replied" else MACHINE
    if is_from_list(letter):
        return "eine Nachricht über einen Verteiler"
    if any(
        letter.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Autoresponder")
    ):
        return MACHINE
    return "eine Nachricht ohne Rückadresse" if has_null_path(letter) else ""


def is_from_list(letter: Head | Letter) -> bool:
    """Tell whether a letter came over a list or as bulk mail."""
    precedence = letter.get("Precedence").strip().lower()
    is_bulk = precedence in ("bulk", "junk", "list", "auto_reply", "auto-reply")
    return is_bulk or any(letter.get(name) for name in ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List"))


def has_null_path(letter: Head | Letter) -> bool:
    """Tell whether a letter came with the null return path, as reports and robots do (RFC 5321 section 4.5.5)."""
    return letter.get("Return-Path").replace(" ", "") == "<>"


def _report_type(letter: Head | Letter) -> str:
    found = re.search(r"report-type\s*=\s*\"?([\w-]+)", letter.get("Content-Type")[:1000], re.IGNORECASE)
    return found[1].lower() if found else ""
