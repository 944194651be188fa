"""compose: the bytes of a mail, as servers and mail programs see them."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from outgoing import COMPOSER, NAMES, ORDERS, RULES, TEMPLATES, mail

from mailbot.errors import AskHumanError
from mailbot.model.mail import MailOrder, Matter, MatterKind, Thread
from mailbot.model.people import Role
from mailbot.send import mime
from mailbot.send.cast import NOW
from mailbot.send.compose import Composer

NOBODY = Thread()


def order_of(kind: str, language: str = "de") -> MailOrder:
    return next(order for order in ORDERS if order.kind == kind and order.reader.language == language)


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def to_reader(order: MailOrder, **changes: Any) -> MailOrder:
    return replace(order, reader=replace(order.reader, **changes))


def shape(part: EmailMessage) -> Any:
    if part.is_multipart():
        return part.get_content_subtype(), [shape(sub) for sub in part.iter_parts()]  # type: ignore[arg-type]  # policy.default gives EmailMessage parts
    return part.get_filename() or part.get_content_type()


@pytest.mark.parametrize("order", ORDERS, ids=NAMES)
def test_every_mail_is_sound_on_the_wire(order: MailOrder) -> None:
    """Every mail is ASCII with CRLF line ends and lines as short as RFC 5322 would have them."""
    raw = COMPOSER.compose(replace(order, attach=()), NOBODY, NOW).raw
    assert raw.isascii()
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("name", NAMES)
def test_pythons_parser_finds_nothing_wrong(name: str) -> None:
    """The email package reads every mail without noting a defect, in header fields as in parts."""
    message = mail(name).message
    assert [part.defects for part in message.walk() if part.defects] == []
    assert [value for value in message.values() if getattr(value, "defects", ())] == []


def test_header_fields_are_those_of_the_contract() -> None:
    """A mail carries what scripts rely on, each field once, and no Bcc."""
    composed = COMPOSER.compose(order_of("customer/confirmed"), NOBODY, NOW)
    message = parsed(composed.raw)
    assert composed.message_id == "<a2b3c4d5e6f7g2h3i4j5k6l7m2@soccer-kirche.example>"
    assert len(composed.message_id) <= 60
    assert dict(message.items()) == {
        "Date": "Fri, 20 Nov 2026 10:14:00 +0100",
        "From": "Soccer-Kirche <buchung@soccer-kirche.example>",
        "To": "Sabine Müller-Lüdenscheidt <sabine.mueller@kunde.example>",
        "Reply-To": "Soccer-Kirche <buchung@soccer-kirche.example>",
        "Subject": "Bestätigt: Sa., 28.11.2026, 19:30–20:30 Uhr, Soccer-Kirche",
        "Message-ID": composed.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
        "Mailbot-Kind": "customer/confirmed",
        "Mailbot-Booking": "QNBZAQPTAITT",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/mixed; boundary="=_mailbot_1"',
    }


def test_parts_are_nested_as_mail_programs_expect() -> None:
    """Text and page are alternatives, the picture belongs to the page, the papers to the whole."""
    page = ("related", ["text/html", "girocode.png"])
    confirmed = parsed(COMPOSER.compose(order_of("customer/confirmed"), NOBODY, NOW).raw)
    assert shape(confirmed) == ("mixed", [("alternative", ["text/plain", page]), "SK-2026-00001.pdf", "termin.ics"])
    request = parsed(COMPOSER.compose(order_of("desk/request"), NOBODY, NOW).raw)
    assert shape(request) == ("alternative", ["text/plain", "text/html"])


def test_the_picture_in_the_page_is_the_one_that_travels_with_it() -> None:
    """The page names the GiroCode by its Content-ID; the same data stand in words beside it."""
    message = parsed(COMPOSER.compose(order_of("customer/confirmed"), NOBODY, NOW).raw)
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html.get_content()
    for body in (html.get_content(), text.get_content()):
        assert all(
            word in body for word in ("36,00\u00a0€", "DE02 1203 0000 0000 2020 51", "Krümpel GmbH", "QNBZAQPTAITT")
        )


def test_the_same_order_gives_the_same_bytes() -> None:
    """A mail composed twice is the same, papers and all: nothing in it depends on clock or chance."""
    order = order_of("customer/confirmed")
    assert COMPOSER.compose(order, NOBODY, NOW) == Composer(TEMPLATES, RULES).compose(order, NOBODY, NOW)


def test_a_token_stands_only_where_an_answer_brings_it_back() -> None:
    """The token is in the Message-ID, in Reply-To where the server delivers subaddresses, and nowhere else."""
    order = order_of("office/review")
    assert COMPOSER.compose(order, NOBODY, NOW).raw.count(order.token.encode()) == 1
    rules = replace(RULES, mailbox=replace(RULES.mailbox, subaddress=True))
    message = parsed(Composer(TEMPLATES, rules).compose(order, NOBODY, NOW).raw)
    assert message["Reply-To"] == f"Soccer-Kirche <buchung+{order.token}@soccer-kirche.example>"
    assert message.as_string().count(order.token) == 2


def test_an_answer_says_that_it_is_one() -> None:
    """Auto-Submitted tells an answer from a mail of its own (RFC 3834 section 5)."""
    order = replace(order_of("office/refused"), is_reply=True)
    assert parsed(COMPOSER.compose(order, NOBODY, NOW).raw)["Auto-Submitted"] == "auto-replied"


def test_a_long_message_id_is_never_encoded() -> None:
    """Outlook's long Message-ID comes back in In-Reply-To and References as it was, on one line each."""
    long = f"<{'AM0PR01MB' * 14}.eurprd01.prod.exchangelabs.com@AM0PR01MB1234.eurprd01.prod.exchangelabs.com>"
    raw = COMPOSER.compose(order_of("office/done"), Thread(long, ("<a@b>", long)), NOW).raw
    assert f"\r\nIn-Reply-To: {long}\r\nReferences: <a@b>\r\n {long}\r\n".encode() in raw


