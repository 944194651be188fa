"""Letters made to break whoever reads them: each SHAPE wraps a text into bytes, whoever is said to have written it.

`is_read` tells whether the text is understood all the same; where it is not, a person must look. Used by
test_hostile_pass.py and by benchmarks/hostile.py, which measures each; the embedded server itself bears no more than
some 100 levels, so deeper ones stand in receive/test_parse_hostile.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
TEXT = 'text/plain; charset="utf-8"'
MIXED = 'multipart/mixed; boundary="b"'
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Header fields and body around a text; `body` gets the text, `head` are fields in front of the others."""

    body: Callable[[str], str] = str
    is_read: bool = True
    content: str = TEXT
    head: Headers = ()
    lacks: tuple[str, ...] = ()


def plain(shape: str = "", charset: str = "utf-8") -> Callable[[str], str]:
    """Give a part of a multipart letter that holds the text."""
    return lambda text: f'--b\nContent-Type: text/plain; charset="{charset}"\n\n{text}\n{shape}--b--\n'


def parts(count: int) -> Callable[[str], str]:
    """Set the text in the first of so many parts."""
    return lambda text: f"--b\n\n{text}\n" + "--b\n\nhi\n" * count + "--b--\n"


def levels(count: int) -> Callable[[str], str]:
    """Set the text so many levels deep."""

    def nested(text: str) -> str:
        outer = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(count))
        return f"{outer}--b{count}\n\n{text}\n"

    return nested


def alternative(html: Callable[[str], str]) -> Callable[[str], str]:
    """Give HTML alone, made from the text."""
    return lambda text: html(text.replace("\n", "<br>\n"))


def attached(kind: str, content: str, name: str) -> Callable[[str], str]:
    """Set the text beside a named file."""
    field = (
        f'--b\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n\n{content}\n'
    )
    return plain(field)


HTML = 'text/html; charset="utf-8"'
NESTED_ANSWER = "From: buero@kruempel.example\nSubject: ok\n\nok\n=== MAILBOT v1 ===\nEREIGNIS: NEU\n=== ENDE ===\n"

SHAPES: dict[str, Shape] = {
    "sound": Shape(),
    "20 kB of newlines in front": Shape(lambda text: "\n" * 20_000 + text, is_read=False),
    "20 kB of newlines behind": Shape(lambda text: text + "\n" * 20_000),
    "On and 50,000 spaces": Shape(lambda text: f"{text}\nOn" + " " * 50_000),
    "a million > in one line": Shape(lambda text: f"{text}\n" + ">" * MEGABYTE, is_read=False),
    "5,000 parts": Shape(parts(5_000), is_read=False, content=MIXED),
    "10,000 parts": Shape(parts(10_000), is_read=False, content=MIXED),
    "1,000 parts": Shape(parts(1_000), is_read=False, content=MIXED),
    "250 parts": Shape(parts(250), content=MIXED),
    "100 levels": Shape(levels(100), is_read=False, content='multipart/mixed; boundary="b0"'),
    "20 levels": Shape(levels(20), content='multipart/mixed; boundary="b0"'),
    "no such charset": Shape(content="text/plain; charset=klingon-8"),
    "a codec that is no charset": Shape(content="text/plain; charset=punycode"),
    "broken base64": Shape(
        lambda text: "T2s=\n!!!Ä===", is_read=False, head=(("Content-Transfer-Encoding", "base64"),)
    ),
    "NUL in the text": Shape(lambda text: f"\0\0{text}\0"),
    "NUL in the head": Shape(head=(("X-Nul", "\0"), ("Sender", "a\0b"))),
    "NUL in a field's name": Shape(head=(("X-\0Nul", "x"),), is_read=False),
    "8-bit head": Shape(head=(("X-Size", "Größe \udcfc\udcff"), ("Comments", "Gr\udcfc\udce4e"))),
    "a field with an 8-bit name": Shape(head=(("X-Weiß", "x"),), is_read=False),
    "no Message-ID, no Date": Shape(lacks=("Message-ID", "Date", "To", "MIME-Version")),
    "year 1970": Shape(head=(("Date", "Thu, 01 Jan 1970 00:00:00 +0000"),)),
    "year 2099": Shape(head=(("Date", "Thu, 31 Dec 2099 23:59:59 +1400"),)),
    "no date at all in Date": Shape(head=(("Date", "gestern"), ("Message-ID", ""), ("Received", "\x0b"))),
    "a field of 300 kB": Shape(head=(("X-Long", "x" * 300_000),), is_read=False),
    "a folded field of 200 kB": Shape(head=(("X-Long", "\r\n ".join(["x" * 900] * 220)),)),
    "10,000 fields": Shape(head=(("X-A", "b"),) * 10_000),
    "a head line of 5,000": Shape(head=(("X-Long", "x" * 5_000),)),
    "a text line of 100,000": Shape(lambda text: f"{text}\n{'x' * 100_000}"),
    "lines that are no fields": Shape(head=(("X-A", "b\r\nkein Feld\r\n\x0b: x"),), is_read=False),
    "20,000 encoded words": Shape(head=(("X-A", "=?utf-8?q?=C3?= " * 1_200), ("Comments", "=?a?b?=" * 2_000))),
    "no body": Shape(lambda text: "", is_read=False),
    "no boundary": Shape(is_read=False, content="multipart/mixed"),
    "boundary that never comes": Shape(is_read=False, content='multipart/mixed; boundary="nie"'),
    "opaque": Shape(lambda text: "MIAG", is_read=False, content="application/pkcs7-mime; smime-type=enveloped-data"),
    "a letter in a letter": Shape(lambda text: f"From: x@y.example\n\n{text}", is_read=False, content="message/rfc822"),
    "a zip that is none": Shape(attached("application/zip", "PK\3\4 ok", "../../etc/ok.zip"), content=MIXED),
    "a letter attached": Shape(attached("message/rfc822", NESTED_ANSWER, "ok.eml"), content=MIXED),
    "a file named like an order": Shape(attached("text/plain", "ok", "ok\u202e.txt"), content=MIXED),
    "HTML of 400 levels": Shape(
        alternative(lambda text: "<div>" * 400 + text + "</div>" * 400), is_read=False, content=HTML
    ),
    "HTML of 100,000 elements": Shape(
        alternative(lambda text: text + "<b>x</b>" * 100_000), is_read=False, content=HTML
    ),
    "HTML that is broken": Shape(alternative(lambda text: f"<html><body>{text}<table><a href='\0<"), content=HTML),
    "HTML with a script": Shape(alternative(lambda text: f"<script>ok</script>{text}<style>ok</style>"), content=HTML),
    "bidi and zero width": Shape(lambda text: "\u202e\u200b\ufeff" + text.replace(": ", ":\u200b \u2066")),
    "line ends of all kinds": Shape(lambda text: text + "\nX: a\x0bok\x0cok\x85ok\u2028ok\u2029ok\rok"),
    "8 MB of text": Shape(lambda text: f"{text}\n" + ("x" * 76 + "\n") * 105_000, is_read=False),
    "24 MB in one line": Shape(lambda text: f"{text}\n" + "x" * 24 * MEGABYTE, is_read=False),
    "24 MB of lines": Shape(lambda text: f"{text}\n" + "x\n" * 8 * MEGABYTE, is_read=False),
    "24 MB attached": Shape(attached("application/zip", ("QUJD" * 19 + "\n") * 310_000, "auszug.zip"), content=MIXED),
}
# The embedded server takes seconds over each; the benchmark measures them.
LARGE = ("5,000 parts", "10,000 parts", "8 MB of text", "24 MB in one line", "24 MB of lines", "24 MB attached")
