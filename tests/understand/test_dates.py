"""Dates as notices write them, and what about them makes a person look."""

from datetime import datetime, time, timedelta

import pytest
from understand_story import BERLIN

from mailbot.understand.dates import clock, language_of, length, moment, moment_inside

AT = datetime(2018, 10, 6, 19, 30, tzinfo=BERLIN)

# FIELD-NOTES "Dates to accept", each the same moment.
FORMS = (
    "Samstag, 6. Oktober 2018 19:30",
    "Saturday, 6 October 2018 19:30",
    "October 6, 2018 at 7:30 PM",
    "Samstag, 6. Oktober 2018, 19:30",
    "Samstag, 6. Oktober 2018 um 19:30 Uhr",
    "Samstag,\u00a06.\u00a0Oktober\u00a02018\u00a019:30",
    "Sa., 6. Okt. 2018 19.30 Uhr",
    "Sat, Oct 6th, 2018 @ 7:30pm",
    "06.10.2018 19:30",
    "6.10.2018, 19:30 Uhr",
    "06.10.18 19:30(Europe/Berlin)",
    "06.10.18 19:30 (MESZ)",
    "October 6, 2018 7:30 PM",
    "06-Oct-2018 19:30",
    "2018-10-06T17:30:00+0000",
    "2018-10-06T17:30:00Z",
    "2018-10-06T17:30:00.000+00:00",
    "2018-10-06T19:30:00+02",
    "2018-10-06T19:30",
    "2018-10-06 19:30:00",
    "1538847000000",
)
NO_DATES = (
    "10/06/2018 19:30",
    "6. Oktober 2018",
    "31.2.2026 10:00",
    "6. Oktober 2018 25:00",
    "6. Oktober 2018 24:00",
    "6. Oktober 2018 19:30 oder später",
    "Oktober 2018 19:30",
    "19:30",
    "ok",
    "",
    "1538847000000000",
    "2018-13-06T17:30:00Z",
    "31.12.9999 23:30",
    "9999-12-31T23:30:00Z",
    "9999-12-31T23:30",
    "9999999999999",
    "1.1.0169 10:00",
    "x" * 5000,
)


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    """Every accepted form of a date is the same moment in the site's zone, without doubt."""
    found = moment(text, BERLIN)
    assert found
    assert (found.start, found.doubts) == (AT, ())
    assert found.start.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("text", NO_DATES)
def test_no_dates(text: str) -> None:
    """What is not wholly a date with a time is none: nothing is guessed."""
    assert moment(text, BERLIN) is None


def test_no_date_in_a_sentence() -> None:
    """A date at the calendar's end is none inside a sentence either."""
    assert moment_inside("verschoben auf Freitag, 31.12.9999 23:30 Uhr", BERLIN) is None


def test_length_and_end() -> None:
    """A length or an end beside the start is read with it."""
    for text in ("(1 Stunde)", "(60 Minuten)", "1 hour", "(0,5 Std. 30 min)"):
        found = moment(f"6. Oktober 2018 19:30 {text}", BERLIN)
        assert found
        assert found.length == timedelta(hours=1)
    for text in ("- 20:30", "bis 20:30 Uhr", "to 8:30 pm", "– 20:30 (Europe/Berlin)"):
        found = moment(f"6. Oktober 2018 19:30 {text}", BERLIN)
        assert found
        assert found.end == AT.replace(hour=20)


DOUBTFUL = {
    "Sonntag, 6. Oktober 2018 19:30": "kein Sonntag",
    "29.03.2026 02:30": "nicht (Zeitumstellung)",
    "25.10.2026 02:30": "zweimal (Zeitumstellung)",
    "6.10.2018 19:30 (Europe/London)": "andere Zeitzone",
}


@pytest.mark.parametrize("text", DOUBTFUL)
def test_doubtful(text: str) -> None:
    """A weekday that disagrees, an hour DST swallows or doubles, a foreign zone: a person looks."""
    found = moment(text, BERLIN)
    assert found
    assert DOUBTFUL[text] in found.doubts[0]


def test_exact_moments_have_no_doubled_hour() -> None:
    """An offset tells which of the two hours is meant."""
    found = moment("2026-10-25T01:30:00+0000", BERLIN)
    assert found
    assert found.doubts == ()
    assert found.start.utcoffset() == timedelta(hours=1)


def test_inside() -> None:
    """In a sentence the one date counts; two are none."""
    found = moment_inside("X hat die Buchung am 6. Oktober 2018 19:30 storniert.", BERLIN)
    assert found
    assert found.start == AT
    assert moment_inside("von 6. Oktober 2018 19:30 auf 7. Oktober 2018 19:30", BERLIN) is None


def test_small_parts() -> None:
    """Times of day, lengths and languages are read by themselves."""
    assert [clock(text) for text in ("20:30", "20 Uhr", "8:30 pm", "24:00", "20", "25:00")] == [
        time(20, 30),
        time(20),
        time(20, 30),
        time(0),
        None,
        None,
    ]
    assert [length(text) for text in ("90 Minuten", "1,5 Std.", "1 hour 30 minutes", "60", "0 Minuten")] == [
        timedelta(minutes=90),
        timedelta(minutes=90),
        timedelta(minutes=90),
        None,
        None,
    ]
    assert [language_of(text) for text in ("6. Oktober", "October 6", "April 6", "1 Stunde")] == ["de", "en", "", "de"]