def test_a_long_thread_keeps_its_first_and_last_letters() -> None:
    """Of a hundred references the first and the last ten stay; what is no Message-ID is left out."""
    ids = tuple(f"<{number}@a>" for number in range(100))
    bad = ("<a\r\nBcc: x@y>", "no-brackets@a", "<ü@a>", "", f"<{'x' * 1000}@a>")
    message = parsed(COMPOSER.compose(order_of("office/done"), Thread(ids[-1], (*ids, *bad)), NOW).raw)
    assert message["References"].split() == [ids[0], *ids[-10:]]
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Max\r\nBcc: x@evil.example",
        "Max\nBcc: x@evil.example",
        "=?utf-8?q?Max=0D=0ABcc=3A_x?=",
        '"Max" <x@evil.example>, "',
        "buero@kruempel.example",
        "Mäx\u2028\u0085\x00\u202e" * 40,
    ],
    ids=ascii,
)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    """No name makes a second header field or a second recipient."""
    order = order_of("customer/received")
    facts = {**order.facts}
    booking: Any = facts["booking"]
    facts["booking"] = replace(booking, customer=replace(booking.customer, name=name))
    message = parsed(COMPOSER.compose(to_reader(replace(order, facts=facts), name=name), NOBODY, NOW).raw)
    assert message["Bcc"] is None
    assert [str(to.addr_spec) for to in message["To"].addresses] == ["sabine.mueller@kunde.example"]
    review = order_of("office/review")
    message = parsed(COMPOSER.compose(replace(review, facts={**review.facts, "booking": booking}), NOBODY, NOW).raw)
    assert (len(message.get_all("Subject", [])), message["Bcc"]) == (1, None)


@pytest.mark.parametrize("order", [order for order in ORDERS if order.reader.role is Role.CUSTOMER])
def test_nobody_is_addressed_by_an_advertisement(order: MailOrder) -> None:
    """No mail to a customer repeats a link that stands in the place of his name, in its text or in its fields."""
    name, facts = "Gewonnen! http://evil.example", {**order.facts}
    booking: Any = facts.get("booking")
    if booking:
        facts["booking"] = replace(booking, customer=replace(booking.customer, name=name))
    message = parsed(COMPOSER.compose(replace(to_reader(order, name=name), facts=facts, attach=()), NOBODY, NOW).raw)
    said = "".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    assert "evil.example" not in said + "".join(message.values())


@pytest.mark.parametrize(
    "address", ["x@a\r\nBcc: y@b", "a@b, c@d", "no-at", "ü@kunde.example", "<a@b>", "a b@c", "a@.de", ""]
)
def test_an_address_no_mail_can_go_to_is_a_persons_business(address: str) -> None:
    """A mail to what is no address is not written: a person is asked."""
    with pytest.raises(AskHumanError):
        COMPOSER.compose(to_reader(order_of("customer/received"), address=address), NOBODY, NOW)


def test_a_domain_with_umlauts_is_written_as_servers_take_it() -> None:
    """A domain beyond ASCII is an address all the same (RFC 3490)."""
    assert COMPOSER.compose(to_reader(order_of("customer/received"), address="a@müller.example"), NOBODY, NOW).to == (
        "a@xn--mller-kva.example"
    )


