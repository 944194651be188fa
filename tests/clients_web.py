"""How web mailers and desktop programs set an answer: Gmail, GMX, Web.de, T-Online, Proton, Thunderbird, Notes."""

import html as escape

from mailing import Body, Client, Sent, breaks, head, lines, quoted, wrapped


def gmail(typed: str, sent: Sent, language: str) -> Body:
    """Gmail on the web."""
    says = {
        "de": f"Am Fr., 20. Nov. 2026 um 10:14 Uhr schrieb {sent.name} <\n{sent.address}>:",
        "en": f"On Fri, Nov 20, 2026 at 10:14 AM {sent.name} <{sent.address}>\nwrote:",
    }[language]
    page = (
        f'<div dir="ltr">{lines(typed)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{breaks(says)}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{sent.html}'
        "</blockquote></div>\n"
    )
    return Body(f"{typed}\n\n{says}\n\n{wrapped(sent.flat)}\n", page)


def gmail_inline(typed: str, sent: Sent, language: str) -> Body:
    """Gmail where the author writes below the quote, with a signature behind."""
    body = gmail("", sent, language)
    assert body.text is not None
    name = {"de": "P. Büro\nKrümpel GmbH", "en": "P. Office\nKruempel Ltd"}[language]
    page = f'{body.html}<div>{breaks(typed)}</div><div><span class="gmail_signature_prefix">-- </span><br>'
    page += f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">{breaks(name)}</div></div>'
    return Body(f"{body.text}\n{typed}\n\n-- \n{name}", page)


def _united(typed: str, sent: Sent, language: str, brand: str) -> Body:
    block = {
        "de": f'Gesendet: Freitag, 20. November 2026 um 10:14 Uhr\nVon: "{sent.name}" <{sent.address}>\n'
        f'An: "Büro Krümpel" <buero@kruempel.example>\nBetreff: {sent.subject}',
        "en": f'Sent: Friday, November 20, 2026 at 10:14 AM\nFrom: "{sent.name}" <{sent.address}>\n'
        f'To: "Büro Krümpel" <buero@kruempel.example>\nSubject: {sent.subject}',
    }[language]
    rows = "<br/>\n".join(f"<b>{escape.escape(row).replace(':', ':</b>', 1)}" for row in block.split("\n"))
    spaced = lines(typed).replace("<br>", "&nbsp;")
    style = "margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5; word-wrap: break-word;"
    page = (
        f'<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;">{spaced}\n<div>&nbsp;'
        f'\n<div name="quote" style="{style}">\n<div style="margin:0 0 10px 0;">{rows}</div>\n\n'
        f'<div name="quoted-content" id="{brand}">{sent.html}</div></div></div></div></body></html>'
    )
    return Body(f"{typed}\n \n\n{block}\n{sent.flat}", page)


def gmx(typed: str, sent: Sent, language: str) -> Body:
    """GMX on the web."""
    return _united(typed, sent, language, "gmx")


def web_de(typed: str, sent: Sent, language: str) -> Body:
    """Web.de on the web, from the same house as GMX."""
    return _united(typed, sent, language, "webde")


def _united_app(typed: str, sent: Sent, language: str, device: str) -> Body:
    says = {
        "de": f'Am 20.11.26, 10:14 schrieb "{sent.name}" <{sent.address}>:',
        "en": f'On 20.11.26, 10:14, "{sent.name}" <{sent.address}> wrote:',
    }[language]
    page = (
        f'<html><head></head><body><div class="mail_android_message" style="line-height: 1; padding: 0.5em">'
        f'{breaks(typed)}<br>-- <br>{device}</div><div class="mail_android_quote" style="line-height: 1; padding: '
        f'0.3em"><html><head></head><body>{breaks(says)}</body></html><blockquote class="gmail_quote" '
        f'style="margin: 0.8ex 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204);">{sent.html}</blockquote>'
        "</div></body></html>"
    )
    return Body(f"{typed}\n-- \n{device}\n\n{says}\n\n{quoted(sent.flat)}", page)


def gmx_app(typed: str, sent: Sent, language: str) -> Body:
    """GMX's app for Android."""
    device = {
        "de": "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
        "en": "Sent from my Android phone with GMX Mail. Please excuse my brevity.",
    }[language]
    return _united_app(typed, sent, language, device)


def web_de_app(typed: str, sent: Sent, language: str) -> Body:
    """Web.de's app, which sends HTML only."""
    device = {"de": "Gesendet mit der WEB.DE Mail App", "en": "Sent with the WEB.DE Mail App"}[language]
    return Body(None, _united_app(typed, sent, language, device).html)


def t_online(typed: str, sent: Sent, language: str) -> Body:
    """T-Online's mailer, which sets the subject first."""
    banner = {"de": "-----Original-Nachricht-----", "en": "-----Original Message-----"}[language]
    names = {"de": ("Betreff", "Datum", "Von", "An"), "en": ("Subject", "Date", "From", "To")}[language]
    values = (
        sent.subject,
        "2026-11-20T10:14:00+0100",
        f'"{sent.name}" <{sent.address}>',
        '"Büro" <buero@kruempel.example>',
    )
    block = "\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    page = (
        f"<html><body><p>{breaks(typed)}</p><p>&nbsp;</p><p>{banner}</p><p>{breaks(block)}</p><p>&nbsp;</p>{sent.html}"
    )
    return Body(f"{typed}\n\n{banner}\n{block}\n\n{sent.flat}", f"{page}</body></html>")


