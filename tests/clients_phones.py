"""How phones and Apple's programs set an answer: Apple Mail, iPhone, Gmail's app, Samsung, K-9, Yahoo's app."""

from mailing import Body, Client, Sent, breaks, head, lines, quoted, wrapped

_CITE = '<blockquote type="cite">'


def _am(sent: Sent, language: str) -> str:
    return {
        "de": f"Am 20.11.2026 um 10:14 schrieb {sent.who}:",
        "en": f"On 20. Nov 2026, at 10:14, {sent.who} wrote:",
    }[language]


def apple_mail(typed: str, sent: Sent, language: str) -> Body:
    """Apple Mail on the Mac."""
    says = _am(sent, language)
    page = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">'
        f'{lines(typed)}<br id="lineBreakAtBeginningOfMessage"><div><br>{_CITE}<div>{breaks(says)}</div>'
        f'<br class="Apple-interchange-newline"><div>{sent.html}</div></blockquote></div><br></body></html>'
    )
    return Body(f"{typed}\n\n{says}\n\n{quoted(sent.cells)}\n", page)


def apple_mail_below(typed: str, sent: Sent, language: str) -> Body:
    """Apple Mail where the author writes below the quote."""
    says = _am(sent, language)
    page = f"<body><div>{_CITE}<div>{breaks(says)}</div><div>{sent.html}</div></blockquote></div>{lines(typed)}</body>"
    return Body(f"\n{says}\n\n{quoted(sent.cells)}\n\n{typed}\n", page)


def iphone(typed: str, sent: Sent, language: str) -> Body:
    """Write as the iPhone: its signature stands above the quote, the attribution inside it behind a hidden mark."""
    says, device = _am(sent, language), {"de": "Von meinem iPhone gesendet", "en": "Sent from my iPhone"}[language]
    page = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">'
        f'<div dir="ltr">{breaks(typed)}</div><div dir="ltr"><br></div><div dir="ltr">{device}</div>'
        f'<div dir="ltr"><br>{_CITE}{breaks(says)}<br><br></blockquote></div>'
        f'{_CITE}<div dir="ltr">\ufeff{sent.html}</div></blockquote></body></html>'
    )
    return Body(f"{typed}\n\n{device}\n\n> {says}\n> \n> \ufeff{quoted(sent.cells)[2:]}\n", page, encoding="8bit")


def iphone_unquoted(typed: str, sent: Sent, language: str) -> Body:
    """Write as the iPhone set not to raise the quote level: nothing but the attribution marks the original."""
    device = {"de": "Von meinem iPad gesendet", "en": "Sent from my iPad"}[language]
    page = f'<body dir="auto">{breaks(typed)}<br><br><div dir="ltr">{device}</div><div><br>{_am(sent, language)}'
    return Body(f"{typed}\n\n{device}\n\n{_am(sent, language)}\n\n{sent.text}", f"{page}<br><br></div>{sent.html}")


def gmail_app(typed: str, sent: Sent, language: str) -> Body:
    """Gmail's app, whose attribution begins with the sender."""
    says = {
        "de": f"{sent.name} <{sent.address}> schrieb am Fr., 20. Nov. 2026,\n10:14:",
        "en": f"On Fri, 20 Nov 2026, 10:14 {sent.name}, <{sent.address}>\nwrote:",
    }[language]
    page = (
        f'<p dir="ltr">{breaks(typed)}</p>\n<br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{breaks(says)}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">{sent.html}</blockquote></div>'
    )
    return Body(f"{typed}\n\n{says}\n\n{wrapped(sent.flat)}\n", page, encoding="base64")


def samsung(typed: str, sent: Sent, language: str) -> Body:
    """Samsung's mail program, which marks the original by a line of words only."""
    device, banner = {
        "de": ("Von meinem Galaxy gesendet", "-------- Ursprüngliche Nachricht --------"),
        "en": ("Sent from my Galaxy", "-------- Original message --------"),
    }[language]
    block = head(sent, language).replace("Gesendet:", "Datum:").replace("Sent:", "Date:")
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">'
        f'{lines(typed)}<div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px">'
        f'{device}</div></div><div dir="auto"><br></div><div align="left" style="font-size:100%;color:#000000">'
        f"<div>{banner}</div>{lines(block)}<div><br></div></div>{sent.html}</body></html>"
    )
    return Body(f"{typed}\n\n\n{device}\n\n\n{banner}\n{block} \n\n{sent.flat}", page, encoding="base64")


