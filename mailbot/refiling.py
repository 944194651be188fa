"""A letter of the trouble folder that was mended, by `retry` or by the office's answer, goes to the done folder.

What is still to be moved stands in the books (one Setting), so a server that is away is asked again with the next pass.
Finds letters by their bytes, through a connection of its own. Fails with TryLaterError.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from mailbot.decide.letters import TO_REFILE, settled
from mailbot.flow import Flow
from mailbot.model.books import Books
from mailbot.model.decisions import Decision
from mailbot.model.letter import Handled
from mailbot.model.records import Change, Gone, Setting
from mailbot.oauth import token_of
from mailbot.receive import parse
from mailbot.receive.filed import Filed

# A letter without a Message-ID is looked for among so many of the newest.
AMONG = 200


def mended(handled: Handled, decision: Decision, books: Books, now: datetime) -> list[Change]:
    """Say for a letter that was handled again that it is done now and is to be moved; nothing where it is not."""
    if decision.to_trouble or decision.leave or decision.exit_code:
        return []
    return list(settled(books, replace(handled, at=now, outcome=decision.outcome)))


def refile(flow: Flow) -> None:
    """Move what was mended from the trouble folder to the done folder. Raises TryLaterError."""
    digests = _waiting(flow.books())
    rules = flow.rules.mailbox
    if not digests:
        return
    if rules.done and rules.done != rules.trouble:
        with closing(Filed(rules, rules.trouble, token_of(rules.oauth, flow.files.data))) as trouble:
            trouble.connect()
            # Where the server can move nothing, letters never came there.
            for digest in digests if trouble.is_there else ():
                raw = flow.files.read_letter(digest) or b""
                message_id = parse.head(0, len(raw), flow.clock(), raw).get("Message-ID")
                if uids := list(_found(trouble, trouble.with_id(message_id)[-AMONG:], digest)):
                    trouble.file(uids, rules.done)
    flow.record([], [Gone(Setting.TABLE, TO_REFILE)])


def _waiting(books: Books) -> list[str]:
    return (books.setting(TO_REFILE) or "").split()


def _found(trouble: Filed, uids: Iterable[int], digest: str) -> Iterator[int]:
    # One by one: each may be large.
    return (uid for uid in uids for raw in trouble.fetch([uid]).values() if sha256(raw).hexdigest() == digest)