def yahoo(typed: str, sent: Sent, language: str) -> Body:
    """Yahoo on the web, which prefixes its classes and indents the original."""
    says = {
        "de": f"Am Freitag, 20. November 2026 um 10:14:22 MEZ hat {sent.who} Folgendes geschrieben:",
        "en": f"On Friday, November 20, 2026 at 10:14:22 AM GMT+1, {sent.who} wrote:",
    }[language]
    page = (
        f'<html><head></head><body><div class="ydp1a2byahoo-style-wrap" style="font-size:16px">{lines(typed)}'
        f'<div><br></div></div><div id="ydp1a2byahoo_quoted_1234" class="ydp1a2byahoo_quoted"><div><div>{breaks(says)}'
        f"</div><div><br></div><div><br></div><div>{sent.html}</div></div></div></body></html>"
    )
    indented = sent.cells.replace("\n", "\n ")
    return Body(f" {typed}\n\n    {says}  \n \n {indented}\n  ", page)


def proton(typed: str, sent: Sent, language: str) -> Body:
    """Proton, whose signature carries a link."""
    says, device = {
        "de": (
            f"{sent.who} schrieb am Freitag, 20. November 2026 um 10:14:",
            "Gesendet mit [Proton Mail](https://proton.me/mail/home) sichere E-Mail.",
        ),
        "en": (
            f"On Friday, November 20th, 2026 at 10:14, {sent.who} wrote:",
            "Sent with [Proton Mail](https://proton.me/mail/home) secure email.",
        ),
    }[language]
    page = (
        f'<div style="font-family: Arial, sans-serif; font-size: 14px;">{breaks(typed)}</div><div><br></div>'
        f'<div class="protonmail_signature_block"><div class="protonmail_signature_block-user '
        f'protonmail_signature_block-empty"></div><div class="protonmail_signature_block-proton">{device}</div></div>'
        f'<div class="protonmail_quote">{breaks(says)}<br><blockquote class="protonmail_quote" type="cite">'
        f"{sent.html}</blockquote><br></div>"
    )
    return Body(f"{typed}\n\n{device}\n\n{says}\n\n{quoted(sent.flat)}", page)


def _moz(sent: Sent, language: str) -> str:
    return {"de": f"Am 20.11.26 um 10:14 schrieb {sent.name}:", "en": f"On 20/11/2026 10:14, {sent.name} wrote:"}[
        language
    ]


def thunderbird_below(typed: str, sent: Sent, language: str) -> Body:
    """Thunderbird as it comes: the answer below the quote, soft line breaks."""
    says = _moz(sent, language)
    page = (
        f'<html><body text="#000000"><div class="moz-cite-prefix">{says}<br></div><blockquote type="cite" '
        f'cite="mid:x@soccer-kirche.example">{sent.html}</blockquote><p>{breaks(typed)}</p>'
        '<pre class="moz-signature" cols="72">-- \nP. Büro\nBüro Krümpel</pre></body></html>'
    )
    return Body(
        f"{says}\n{quoted(sent.text)}\n\n{typed}\n\n-- \nP. Büro\nBüro Krümpel", page, flowed=True, encoding="8bit"
    )


def thunderbird_above(typed: str, sent: Sent, language: str) -> Body:
    """Thunderbird with the answer above the quote."""
    says = _moz(sent, language)
    page = (
        f'<html><body><p>{breaks(typed)}</p><p><br></p><div class="moz-cite-prefix">{says}<br></div>'
        f'<blockquote type="cite" cite="mid:x@s.example">{sent.html}</blockquote></body></html>'
    )
    return Body(f"{typed}\n\n{says}\n{quoted(sent.text)}\n", page, flowed=True, encoding="8bit")


def notes(typed: str, sent: Sent, language: str) -> Body:
    """Write as Notes, whose block stands in columns."""
    names = {"de": ("Von", "An", "Datum", "Betreff"), "en": ("From", "To", "Date", "Subject")}[language]
    values = (f'"{sent.name}" <{sent.address}>', "buero@kruempel.example", "20.11.2026 10:14", sent.subject)
    rows = list(zip(names, values, strict=True))
    block = "\n".join(f"{name}:\t{value}" for name, value in rows)
    shown = "<br>".join(
        f"<font size=1 color=#5f5f5f>{name}: &nbsp; {escape.escape(value)}</font>" for name, value in rows
    )
    page = f'<font size=2 face="sans-serif">{breaks(typed)}</font><br><br><br>{shown}<hr noshade><br><br>{sent.html}'
    return Body(f"{typed}\n\n\n\n{block}\n\n\n\n{sent.flat}", page)


def notes_web(typed: str, sent: Sent, language: str) -> Body:
    """Write as Notes in the browser, whose block stands between dashes."""
    word = {"de": "schrieb", "en": "wrote"}[language]
    block = head(sent, language, long=False)
    return Body(f'{typed}\n\n-----"{sent.name}" <{sent.address}> {word}: -----\n{block}\n\n{sent.text}')


WEB: dict[str, Client] = {
    "gmail": gmail,
    "gmail below": gmail_inline,
    "gmx": gmx,
    "web.de": web_de,
    "gmx app": gmx_app,
    "web.de app": web_de_app,
    "t-online": t_online,
    "yahoo": yahoo,
    "proton": proton,
    "thunderbird below": thunderbird_below,
    "thunderbird above": thunderbird_above,
    "notes": notes,
    "notes web": notes_web,
}