def samsung_old(typed: str, sent: Sent, language: str) -> Body:
    """Write as an older Samsung, which sends no HTML."""
    device = {"de": "Von meinem Samsung Gerät gesendet.", "en": "Sent from my Samsung device"}[language]
    banner = {"de": "-------- Ursprüngliche Nachricht --------", "en": "-------- Original message --------"}[language]
    rows = {"de": f"Von: {sent.who} \nDatum: 20.11.2026  10:14  (GMT+01:00) \nAn: Büro \nBetreff: {sent.subject}"}
    rows["en"] = f"From: {sent.who} \nDate: 20/11/2026  10:14  (GMT+01:00) \nTo: Office \nSubject: {sent.subject}"
    return Body(f"{typed}\n\n\n{device}\n\n{banner}\n{rows[language]} \n\n{sent.text}\n")


def k9(typed: str, sent: Sent, language: str) -> Body:
    """K-9 Mail, with its signature between answer and quote."""
    device, says = {
        "de": (
            "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
            f"Am 20. November 2026 10:14:22 MEZ schrieb {sent.who}:",
        ),
        "en": (
            "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
            f"On November 20, 2026 10:14:22 AM GMT+01:00, {sent.who} wrote:",
        ),
    }[language]
    page = (
        f'<!DOCTYPE html><html><body><div dir="auto">{breaks(typed)}</div><br><br>'
        f'<div class=\'k9mail-signature\'>-- <br>{device}</div><br><br><div class="gmail_quote"><div dir="auto">'
        f'{breaks(says)}</div><blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex;">{sent.html}'
        "</blockquote></div></body></html>"
    )
    return Body(f"{typed}\n\n-- \n{device}\n\n{says}\n{quoted(sent.text, '>')}", page)


def k9_plain(typed: str, sent: Sent, language: str) -> Body:
    """K-9 Mail without a signature delimiter, as text."""
    device = {
        "de": "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "en": "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
    }[language]
    says = {"de": "Am 20. November 2026 10:14 schrieb", "en": "On 20 November 2026 10:14, wrote"}[language]
    return Body(f"{typed}\n{device}\n\n{says} {sent.who}:\n{quoted(sent.text, '>')}", flowed=True)


def yahoo_app(typed: str, sent: Sent, language: str) -> Body:
    """Yahoo's app, which indents the original instead of marking it."""
    device, says = {
        "de": (
            "Gesendet von Yahoo Mail auf Android",
            f"Am Fr., Nov. 20, 2026 at 10:14 schrieb {sent.name}<x@s.example>:",
        ),
        "en": ("Sent from Yahoo Mail on Android", f"On Fri, Nov 20, 2026 at 10:14, {sent.name}<x@s.example> wrote:"),
    }[language]
    page = (
        f'{breaks(typed)}<br><br><div id="ymail_android_signature"><a href="https://go.onelink.me/107872968">{device}'
        f'</a></div> <br> <blockquote style="margin: 0 0 20px 0;"> <div style="font-family:Roboto; color:#6D00F6;">'
        f' <div>{breaks(says)}</div> </div> <div style="padding: 10px 0 0 20px;">{sent.html}</div></blockquote>'
    )
    return Body(f"{typed}\n\n{device} \n \n  {says}   {sent.cells}  \n", page)


PHONES: dict[str, Client] = {
    "apple mail": apple_mail,
    "apple mail below": apple_mail_below,
    "iphone": iphone,
    "iphone unquoted": iphone_unquoted,
    "gmail app": gmail_app,
    "samsung": samsung,
    "samsung text": samsung_old,
    "k-9": k9,
    "k-9 text": k9_plain,
    "yahoo app": yahoo_app,
}
