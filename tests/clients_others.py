"""How smaller programs set an answer: Open-Xchange, eM Client, The Bat!, Zimbra, Roundcube, SOGo, Horde and others.

They differ in the line above the original, in how they mark it, and in where the answer stands; so each is a row.
"""

from collections.abc import Callable

from mailing import Body, Client, Sent, breaks, head, lines, quoted

# language -> the line, or lines, that a program sets above the original.
Says = dict[str, str]
Marked = Callable[[str], str]

_DAY = {"de": "Freitag, 20. November 2026", "en": "Friday, 20 November 2026"}


def _plain(text: str) -> str:
    return text


def _initials(text: str) -> str:
    return quoted(text, "SK> ")


def _row(says: Says, marked: Marked = quoted, page: str | None = None, device: Says | None = None) -> Client:
    """Make a program that answers above; `page` is its HTML, with {typed}, {says}, {device} and {html} in it."""

    def client(typed: str, sent: Sent, language: str) -> Body:
        above = says[language].format(who=sent.who, name=sent.name, address=sent.address, subject=sent.subject)
        own = f"\n{device[language]}\n" if device else ""
        text = f"{typed}\n{own}\n{above}\n\n{marked(sent.flat)}"
        if page is None:
            return Body(text)
        filled = {"{typed}": lines(typed), "{says}": breaks(above), "{device}": breaks(own), "{html}": sent.html}
        written = page
        for mark, value in filled.items():
            written = written.replace(mark, value)
        return Body(text, written)

    return client


def _below(says: Says, marked: Marked = quoted) -> Client:
    """Make a program whose author answers below the original."""

    def client(typed: str, sent: Sent, language: str) -> Body:
        above = says[language].format(who=sent.who, name=sent.name)
        return Body(f"{above}\n\n{marked(sent.flat)}\n\n{typed}\n")

    return client


def the_david(typed: str, sent: Sent, language: str) -> Body:
    """Tobit David, which names itself above the original and knows no date of its own."""
    names = {"de": ("Von", "An"), "en": ("From", "To")}[language]
    block = f"{sent.subject} (20. November 2026 10:14)\n{names[0]}:\t{sent.name}\n{names[1]}:\tBüro Krümpel"
    return Body(f"{typed}\n\n[Original Message processed by David.fx]\n\n{block}\n\n\n{sent.flat}")


def open_xchange(typed: str, sent: Sent, language: str) -> Body:
    """Open-Xchange, the mailer of IONOS, Strato and mailbox.org: its own line stands inside the quote."""
    says = {
        "de": f"{sent.who} hat am 20.11.2026 10:14 CET geschrieben:",
        "en": f"On 11/20/2026 10:14 AM CET {sent.who} wrote:",
    }[language]
    page = (
        f'<!doctype html><html><head><meta charset="UTF-8"></head><body>{lines(typed)}<div class="io-ox-signature">'
        f'P. Büro<br>Krümpel GmbH</div><blockquote type="cite"><div>{breaks(says)}</div><div><br></div>{sent.html}'
        "</blockquote></body></html>"
    )
    original = quoted(f"{says}\n\n \n{sent.flat}")
    return Body(f"{typed}\n\n{original}", page)


def outlook_ruled(typed: str, sent: Sent, language: str) -> Body:
    """Outlook's apps of today, which rule the original off by the border's parts, without any name."""
    block = breaks(head(sent, language))
    ruled = "border-width: 1pt medium medium; border-style: solid none none; border-color: rgb(181, 196, 223);"
    page = (
        f'<html><body><div dir="ltr">{lines(typed)}</div><div id="ms-outlook-mobile-signature">Outlook für iOS</div>'
        f'<div style="padding: 3pt 0in 0in; {ruled}">{block}<br></div>{sent.html}</body></html>'
    )
    return Body(None, page)


