"""Letters come in: from the watched mailbox to arrivals, slice by slice, and filed once they are committed.

Looks at headers first and fetches only what is ours; everything else stays unread and untouched. A letter stays in the
watermark's `again` until it was seen to be filed, so no crash can lose it between commit and move. Decides nothing.
Fails with TryLaterError where the server or the disk is away; what was not committed is found again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from mailbot import guesses, rescan
from mailbot.entries import Entry, decide_all
from mailbot.errors import TryLaterError
from mailbot.first_start import LISTED, FirstStart, is_first_start, is_past
from mailbot.flow import TRIES, Flow
from mailbot.looking import LOOK_BACK, address_of, arrival_of, beginning, letter_key, ours_of, read, slices
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Given
from mailbot.model.events import LetterBroken, LetterVanished, NotOurs, TroubleLasted
from mailbot.model.letter import VANISHED, Handled, Head, Watermark
from mailbot.model.people import CLOCK, NOBODY
from mailbot.model.records import Change
from mailbot.receive.mailbox import Mailbox
from mailbot.record import durable
from mailbot.send.compose import Composer

# What others need of collecting; arrival_of is at home in looking.py.
__all__ = ["Collector", "arrival_of", "preview"]

log = structlog.get_logger()


def preview(mailbox: Mailbox, books: Books, given: Given, composer: Composer, *, take_all: bool = False) -> list[Entry]:
    """Decide about every new letter as a pass would, and change nothing anywhere. Raises TryLaterError."""
    mailbox.connect()
    mark = beginning(mailbox, books.watermark(mailbox.folder), given.rules, given.now)
    mark = replace(mark, uid=0) if take_all else mark
    leaves_past = not take_all and is_first_start(books)
    again = tuple(uid for uid, _ in mark.again)
    arrivals: list[Arrival] = []
    while heads := mailbox.new(mark.uid, again):
        mark, again = replace(mark, uid=max(mark.uid, *(head.uid for head in heads))), ()
        for some in slices(ours_of(mailbox, heads, books, given.rules), given.rules):
            found = read(mailbox, some, books, given.rules)
            arrivals += [arrival for _, arrival, _ in found if books.handled(arrival.key) is None]
    if leaves_past:
        arrivals = [arrival for arrival in arrivals if not is_past(arrival, given.now)]
    return decide_all(arrivals, books, given, composer)[0]


@dataclass(slots=True)
class Collector:
    """Bring in what is new in one mailbox.

    `waiting` maps the UIDs of letters of ours not yet seen to be filed to the tries they had; `filed` are those of the
    recorded watermark that were seen to be filed. `unfiled` is why letters could not be filed in this pass, by folder.
    """

    flow: Flow
    mailbox: Mailbox
    filed: set[int] = field(default_factory=set)
    waiting: dict[int, int] = field(default_factory=dict)
    takes_listed: bool = False
    unfiled: dict[str, TryLaterError] = field(default_factory=dict)

    def collect(self, *, take_all: bool = False) -> int:
        """Handle every new letter of ours and return how many were committed; answers come first in each slice.

        With `take_all` the whole inbox is looked through, also what the first start left alone. Raises TryLaterError;
        letters that could only not be filed are no reason, see look_filed().
        """
        began, self.takes_listed = self.flow.clock(), take_all
        mark, again = self._begin(take_all=take_all)
        rescan.look_again(self.flow)
        first = FirstStart.begin(self.flow, self.mailbox, LOOK_BACK, take_all=take_all)
        count = 0
        while heads := self.mailbox.new(mark.uid, again):
            last, here = heads[-1].uid, {head.uid for head in heads}
            self._gone([uid for uid in again if uid <= last and uid not in here], mark.uidvalidity)
            again = tuple(uid for uid in again if uid > last)
            mark = replace(mark, uid=max(mark.uid, last))
            count += self._take(heads, mark, first)
        self._gone(again, mark.uidvalidity)
        self._begun(mark)
        if first:
            first.end()
        if not any(self.waiting.values()):
            # A letter that could not be handled yet may be the answer that counts first.
            self.flow.read_at = began
        return count

    def look_filed(self) -> None:
        """Raise the TryLaterError that kept letters from being filed in the last pass, if there was one."""
        for error in self.unfiled.values():
            raise error

    def _begin(self, *, take_all: bool) -> tuple[Watermark, tuple[int, ...]]:
        self.mailbox.connect()
        self.unfiled.clear()
        old = self.flow.books().watermark(self.mailbox.folder)
        mark = beginning(self.mailbox, old, self.flow.rules, self.flow.clock())
        if old and old.uidvalidity != mark.uidvalidity:
            self._tell_renumbered()
            self._gone([uid for uid, _ in old.again if uid not in self.filed], old.uidvalidity)
            self.filed.clear()
        self.filed &= {uid for uid, _ in mark.again}
        self.waiting = {uid: tries for uid, tries in mark.again if uid not in self.filed}
        return (replace(mark, uid=0) if take_all else mark), tuple(self.waiting)

    def _begun(self, mark: Watermark) -> None:
        """Record where a pass that found nothing began, where that is news: else the next would begin anew."""
        old = self.flow.books().watermark(mark.folder)
        if old is None or (old.uidvalidity, old.rules) != (mark.uidvalidity, mark.rules):
            self.flow.record([], [self._marked(mark)])

    def _tell_renumbered(self) -> None:
        now, validity = self.flow.clock(), self.mailbox.uidvalidity
        what = "Der Mailserver hat das Postfach neu nummeriert; die Briefe der letzten 14 Tage wurden neu durchgesehen."
        event = TroubleLasted(f"uidvalidity:{validity}", what, now)
        self.flow.handle([Arrival(f"clock:uidvalidity:{validity}:{now.date()}", CLOCK, event)])

    def _take(self, heads: Sequence[Head], mark: Watermark, first: FirstStart | None) -> int:
        """Commit these letters, one slice after the other; the watermark moves with the first commit."""
        guesses.count(self.flow, heads, mark.uidvalidity)
        ours = ours_of(self.mailbox, heads, self.flow.books(), self.flow.rules)
        if first:
            ours = first.without_old(ours, self.mailbox)
        self.waiting |= {head.uid: self.waiting.get(head.uid, 0) for head in ours}
        if not ours:
            self.flow.record([], [self._marked(mark)])
        count = 0
        for some in slices(ours, self.flow.rules):
            arrivals = self._read(self._unknown(some))
            if first:
                arrivals = first.without_past(arrivals)
            count += self._commit(arrivals, mark)
        return count

    def _unknown(self, heads: Sequence[Head]) -> list[Head]:
        """Sort out the letters handled before: they only have to be filed."""
        found = {head.uid: self.flow.books().handled(letter_key(self.mailbox, head.uid)) for head in heads}
        known = {uid: handled for uid, handled in found.items() if handled and self._is_done(handled)}
        self._file({uid: handled.filed_to for uid, handled in known.items()})
        return [head for head in heads if head.uid not in known]

    def _is_done(self, handled: Handled) -> bool:
        # What the first start only listed is taken when a person asks for the whole inbox; what vanished may come back.
        return handled.outcome != VANISHED and not (self.takes_listed and handled.outcome == LISTED)

    def _read(self, heads: Sequence[Head]) -> list[tuple[int, Arrival]]:
        """Fetch, understand and keep letters of ours; of vanished ones that is all there is to tell."""
        arrivals: list[tuple[int, Arrival]] = []
        found = {
            uid: (arrival, raw) for uid, arrival, raw in read(self.mailbox, heads, self.flow.books(), self.flow.rules)
        }
        for head in heads:
            key = letter_key(self.mailbox, head.uid)
            gone = Arrival(key, NOBODY, LetterVanished(address_of(head), head.get("Subject"), key))
            arrival, raw = found.get(head.uid, (gone, b""))
            if raw and not isinstance(arrival.event, NotOurs):
                self.flow.files.keep_letter(arrival.key, arrival.digest, raw, head.received_at)
            arrivals.append((head.uid, arrival))
        return arrivals

    def _gone(self, uids: Sequence[int], uidvalidity: int) -> None:
        """Pass over letters that were waiting and are there no more: filed, or taken away, which is noted."""
        self._forget(uids)
        keys = [letter_key(self.mailbox, uid, uidvalidity) for uid in uids]
        self.flow.handle([Arrival(key, NOBODY, LetterVanished("", "", key)) for key in keys])

    def _commit(self, arrivals: Sequence[tuple[int, Arrival]], mark: Watermark) -> int:
        """Decide, record and file one slice; what fails keeps waiting, with one try more."""
        uids = {arrival.key: uid for uid, arrival in arrivals}
        folders = {uid: "" for uid, arrival in arrivals if isinstance(arrival.event, NotOurs)}
        # Else it would stand in the watermark, and be read and written down again with every start.
        self._forget(folders)
        fresh = [arrival for uid, arrival in arrivals if uid not in folders]
        firsts = _first_of_each(fresh)
        entries, failed = self.flow.decide(a for a in firsts if not self._copy_of(a) and not _is_broken(a))
        failed += [(a, a.event.what) for a in firsts if isinstance(a.event, LetterBroken) and not self._copy_of(a)]
        broken = [self._tried(arrival, what, uids[arrival.key]) for arrival, what in failed]
        entries += self.flow.decide(arrival for arrival in broken if arrival)[0]
        self.flow.record(entries, [self._marked(mark)])
        folders |= {uids[made.arrival.key]: _filed_to(made) for made in entries}
        # Copies of what is recorded now, whether they came before or with it, need nothing but their folder.
        folders |= {
            uids[a.key]: copy.filed_to for a in fresh if uids[a.key] not in folders and (copy := self._copy_of(a))
        }
        self._file(folders)
        return sum(made.decision.outcome != VANISHED for made in entries)

    def _copy_of(self, arrival: Arrival) -> Handled | None:
        copy = self.flow.books().handled_content(arrival.digest)
        return copy if copy and self._is_done(copy) else None

    def _tried(self, arrival: Arrival, what: str, uid: int) -> Arrival | None:
        """Count a failed try; the third makes it a letter that a person must look at."""
        self.waiting[uid] = self.waiting.get(uid, 0) + 1
        if self.waiting[uid] < TRIES:
            return None
        if isinstance(arrival.event, LetterBroken):
            return arrival
        return replace(arrival, event=LetterBroken(arrival.by.address, "", arrival.key, what))

    def _file(self, folders: dict[int, str]) -> None:
        """Move committed letters where they belong; "" leaves a letter as it was.

        Where the server does not let us, they keep waiting, and letters not handled yet go first.
        """
        rules = self.flow.rules.mailbox
        self._forget(uid for uid, filed_to in folders.items() if not filed_to)
        for name, folder in (("done", rules.done), ("trouble", rules.trouble)):
            uids = [uid for uid, filed_to in folders.items() if filed_to == name]
            # A folder that takes no letter is asked once a pass, not once a slice.
            if not uids or folder in self.unfiled:
                continue
            durable.step("letters filed")
            try:
                self.mailbox.file(uids, folder)
            except TryLaterError as error:
                self.unfiled[folder] = error
                self._connect_again(error)
            else:
                self._forget(uids)

    def _connect_again(self, error: TryLaterError) -> None:
        validity = self.mailbox.uidvalidity
        self.mailbox.connect()
        if self.mailbox.uidvalidity != validity:
            raise error

    def _forget(self, uids: Iterable[int]) -> None:
        for uid in uids:
            self.filed.add(uid)
            self.waiting.pop(uid, None)

    def _marked(self, mark: Watermark) -> Change:
        return replace(mark, again=tuple(sorted(self.waiting.items())))


def _is_broken(arrival: Arrival) -> bool:
    return isinstance(arrival.event, LetterBroken)


def _first_of_each(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Leave out letters whose very bytes came earlier in the same slice."""
    firsts: dict[str, Arrival] = {}
    for arrival in arrivals:
        firsts.setdefault(arrival.digest or arrival.key, arrival)
    return list(firsts.values())


def _filed_to(made: Entry) -> str:
    return "" if made.decision.leave else "trouble" if made.decision.to_trouble else "done"
