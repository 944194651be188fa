"""Letters built to take for ever: floods of one character, of lines, tags, parts and levels, as text and as HTML.

Each is given as bytes below a proven person's headers. `benchmarks/floods.py` measures time and memory of each; a test
asserts what comes of them.
"""

from collections.abc import Callable

from understand_story import DOMAIN, OFFICE, OWN, REVIEW, passed

HEADERS = (
    f"Authentication-Results: {passed(OFFICE)}\r\nFrom: Jemand <{OFFICE}>\r\nTo: {OWN}\r\nSubject: AW: Anfrage\r\n"
    f"In-Reply-To: <{REVIEW}@{DOMAIN}>\r\nMIME-Version: 1.0\r\n"
)
TEXTS: dict[str, Callable[[], str]] = {
    "20 kB of newlines": lambda: "\n" * 20_000,
    "500 kB of newlines": lambda: "\n" * 500_000,
    "On and 50 k spaces": lambda: "On" + " " * 50_000,
    "On, spaces, wrote": lambda: ("On 1" + " " * 990 + "wrote\n") * 400,
    "1 M quote marks": lambda: ">" * 1_000_000,
    "1 MB of quoted lines": lambda: "> ok\n" * 200_000,
    "nested quote marks": lambda: "\n".join(">" * n for n in range(1, 1400)),
    "Am lines": lambda: "Am 1.1.2026 um\n" * 30_000,
    "attributions": lambda: "Am 1.1.2026 um 10:00 schrieb X:\n\n" * 14_000,
    "header names": lambda: "Von:\n" * 90_000,
    "header blocks": lambda: "Von: x\n\n\nhier\n\n" * 30_000,
    "rules": lambda: "________\n\n" * 45_000,
    "one word": lambda: "ok " * 160_000,
    "one long word": lambda: "a" * 499_000,
    "dashes": lambda: "-" * 500_000,
    "tildes": lambda: "~~" * 240_000,
    "open tildes": lambda: "~~a\n" * 120_000,
    "brackets": lambda: "(" * 400_000,
    "angles": lambda: "<" * 400_000,
    "numbers": lambda: "1 " * 240_000,
    "numbered": lambda: "1 ok, " * 80_000,
    "numbered lines": lambda: "1 ok\n" * 90_000,
    "commas": lambda: "ok" + "," * 400_000,
    "thanks": lambda: "ok" + " danke" * 80_000,
    "regards": lambda: "ok, viele grüße " + "a " * 200_000,
    "prices": lambda: "ok" + " preis 1" * 60_000,
    "changes": lambda: "ändern " + "1.1. " * 90_000,
    "address": lambda: "ok ADRESSE: " + "a 1 " * 100_000,
    "combining": lambda: "a" + "\u0301" * 249_000,
    "invisible": lambda: "\u200b" * 160_000 + "a",
    "ligatures": lambda: "\ufdfa" * 160_000,
    "carriage returns": lambda: "\r" * 400_000,
    "banners": lambda: "achtung " * 60_000 + "extern",
    "greetings": lambda: "Hallo\n" * 80_000,
    "codes": lambda: "QNBZAQPTAITT\n" * 38_000,
}
PAGES: dict[str, Callable[[], str]] = {
    "30 k divisions": lambda: "<div>a</div>" * 30_000,
    "100 levels": lambda: "<div>" * 100 + "a",
    "100 k levels": lambda: "<div>" * 100_000 + "a",
    "quotes in quotes": lambda: "<blockquote>" * 100 + "ok" + "</blockquote>" * 100,
    "20 k quotes": lambda: "<blockquote>ok</blockquote>" * 20_000,
    "tables in tables": lambda: "<table><tr><td>" * 45 + "a",
    "open tags": lambda: "<" * 400_000,
    "entities": lambda: "&nbsp;" * 80_000,
    "empty lines": lambda: "<p>&nbsp;</p>" * 29_000,
    "spans": lambda: "<p>" + "<span>&nbsp;</span>" * 20_000,
    "one style": lambda: f"<p style='{'a:b;' * 100_000}'>a",
    "classes": lambda: f"<p class='{'gmail_quote ' * 40_000}'>a",
    "attributes": lambda: "<p " + " ".join(f"a{n}=1" for n in range(40_000)) + ">a",
    "attributes in tags": lambda: ("<p " + " ".join(f"a{n}" for n in range(1000)) + ">a") * 90,
    "attributes behind a quote": lambda: '<p a=">" ' + " ".join(f"a{n}" for n in range(40_000)) + ">a",
    "open values": lambda: '<a b="' * 60_000,
    "open values in turn": lambda: "<a b=\"<a b='" * 35_000,
    "equal signs": lambda: "<a " + "=" * 400_000,
    "comments": lambda: "<!--" * 100_000,
    "rules": lambda: "<hr>" * 29_000,
}


def _one(kind: str, content: str) -> bytes:
    return f"{HEADERS}Content-Type: {kind}; charset=utf-8\r\n\r\n{content}".encode()


def _parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nok\r\n"
    return f'{HEADERS}Content-Type: multipart/mixed; boundary="b"\r\n\r\n'.encode() + part * count + b"--b--"


def _levels(count: int) -> bytes:
    inner = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(count))
    return f"{HEADERS}{inner}Content-Type: text/plain\r\n\r\nok\r\n".encode()


FLOODS: dict[str, Callable[[], bytes]] = {
    **{f"text: {name}": lambda make=make: _one("text/plain", make()) for name, make in TEXTS.items()},  # type: ignore[misc]  # bound early
    **{f"html: {name}": lambda make=make: _one("text/html", make()) for name, make in PAGES.items()},  # type: ignore[misc]  # bound early
    **{
        f"html: text, {name}": lambda make=make: _one("text/html", make().replace("\n", "<br>"))  # type: ignore[misc]  # bound early
        for name, make in TEXTS.items()
    },
    "parts: 5,000": lambda: _parts(5_000),
    "parts: 10,000": lambda: _parts(10_000),
    "levels: 100": lambda: _levels(100),
    "levels: 3,000": lambda: _levels(3_000),
}
