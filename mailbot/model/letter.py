"""A letter is a mail that comes in (a mail goes out). `Head` is what is looked at before the body is fetched."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Head:
    """A letter's envelope in the mailbox: UID, size in bytes, INTERNALDATE and header fields, topmost first.

    `headers` holds (name as written, decoded value in one line) pairs; control characters are already spaces.
    """

    uid: int
    size: int
    received_at: datetime
    headers: tuple[tuple[str, str], ...] = field(repr=False)

    def all(self, name: str) -> tuple[str, ...]:
        """Give the values of every field of that name, any case, topmost first."""
        return fields(self.headers, name)

    def get(self, name: str) -> str:
        """Give the topmost field of that name, or ""."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A named part of a letter; its bytes are looked at only for a bank statement of a proven reviewer."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as read once from its bytes; nothing in it is believed yet.

    `key` is `letter:account/folder/uidvalidity/uid` (or `letter:file/SHA256`), `digest` the SHA-256 of the bytes.
    `text` and `html` are the first text/plain and text/html bodies outside attachments, None where there is none;
    line ends are single LF. `surprises` says in plain words what could not be read: any entry means a person looks.
    `report_type` is the report-type of a multipart/report, `report` its text parts, else ""; where a letter of mixed
    parts returns another one, `report` is the header of that.
    """

    key: str
    digest: str
    received_at: datetime
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content_type: str = "text/plain"
    text: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)
    report_type: str = ""
    report: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    surprises: tuple[str, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Give the values of every field of that name, any case, topmost first."""
        return fields(self.headers, name)

    def get(self, name: str) -> str:
        """Give the topmost field of that name, or ""."""
        return next(iter(self.all(name)), "")


def fields(headers: tuple[tuple[str, str], ...], name: str) -> tuple[str, ...]:
    """Pick the values of one header field; a name with space before the colon is another field, not this one."""
    wanted = name.lower()
    return tuple(value for field_name, value in headers if field_name.lower() == wanted)


# The outcome of a letter that was taken away before it was read.
VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Handled:
    """That an arrival was committed: by key, and by content digest where it was a letter.

    `id_digest` is the SHA-256 of its Message-ID, "" where it had none.
    """

    TABLE: ClassVar[str] = "handled"

    key: str
    digest: str
    at: datetime
    outcome: str
    filed_to: str = "done"
    id_digest: str = ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a folder was looked through: UIDs up to `uid` are judged, except those in `again` (uid, tries so far).

    `rules` is the fingerprint of the rules that judged: when it changes, letters are judged again.
    """

    TABLE: ClassVar[str] = "watermarks"

    folder: str
    uidvalidity: int
    uid: int
    rules: str
    again: tuple[tuple[int, int], ...] = ()

    @property
    def key(self) -> str:
        """Give the ledger key: account and folder."""
        return self.folder
