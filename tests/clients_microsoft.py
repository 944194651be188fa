"""How Microsoft's programs set an answer: Outlook for the desktop, the Mac, the web, iOS and Android, Windows Mail.

Their common mark is a header block without any quote marks below it; in HTML a line above, or an empty element.
"""

import html as escape
import re

from mailing import Body, Client, Sent, head, head_html, lines

_IOS, _ANDROID = "https://aka.ms/o0ukef", "https://aka.ms/AAb9ysg"
_WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>'
    '<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!--\np.MsoNormal {margin:0cm;}\n-->'
    '</style></head><body lang="DE" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">'
    '<div class="WordSection1">'
)


def _word(typed: str) -> str:
    shown = (escape.escape(line) or "<o:p>&nbsp;</o:p>" for line in typed.split("\n"))
    return "".join(f'<p class="MsoNormal"><span style="mso-fareast-language:EN-US">{line}</span></p>' for line in shown)


def _renamed(html: str) -> str:
    """Write a quoted HTML as Word does: classes of its own, the sender's divisions as paragraphs."""
    html = re.sub(r' class="[^"]*"', "", html)
    html = html.replace("<table", '<table class="MsoNormalTable"')
    return re.sub(r"<div[^>]*>(.*?)</div>", r'<p class="MsoNormal">\1<o:p></o:p></p>', html, flags=re.DOTALL)


def desktop(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for Windows, which writes with Word."""
    rule = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
    original = f'<div><div style="{rule}"><p class="MsoNormal">{head_html(sent, language)}</p></div></div>'
    page = f"{_WORD}{_word(typed)}<p class=MsoNormal><o:p>&nbsp;</o:p></p>{original}{_renamed(sent.html)}</div></body>"
    text = f"{typed}\n\n\n{head(sent, language)}\n\n{sent.flat}"
    return Body(text, page, encoding="base64")


def desktop_text(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for Windows answering as plain text."""
    banner = {"de": "-----Ursprüngliche Nachricht-----", "en": "-----Original Message-----"}[language]
    return Body(f"{typed}\n\n{banner}\n{head(sent, language)}\n\n{sent.text}\n")


def desktop_marked(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for Windows set to mark the original with `> `, headers and all."""
    whole = f"-----Original Message-----\n{head(sent, language)}\n\n{sent.text}".split("\n")
    return Body(f"{typed}\n\n" + "\n".join(f"> {line}" for line in whole))


def mac(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for the Mac, whose block says Date where Windows says Sent."""
    block = head(sent, language).replace("Gesendet:", "Datum:").replace("Sent:", "Date:")
    rows = block.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    rule = "border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"
    page = f'{_WORD}{_word(typed)}<div style="{rule}"><p class="MsoNormal">{rows}</p></div>{_renamed(sent.html)}</div>'
    bold = "\n".join("*" + line.replace(":", ":* ", 1) for line in block.split("\n"))
    return Body(f"{typed}\n\n{bold}\n\n{sent.flat}", page)


def web(typed: str, sent: Sent, language: str) -> Body:
    """Outlook on the web, which marks only where the original begins."""
    page = (
        f'<html><head><style type="text/css" style="display:none;">P {{margin-top:0;}}</style></head><body dir="ltr">'
        f'{lines(typed)}<div class="elementToProof"><br></div><div id="appendonsend"></div>'
        f'<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f'<font face="Calibri, sans-serif" style="font-size:11pt">{head_html(sent, language)}</font><div>&nbsp;</div>'
        f"</div><div>{sent.html}</div></body></html>"
    )
    return Body(f"{typed}\n\n{'_' * 32}\n{head(sent, language)}\n\n{sent.flat}\n", page)


def _mobile(typed: str, sent: Sent, language: str, device: str, shown: str) -> Body:
    page = (
        f'<html><body><div dir="ltr">{lines(typed)}</div><div id="ms-outlook-mobile-signature"><div><br></div>{shown}'
        f'</div><div id="mail-editor-reference-message-container"><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr">{head_html(sent, language)}<div>&nbsp;</div></div>{sent.html}</div></body>'
    )
    return Body(f"{typed}\n\n{device}\n{'_' * 32}\n{head(sent, language)}\n\n{sent.flat}", page)


def ios(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for iOS."""
    says, name = {"de": ("Gesendet von", "Outlook für iOS"), "en": ("Get", "Outlook for iOS")}[language]
    return _mobile(typed, sent, language, f"{says} {name}<{_IOS}>", f'{says} <a href="{_IOS}">{name}</a>')


def android(typed: str, sent: Sent, language: str) -> Body:
    """Outlook for Android."""
    says, name = {"de": ("Beziehen Sie", "Outlook für Android"), "en": ("Get", "Outlook for Android")}[language]
    return _mobile(typed, sent, language, f"{says} {name}<{_ANDROID}>", f'{says} <a href="{_ANDROID}">{name}</a>')


def mobile_plain(typed: str, sent: Sent, language: str) -> Body:
    """Outlook's app where no element is named: the block alone stands above the original."""
    says = {"de": "Holen Sie sich Outlook für iOS", "en": "Sent from Outlook for iOS"}[language]
    page = f"<div>{lines(typed)}<br>{says}<hr>{head_html(sent, language)}<br><br>{sent.html}</div>"
    return Body(None, page)


def windows_mail(typed: str, sent: Sent, language: str) -> Body:
    """Windows Mail, whose line above the original is made of three properties."""
    says = {"de": "Gesendet von Mail für Windows", "en": "Sent from Mail for Windows"}[language]
    rule = "padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid;"
    page = f'<body dir="ltr"><div>{lines(typed)}<div><br></div><div>{says}</div><div><br></div><div style="{rule}">'
    page += f'<div><font face="Calibri">{head_html(sent, language)}</font></div></div><div><br></div>{sent.html}</div>'
    return Body(f"{typed}\n\n{says}\n\n{head(sent, language)}\n\n{sent.flat}", page)


MICROSOFT: dict[str, Client] = {
    "outlook desktop": desktop,
    "outlook desktop text": desktop_text,
    "outlook desktop marked": desktop_marked,
    "outlook mac": mac,
    "outlook web": web,
    "outlook ios": ios,
    "outlook android": android,
    "outlook app plain": mobile_plain,
    "windows mail": windows_mail,
}
