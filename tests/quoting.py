"""How mail programs set an answer and the mail it answers: text, HTML or both. Shapes of FIELD-NOTES, shortened."""

import html as escape
from collections.abc import Callable

Style = Callable[[str, str], tuple[str | None, str | None]]

_HEADERS = (
    "Von: Soccer-Kirche <buchung@soccer-kirche.example>\nGesendet: Freitag, 20. November 2026 10:14\n"
    "An: Büro Krümpel <buero@kruempel.example>\nBetreff: Anfrage QNBZAQPTAITT"
)
_ENGLISH = (
    "From: Soccer-Kirche <buchung@soccer-kirche.example>\nSent: Friday, November 20, 2026 10:14 AM\n"
    "To: Office <buero@kruempel.example>\nSubject: Request QNBZAQPTAITT"
)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _html(text: str) -> str:
    return escape.escape(text).replace("\n", "<br>\n")


def _wrapped(text: str) -> str:
    """Quote as old programs do: long lines broken, the rest unmarked."""
    lines = [part for line in text.split("\n") for part in (f"> {line[:40]}", *([line[40:]] if line[40:] else []))]
    return "\n".join(lines)


STYLES: dict[str, Style] = {
    "apple": lambda a, o: (
        f"{a}\n\nAm 20.11.2026 um 10:14 schrieb Soccer-Kirche <b@s.example>:\n\n{_quoted(o)}\n",
        None,
    ),
    "gmail": lambda a, o: (
        f"{a}\n\nAm Fr., 20. Nov. 2026 um 10:14 Uhr schrieb Soccer-Kirche <\nbuchung@s.example>:\n\n{_quoted(o)}",
        f'<div dir="ltr">{_html(a)}</div><br><div class="gmail_quote"><div class="gmail_attr">Am Fr., 20. Nov. 2026 um'
        f" 10:14 Uhr schrieb Soccer-Kirche:<br></div><blockquote>{_html(o)}</blockquote></div>",
    ),
    "gmx": lambda a, o: (
        f'{a}\n\nGesendet: Freitag, 20. November 2026 um 10:14 Uhr\nVon: "Soccer-Kirche" <b@s.example>\nAn: "Büro"\n'
        f"Betreff: Anfrage\n{o}",
        None,
    ),
    "gmx html": lambda a, o: (None, f'<div>{_html(a)}</div><div name="quote">{_HEADERS}<br>{_html(o)}</div>'),
    "iphone": lambda a, o: (
        f"{a}\n\nVon meinem iPhone gesendet\n\n> Am 20.11.2026 um 10:14 schrieb S <b@s.example>:\n> \n{_quoted(o)}",
        None,
    ),
    "iphone unquoted": lambda a, o: (f"{a}\n\nAm 20.11.2026 um 10:14 schrieb S <b@s.example>:\n\n{o}", None),
    "outlook": lambda a, o: (f"{a}\n\nMit freundlichen Grüßen\nP. Büro\n\n{_HEADERS}\n\n{o}", None),
    "outlook english": lambda a, o: (f"{a}\n\n{_ENGLISH}\n\n{o}", None),
    "outlook line": lambda a, o: (f"{a}\n{'_' * 32}\n{_HEADERS}\n\n{o}", None),
    "outlook bold": lambda a, o: (
        f"{a}\n\n" + "\n\n".join(f"*{line.replace(':', ':*', 1)}" for line in _HEADERS.split("\n")) + f"\n\n{o}",
        None,
    ),
    "outlook html": lambda a, o: (
        None,
        f'<p class="MsoNormal">{_html(a)}</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f"<p>{_html(_HEADERS)}</p></div></div><p>{_html(o)}</p>",
    ),
    "outlook web": lambda a, o: (
        None,
        f'<div>{_html(a)}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{_html(_HEADERS)}</div>'
        f"<div>{_html(o)}</div>",
    ),
    "original": lambda a, o: (f"{a}\n\n-----Ursprüngliche Nachricht-----\n{_HEADERS}\n\n{o}", None),
    "t-online": lambda a, o: (f"{a}\n\n-----Original-Nachricht-----\nBetreff: x\nVon: y\n\n{o}", None),
    "samsung": lambda a, o: (
        f"{a}\n\n\n-------- Ursprüngliche Nachricht --------\nVon: S <b@s.example>\nDatum: 20.11.26 10:14\nAn: B\n"
        f"Betreff: x\n\n{o}",
        None,
    ),
    "notes": lambda a, o: (
        f"{a}\n\n\nVon:\tS <b@s.example>\nAn:\tB\nDatum:\t20.11.2026 10:14\nBetreff:\tx\n\n\n{o}",
        None,
    ),
    "yahoo": lambda a, o: (
        f"{a}\n\n Am Freitag, 20. November 2026 um 10:14:00 MEZ hat S <b@s.example> Folgendes geschrieben:  \n \n {o}",
        f'<div>{_html(a)}</div><div class="yahoo_quoted">Am Freitag hat S geschrieben:<br>{_html(o)}</div>',
    ),
    "thunderbird below": lambda a, o: (
        f"Am 20.11.26 um 10:14 schrieb Soccer-Kirche:\n{_quoted(o)}\n\n{a}\n\n-- \nP. Büro\nBüro Krümpel",
        f'<div class="moz-cite-prefix">Am 20.11.26 um 10:14 schrieb S:<br></div><blockquote type="cite">{_html(o)}'
        f'</blockquote><p>{_html(a)}</p><pre class="moz-signature">-- <br>P. Büro</pre>',
    ),
    "thunderbird above": lambda a, o: (f"{a}\n\nAm 20.11.26 um 10:14 schrieb S:\n{_quoted(o)}\n", None),
    "english": lambda a, o: (f"{a}\n\nOn Fri, 20 Nov 2026 at 10:14, S <b@s.example> wrote:\n\n{_quoted(o)}", None),
    "other tongue": lambda a, o: (
        f"{a}\n\nIl giorno 20 nov 2026, alle 10:14, S <b@s.example> scrisse:\n\n{_quoted(o)}",
        None,
    ),
    "between": lambda a, o: (f"{_quoted(o)}\n\n{a}\n\n{_quoted(o)}", None),
    "broken quote": lambda a, o: (f"{a}\n\nAm 20.11.26 um 10:14 schrieb S:\n{_wrapped(o)}\n", None),
    "bare quote": lambda a, o: (f"{a}\n\n{_quoted(o)}", None),
    "no mark": lambda a, o: (f"{a}\n\n{o}", None),
}