def telekom_app(typed: str, sent: Sent, language: str) -> Body:
    """Telekom's app for phones: fewer dashes, and the subject behind the sender."""
    banner = {"de": "--- Original-Nachricht ---", "en": "--- Original Message ---"}[language]
    names = {"de": ("Von", "Betreff", "Datum", "An"), "en": ("From", "Subject", "Date", "To")}[language]
    values = (sent.who, sent.subject, "20. November 2026, 10:14", "buero@kruempel.example")
    block = "\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    device = {"de": "Gesendet mit der Telekom Mail App", "en": "Sent with the Telekom Mail App"}[language]
    page = f"<div>{breaks(typed)}</div><br><div>{device}</div><br><div>{banner}<br>{breaks(block)}</div><br>{sent.html}"
    return Body(f"{typed}\n\n{device}\n\n{banner}\n{block}\n\n{sent.flat}", page)


_WROTE: Says = {"de": f"Am {_DAY['de']} um 10:14 schrieb {{who}}:", "en": f"On {_DAY['en']} at 10:14, {{who}} wrote:"}
_CITED = "<html><body>{typed}<div>{device}</div><div>{says}</div><blockquote>{html}</blockquote></body></html>"
_EM_CLIENT: Says = {
    "de": '------ Originalnachricht ------\nVon "{name}" <{address}>\nAn "Büro" <b@hof.example>\nBetreff {subject}',
    "en": '------ Original Message ------\nFrom "{name}" <{address}>\nTo "Büro" <b@hof.example>\nSubject {subject}',
}
_ZIMBRA: Says = {
    "de": f"----- Ursprüngliche Mail -----\nVon: {{who}}\nGesendet: {_DAY['de']} 10:14:22\nBetreff: {{subject}}",
    "en": f"----- Original Message -----\nFrom: {{who}}\nSent: {_DAY['en']} 10:14:22\nSubject: {{subject}}",
}
OTHERS: dict[str, Client] = {
    "outlook ruled": outlook_ruled,
    "telekom app": telekom_app,
    "open-xchange": open_xchange,
    "david": the_david,
    "em client": _row(_EM_CLIENT, page=_CITED),
    "zimbra": _row(_ZIMBRA, _plain, '<div>{typed}</div><hr id="zwchr"><div>{says}</div><div>{html}</div>'),
    "roundcube": _row(
        {"de": "Am 2026-11-20 10:14, schrieb {name}:", "en": "On 2026-11-20 10:14, {name} wrote:"},
        page='{typed}<p id="reply-intro">{says}</p><blockquote type="cite">{html}</blockquote>',
    ),
    "sogo": _row(
        {"de": f"Am {_DAY['de']} 10:14 CET, schrieb {{who}}:", "en": f"On {_DAY['en']} 10:14 CET, {{who}} wrote:"}
    ),
    "spark": _row(
        {"de": "Am 20. Nov. 2026, 10:14 +0100 schrieb {who}:", "en": "On 20 Nov 2026 at 10:14 +0100, {who}, wrote:"},
        page='<div name="messageBodySection">{typed}</div><div name="messageReplySection">{says}<blockquote>{html}'
        "</blockquote></div>",
        device={"de": "Gesendet von Spark", "en": "Sent with Spark"},
    ),
    "bluemail": _row(
        {"de": "Am 20. Nov. 2026, um 10:14, {who} schrieb:", "en": "On 20 Nov 2026, at 10:14, {who} wrote:"},
        page=_CITED,
        device={"de": "Gesendet mit BlueMail für Android", "en": "Sent from BlueMail for Android"},
    ),
    "mailbird": _row(_WROTE, _plain, _CITED),
    "evolution": _below(
        {
            "de": "Am Freitag, dem 20.11.2026 um 10:14 +0100 schrieb {name}:",
            "en": "On Fri, 2026-11-20 at 10:14, {name} wrote:",
        }
    ),
    "horde": _below({"de": "Zitat von {who}:", "en": "Quoting {who}:"}),
    "the bat": _below(
        {"de": f"{_DAY['de']}, 10:14, schrieb {{who}}:", "en": f"{_DAY['en']}, 10:14, {{who}} wrote:"}, _initials
    ),
}
