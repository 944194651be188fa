"""The words that count where rules.yaml names none: answers, subjects and labels of notices, names of oddities.

A word that rules.yaml gives to another keyword is taken from the default, so that no word means two things.
"""

REPLIES: dict[str, tuple[str, ...]] = {
    "approve": ("ok", "ja", "passt", "freigeben", "freigegeben", "genehmigt", "bestätigt", "approve", "yes"),
    "reject": ("nein", "ablehnen", "abgelehnt", "reject", "no"),
    "change": ("ändern", "verschieben", "change"),
    "question": ("frage", "rückfrage", "question"),
    "cancel": ("storno", "stornieren", "absagen", "cancel"),
    "released": ("ausgegeben", "released"),
    "silent": ("ohne mail", "still", "silent"),
    "price": ("preis", "price"),
    "discount": ("rabatt", "discount"),
    "paid": ("bezahlt", "paid"),
    "note": ("notiz", "note"),
    "accept": ("übernehmen", "accept"),
    "undo": ("zurück", "rückgängig", "undo"),
    "new_code": ("code neu", "new code"),
    "ignore": ("ignorieren", "ignore"),
    "all": ("alle", "all"),
    "none": ("keine", "none"),
    "stop": ("stopp", "stop"),
    "fee": ("gebühr", "fee"),
    "done": ("erledigt", "done"),
    "pause": ("pause",),
    "resume": ("weiter", "resume"),
    "occupancy": ("belegung", "occupancy"),
    "why": ("warum", "why"),
    "list": ("liste", "tabelle", "list"),
    "help": ("hilfe", "help"),
}

SUBJECTS: dict[str, tuple[str, ...]] = {
    "cancelled": ("storniert", "abgesagt", "cancelled", "canceled"),
    "moved": ("verschoben", "umgebucht", "rescheduled"),
    "ignored": ("erinnerung", "reminder"),
}

LABELS: dict[str, tuple[str, ...]] = {
    "reference": ("Buchungscode", "Ref", "Reference"),
    "first_name": ("Vorname", "First name"),
    "last_name": ("Nachname", "Last name"),
    "name": ("Name",),
    "email": ("E-Mail", "Email", "Mail"),
    "phone": ("Telefon", "Handy", "Phone"),
    "street": ("Straße", "Street"),
    "city": ("Ort", "PLZ Ort", "City"),
    "start": ("Start", "Beginn", "Von"),
    "end": ("Ende", "End", "Bis"),
    "remark": ("Bemerkung", "Nachricht", "Notes"),
}

# The switches of decide/oddities.py, and those of the money that is to come; every one is on unless switched off.
ODDITIES: tuple[str, ...] = (
    *("past", "short_notice", "clash", "code", "price", "season", "hours", "assumed_end", "second"),
    *("phone", "email", "address", "several", "moved_often", "twice", "unpaid"),
)
