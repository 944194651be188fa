"""A letter as read once from its bytes: what it says, in which shape, and what made us wonder."""

from base64 import encodebytes
from datetime import UTC, datetime
from email.message import EmailMessage
from quopri import encodestring

import pytest

from mailbot.model.letter import Attachment, Letter
from mailbot.receive import parse
from mailbot.receive.parts import GARBLED, OPAQUE

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def read(raw: bytes | str) -> Letter:
    return parse.letter("letter:test", NOW, raw.encode() if isinstance(raw, str) else raw)


def mixed(*parts: str, kind: str = "mixed") -> str:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"From: a@b.example\nContent-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n"


def text(words: str, more: str = "") -> str:
    return f"Content-Type: text/plain; charset=utf-8{more}\n\n{words}"


def html(words: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n{words}"


def test_plain_letter_is_read() -> None:
    """A plain letter gives its fields, its text and the SHA-256 of its bytes."""
    letter = read(b"From: a@b.example\r\nSubject: Hi\r\n\r\nok\r\n\r\ndanke\r\n")
    assert letter == Letter(
        key="letter:test",
        digest="eef6d8135c086dfe24966db27456b5844b72f6de92f80894de2066cf58391917",
        received_at=NOW,
        headers=(("From", "a@b.example"), ("Subject", "Hi")),
        text="ok\n\ndanke\n",
    )


HEADERS = {
    "order and doubles": (b"From: a@b\nTo: x\nFrom: c@d\n", (("From", "a@b"), ("To", "x"), ("From", "c@d"))),
    "space before colon": (b"From : a@b\nFROM\t: c@d\n", (("From ", "a@b"), ("FROM ", "c@d"))),
    "folded": (b"Subject: a\r\n b\r\n\tc\r\n", (("Subject", "a b c"),)),
    "control characters": (b"Subject: a\x00b\x0b\x1bc\rBcc: x\n", (("Subject", "a b c Bcc: x"),)),
    "encoded line end": (b"Subject: =?utf-8?q?a=0D=0ABcc:_x?=\n", (("Subject", "a Bcc: x"),)),
    "two words, one letter": (b"Subject: =?utf-8?b?w7w=?= =?utf-8?b?w7w=?=\n", (("Subject", "üü"),)),
    "a letter cut in two": (b"Subject: =?utf-8?q?=C3?=\n =?utf-8?q?=BC?=\n", (("Subject", "ü"),)),
    "not base64": (b"Subject: =?utf-8?b?a?=\n", (("Subject", "=?utf-8?b?a?="),)),
    "unknown charset": (b"Subject: =?x-none?q?=C3=BC?=\n", (("Subject", "ü"),)),
    "punycode": (b"Subject: =?punycode?q?a-b?=\n", (("Subject", "a-b"),)),
    "spaces inside": (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe aus?=\n", (("Subject", "Grüße aus"),)),
    "utf-8": ("Subject: Grüße\n".encode(), (("Subject", "Grüße"),)),
    "latin-1": ("Subject: Grüße\n".encode("latin-1"), (("Subject", "Grüße"),)),
    "mailbox line": (b"From x Mon\nSubject: a\n", (("Subject", "a"),)),
    "separators of Unicode": ("Subject: a\u2028b\u0085c\n".encode(), (("Subject", "a b c"),)),
    "name": (b"From: =?utf-8?q?B=C3=BCro?= <a@b>\n", (("From", "Büro <a@b>"),)),
    "name with comma": (b"From: =?utf-8?q?B=2C_A?= <a@b>\n", (("From", '"B, A" <a@b>'),)),
    "name with comma in quotes": (b'From: "=?utf-8?q?B=2C_A?=" <a@b>\n', (("From", '"B, A" <a@b>'),)),
    "encoded address": (b"From: =?utf-8?q?a=40b?=\n", (("From", '"a@b"'),)),
    "encoded address before one": (b"From: =?utf-8?q?a=40b=3E?= <x@y>\n", (("From", '"a@b>" <x@y>'),)),
    "encoded quote": (b"From: =?utf-8?q?=22_=3Ca=40b=3E?= <x@y>\n", (("From", '" <a@b>" <x@y>'),)),
    "encoded quote in quotes": (b'From: "=?utf-8?q?=22_=3Ca=40b=3E?=" <x@y>\n', (("From", '" <a@b>" <x@y>'),)),
    "subject is no address": (b"Subject: =?utf-8?q?a=40b?=\n", (("Subject", "a@b"),)),
}


@pytest.mark.parametrize(("raw", "expected"), HEADERS.values(), ids=HEADERS)
def test_header_fields_stay_what_they_are(raw: bytes, expected: tuple[tuple[str, str], ...]) -> None:
    """Fields come in order, as written, decoded in one line; decoding never makes an address."""
    assert read(raw + b"\nhi").headers == expected
    assert parse.head(7, 99, NOW, raw).headers == expected


def test_line_that_is_no_field_is_told() -> None:
    """A line in the head that is no field is passed over, told, and what follows is read."""
    letter = read(b"From: a@b\nwhat is this\nFrom: c@d\n\nhi\n")
    assert letter.all("From") == ("a@b", "c@d")
    assert len(letter.surprises) == 1


FLOWED = "nein: Halle zu\n> q \n> r\n x\n-- \nM\n"
SHAPES = {
    "text alone": (text("hi"), "hi", None),
    "no header at all": ("hallo du\n", "hallo du\n", None),
    "html alone": (html("<p>hi"), None, "<p>hi"),
    "both": (mixed(text("hi"), html("<p>hi"), kind="alternative"), "hi", "<p>hi"),
    "html first": (mixed(html("<p>hi"), text("hi"), kind="alternative"), "hi", "<p>hi"),
    "Apple: picture between": (
        mixed(text("oben\n"), "Content-Type: image/png; name=x.png\n\nx", text("unten\n")),
        "oben\n\nunten\n",
        None,
    ),
    "Apple: empty end": (mixed(text("ok"), "Content-Type: image/png\n\nx", text("\n\n")), "ok", None),
    "html, then a text": (mixed(html("<p>ja"), text("1 < 2")), None, "<p>ja\n<pre>1 &lt; 2</pre>"),
    "empty": (text(""), "", None),
    "signed": (mixed(text("ok"), "Content-Type: application/pkcs7-signature\n\nx", kind="signed"), "ok", None),
    "related": (mixed(html("<p>hi"), text("no"), kind="related"), None, "<p>hi"),
    "attached text": (mixed(text("hi"), text("no", "\nContent-Disposition: attachment")), "hi", None),
    "named text": (mixed(text("hi"), text("no", "; name=x.txt")), "hi", None),
    "named body": (text("hi", "; name=x.txt"), "hi", None),
    "forwarded letter": (mixed(text("hi"), "Content-Type: message/rfc822\n\nSubject: x\n\nOK\n"), "hi", None),
    "digest": (mixed("\nSubject: x\n\nOK\n", kind="digest"), None, None),
    "attached container": (
        mixed(
            text("hi"), mixed(text("no")).replace("--b", "--c").replace("=b\n", "=c\nContent-Disposition: attachment\n")
        ),
        "hi",
        None,
    ),
    "CRLF": (text("a\r\nb\r\n"), "a\nb\n", None),
    "CR alone": ("Subject: x\r\ra\rb\r", "a\nb\n", None),
    "a bare CR among lines": (text("> a\rok\n"), "> a ok\n", None),
    "a bare CR begins no part": (
        mixed("\nhi\r--b\rContent-Type: text/plain\r\rOK"),
        "hi --b Content-Type: text/plain  OK",
        None,
    ),
    "a bare CR in base64": (
        text(encodebytes(b"> a\rok\r\n").decode(), "\nContent-Transfer-Encoding: base64"),
        "> a ok\n",
        None,
    ),
    "what else breaks lines": (text("> a\x0bok\x0cok\u2028ok\u0085ok\n"), "> a ok ok ok ok\n", None),
    "flowed": (text("nein: Halle \nzu\n> q \n> r\n  x\n-- \nM\n", "; format=flowed"), FLOWED, None),
    "flowed with delsp": (text("Halle \nn\n", "; format=Flowed; delsp=yes"), "Hallen\n", None),
}


@pytest.mark.parametrize(("raw", "words", "markup"), SHAPES.values(), ids=SHAPES)
def test_the_authors_words_are_found(raw: str, words: str | None, markup: str | None) -> None:
    """Text and HTML are what the author wrote: joined where split, and nothing that is attached."""
    letter = read(raw)
    assert (letter.text, letter.html) == (words, markup)


CHARSETS = {
    "latin-1": ("iso-8859-1", "Ändern 45 €".encode("cp1252"), ()),
    "utf-16": ("utf-16", "Ändern 45 €".encode("utf-16"), ()),
    "with BOM": ("utf-8", "\ufeffÄndern 45 €".encode(), ()),
    "not named": (None, "Ändern 45 €".encode("cp1252"), ()),
    "named wrongly, utf-8": ("us-ascii", "Ändern 45 €".encode(), ()),
    "named ascii, is latin-1": ("us-ascii", "Ändern 45 €".encode("cp1252"), ()),
    "unknown, utf-8": ("x-none", "Ändern 45 €".encode(), ()),
    "unknown, latin-1": ("x-none", "Ändern 45 €".encode("cp1252"), (GARBLED,)),
    "not utf-8": ("utf-8", "Ändern 45 €".encode("cp1252"), (GARBLED,)),
    "escapes": ("unicode_escape", "Ändern 45 €".encode(), ()),
    "no text": ("zlib", "Ändern 45 €".encode(), ()),
    "NUL": ('"\x00"', "Ändern 45 €".encode(), ()),
}


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize(("charset", "data", "surprises"), CHARSETS.values(), ids=CHARSETS)
def test_charsets(charset: str | None, data: bytes, surprises: tuple[str, ...], encoding: str) -> None:
    """Text is read by its charset, by UTF-8, else guessed; a guess against the charset is told."""
    body = {"8bit": data, "base64": encodebytes(data), "quoted-printable": encodestring(data)}[encoding]
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    letter = read(f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body)
    assert (letter.text or "").strip() == "Ändern 45 €"
    assert letter.surprises == surprises


OPAQUES = {
    "S/MIME": "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nMIIB",
    "S/MIME as a file": 'Content-Type: application/octet-stream; name="smime.p7m"\n\nMIIB',
    "PGP": mixed("Content-Type: application/pgp-encrypted\n\nVersion: 1", kind="encrypted"),
    "PGP, taken apart": mixed(text(""), "Content-Type: application/pgp-encrypted\n\nVersion: 1"),
    "PGP in the text": text("Hallo\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n"),
    "winmail.dat only": mixed(text(""), "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"),
}


@pytest.mark.parametrize("raw", OPAQUES.values(), ids=OPAQUES)
def test_what_nobody_can_read_is_opaque(raw: str) -> None:
    """Encrypted letters and those that only Outlook can read are told as opaque."""
    assert read(raw).surprises == (OPAQUE,)


def test_what_can_be_read_is_not_opaque() -> None:
    """A winmail.dat beside a text, and certificates alone, are nothing to wonder at."""
    assert read(mixed(text("ok"), "Content-Type: application/ms-tnef; name=winmail.dat\n\nx")).surprises == ()
    certificates = "Content-Type: application/pkcs7-mime; smime-type=certs-only; name=smime.p7c\n\nx"
    assert read(mixed(text("ok"), certificates)).surprises == ()


def test_attachments_are_named_and_unpacked() -> None:
    """Named parts come as attachments with their bytes; folders and control characters leave their names."""
    message = EmailMessage()
    message.set_content("hi")
    message.add_attachment(b"\x00\xff" * 9, maintype="application", subtype="pdf", filename="Büro/../Ü 1\t.pdf")
    message.add_attachment("Datum;Betrag\nü\n", subtype="csv", charset="latin-1", cte="8bit", filename="umsatz.csv")
    inner = "Content-Type: message/rfc822; name=alt.eml\n\nSubject: x\n\nOK\n"
    unnamed = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAEC*A"
    assert read(message.as_bytes()).attachments == (
        Attachment("Ü 1 .pdf", "application/pdf", b"\x00\xff" * 9),
        Attachment("umsatz.csv", "text/csv", "Datum;Betrag\nü\n".encode("latin-1")),
    )
    assert read(mixed(text("hi"), inner, unnamed)).attachments == (
        Attachment("alt.eml", "message/rfc822", b""),
        Attachment("", "application/pdf", b"\x00\x01\x02"),
    )


def test_delivery_report_is_read() -> None:
    """A report gives its type, and its text, status fields and the returned letter's head, but not its body."""
    status = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: x\n\nFinal-Recipient: rfc822; a@b\nStatus: 5.1.1\n"
    )
    returned = "Content-Type: message/rfc822\n\nMessage-ID:\n <token@us.example>\nSubject: Code\n\nOK 482913\n"
    raw = mixed(text("not delivered\n"), status, returned, kind="report; report-type=Delivery-Status")
    letter = read(raw)
    assert (letter.content_type, letter.report_type) == ("multipart/report", "delivery-status")
    assert letter.text == "not delivered\n"
    assert letter.report == (
        "not delivered\n\nReporting-MTA: x\n\nFinal-Recipient: rfc822; a@b\nStatus: 5.1.1\n\n"
        "Message-ID: <token@us.example>\nSubject: Code"
    )
    assert (letter.attachments, letter.surprises) == ((), ())


def test_read_receipt_is_told_by_its_type() -> None:
    """An Outlook read receipt is known by its report-type alone."""
    receipt = (
        "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    )
    letter = read(mixed(text("Gelesen"), receipt, kind='report; report-type="disposition-notification"'))
    assert letter.report_type == "disposition-notification"
    assert "Disposition: manual-action" in letter.report
