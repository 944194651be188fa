"""Which lock, day and slot `code neu` means; where that is not clear, the German sentence that asks for it."""

from dataclasses import dataclass
from datetime import date

from mailbot.decide import codes
from mailbot.decide.orders import resources_of
from mailbot.decide.wording import on_day
from mailbot.model.books import Books
from mailbot.model.codes import door_code_key
from mailbot.model.decisions import Given
from mailbot.model.list_events import NewCodeAsked
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import Actor
from mailbot.model.rules import Resource
from mailbot.model.words import folded


@dataclass(frozen=True, slots=True)
class Place:
    """What one door code is for: a resource's day, or one slot of it."""

    resource: Resource
    day: date
    slot: str | None

    @property
    def key(self) -> str:
        """Give the ledger key of the place's door code."""
        return door_code_key(self.resource.key, self.day, self.slot)

    @property
    def words(self) -> str:
        """Say the place: `So 06.12.2026`, with its slot where it has one."""
        return f"{on_day(self.day)}, {self.slot} Uhr" if self.slot else on_day(self.day)


def place_wanted(books: Books, by: Actor, event: NewCodeAsked, given: Given) -> Place | str:
    """Find the place somebody of the office wants another code for, else say what is missing."""
    resource = _resource(books, by, event, given)
    if isinstance(resource, str):
        return resource
    season, day = resource.door_codes, event.day
    if day < given.now.date():
        return f"{on_day(day)} ist schon vorbei."
    if not season.season_from <= day <= season.season_to:
        return f"{on_day(day)} liegt außerhalb der Saison."
    if not season.per_slot:
        why = f"Am {on_day(day)} gilt ein Code für den ganzen Tag; bitte ohne Uhrzeit."
        return why if event.at else Place(resource, day, None)
    slot = f"{event.at:%H:%M}" if event.at else None
    slots = [label for label in codes.slots_on(resource, day) if label]
    if slot in slots:
        return Place(resource, day, slot)
    return f"Bitte nennen Sie dazu eine dieser Zeiten: {', '.join(slots) or 'keine, es ist geschlossen'}."


def _resource(books: Books, by: Actor, event: NewCodeAsked, given: Given) -> Resource | str:
    own = resources_of(by.person, given.rules)
    names = ", ".join(resource.key for resource in own)
    if event.where:
        named = [r for r in own if folded(event.where) in (folded(r.key), folded(r.name))]
        # What was written is not said again: it may be a code with a slip, and answers are told in the history.
        return named[0] if named else f"Unter diesem Namen kennt mailbot keine Ihrer Anlagen ({names})."
    key = _key_meant(books, event.matter)
    meant = next((resource for resource in own if resource.key == key), None)
    if meant or len(own) == 1:
        return meant or own[0]
    return f"Bitte nennen Sie die Anlage am Ende der Zeile ({names})." if own else "Über Türcodes entscheidet das Büro."


def _key_meant(books: Books, matter: Matter) -> str:
    """Give the resource the answered mail was about: its booking's, or that of a list or proposal."""
    if matter.kind is MatterKind.BOOKING:
        booking = books.booking(matter.ref)
        return booking.stay.resource if booking else ""
    if matter.kind is not MatterKind.CODES:
        return ""
    first, _, rest = matter.ref.partition("/")
    return rest if first == "season" else first
