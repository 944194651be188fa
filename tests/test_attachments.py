"""Attachments are never opened: whatever a file holds or is called, no word of it is read (ATTACKS 20, 60)."""

from collections.abc import Iterator
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from attack_story import PASS, USUAL, Scene, kinds, staged
from world import MAILBOT, OFFICE, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def bomb() -> bytes:
    """Give a zip of some kilobytes that holds a hundred megabytes."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("ok.txt", b"ok" * 50_000_000)
    return packed.getvalue()


FILES: dict[str, tuple[str, bytes]] = {
    "ok.txt": ("text/plain", b"VERSTECKT ok\r\n"),
    "ok.html": ("text/html", b"<p>VERSTECKT</p><p>ok</p>"),
    "ok.zip": ("application/zip", b"PK\x03\x04VERSTECKT"),
    "../../ok\u202egpj.sh": ("application/x-sh", b"VERSTECKT"),
    "auszug.csv": ("text/csv", b"Buchungstag;Betrag\r\n1.1.2026;VERSTECKT"),
    "invite.ics": ("text/calendar", b"BEGIN:VCALENDAR\r\nSUMMARY:VERSTECKT ok\r\nEND:VCALENDAR"),
}


def with_file(scene: Scene, text: str, name: str, kind: str, content: bytes) -> bytes:
    mail = EmailMessage()
    for field, value in (PASS, ("From", OFFICE), ("To", MAILBOT), ("Subject", "AW: x")):
        mail[field] = value
    mail["In-Reply-To"] = str(scene.review["Message-ID"])
    mail.set_content(text)
    main, _, sub = kind.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "siehe Anhang"])
def test_nothing_in_a_file_is_read(scene: Scene, name: str, text: str) -> None:
    """20, 60: what stands in a file decides nothing and is shown nowhere; the office is asked back."""
    scene.asked()
    before = scene.booking()
    got = scene.arrives(with_file(scene, text, name, *FILES[name]))
    assert kinds(got["office"]) == ["office/refused"]
    assert "VERSTECKT" not in text_of(got["office"][0])
    assert scene.booking() == before


def test_a_bomb_is_not_unpacked(scene: Scene) -> None:
    """60: a zip that would fill the memory is a file like any other; the answer beside it counts."""
    scene.asked()
    got = scene.arrives(with_file(scene, "ok", "auszug.zip", "application/zip", bomb()))
    assert kinds(got["customer"]) == ["customer/confirmed"]