def test_english_is_for_those_who_have_it() -> None:
    """A customer reads the language of the notice; the office reads German, whatever a reader's language says."""
    english = parsed(COMPOSER.compose(order_of("customer/received", "en"), NOBODY, NOW).raw)
    assert english["Subject"] == "Request received: Sat 28 Nov 2026, 19:30–20:30, Soccer-Kirche"
    french = to_reader(order_of("customer/received"), language="fr")
    assert parsed(COMPOSER.compose(french, NOBODY, NOW).raw)["Subject"].startswith("Anfrage erhalten: Sa., 28.11.2026")
    office = to_reader(order_of("office/help"), language="en")
    assert parsed(COMPOSER.compose(office, NOBODY, NOW).raw)["Subject"].startswith("Hilfe")


def test_while_rehearsing_every_mail_goes_to_one_address() -> None:
    """In rehearsal the envelope, To and subject say so, and the first line names the true reader."""
    rules = replace(RULES, site=replace(RULES.site, rehearsal="probe@kruempel.example"))
    composer = Composer(TEMPLATES, rules)
    for order in {order.kind: order for order in ORDERS}.values():
        composed = composer.compose(replace(order, attach=()), NOBODY, NOW)
        message = parsed(composed.raw)
        assert (composed.to, message["To"]) == ("probe@kruempel.example", "probe@kruempel.example")
        assert message["Subject"].startswith("[PROBE] ")
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert text
        assert html
        assert order.reader.address in text.get_content().splitlines()[0]
        assert order.reader.address in html.get_content()


def test_mailbot_booking_names_a_booking_only() -> None:
    """Mailbot-Booking stands where the mail is about one booking, and holds nothing but its code."""
    order = order_of("office/help")
    assert parsed(COMPOSER.compose(order, NOBODY, NOW).raw)["Mailbot-Booking"] is None
    about = replace(order, matter=Matter(MatterKind.BOOKING, "QNBZAQPTAITT"))
    assert parsed(COMPOSER.compose(about, NOBODY, NOW).raw)["Mailbot-Booking"] == "QNBZAQPTAITT"
    hostile = replace(order, matter=Matter(MatterKind.BOOKING, "Q\r\nBcc: x@y"))
    assert parsed(COMPOSER.compose(hostile, NOBODY, NOW).raw)["Mailbot-Booking"] is None


def test_a_missing_fact_is_told_with_the_templates_line() -> None:
    """A fact that decide/ did not give stops that one mail, naming file and line."""
    order = order_of("desk/request")
    facts = {name: value for name, value in order.facts.items() if name != "urgent"}
    with pytest.raises(AskHumanError, match=r"desk/request\.de\.j2:\d+: 'urgent' is undefined"):
        COMPOSER.compose(replace(order, facts=facts), NOBODY, NOW)


def test_a_resource_that_rules_dropped_is_named() -> None:
    """A mail about a resource rules.yaml no longer has is a person's business, not a crash."""
    order = order_of("desk/request")
    booking: Any = order.facts["booking"]
    gone = replace(booking, stay=replace(booking.stay, resource="turm"))
    with pytest.raises(AskHumanError, match=r"rules\.yaml has no 'turm'"):
        COMPOSER.compose(replace(order, facts={**order.facts, "booking": gone}), NOBODY, NOW)


def test_a_header_field_cannot_hold_another() -> None:
    """The last line of defence refuses control characters and endless lines, whoever built the value."""
    for value in ("a\r\nBcc: b", "a\nb", "a\rb", "a\x00b", "x" * 1000):
        with pytest.raises(ValueError, match="header field"):
            mime.field("Subject", value)
    assert mime.field("Subject", "a\r\n b") == b"Subject: a\r\n b\r\n"


@pytest.mark.parametrize(
    "text", ["Bestätigt – schön", "x" * 300, "=?utf-8?q?a?=", "", "ÄÖÜ€𝄞" * 30, "a  b", "tab\u00a0"]
)
def test_subjects_come_back_as_they_were(text: str) -> None:
    """An RFC 2047 subject decodes to what it was, in lines of at most 76 characters."""
    raw = mime.field("Subject", mime.words(text, len("Subject: ")))
    assert parsed(raw + b"\r\n")["Subject"] == text
    assert max(map(len, raw.split(b"\r\n"))) <= 76


def test_only_customers_get_a_girocode() -> None:
    """The office's mail about an invoice asks nobody for money."""
    done = parsed(COMPOSER.compose(order_of("office/done"), NOBODY, NOW).raw)
    assert done["Mailbot-Kind"] == "office/done"
    assert order_of("office/done").reader.role is Role.REVIEWER
    assert "image/png" not in [part.get_content_type() for part in done.walk()]
