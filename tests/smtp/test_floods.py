"""ATTACKS 54 to 56 and 86: machines that talk to each other, floods, the sliding hour, and readers that are robots."""

from datetime import timedelta
from pathlib import Path

import pytest
from smtp_line import Line, on_line
from world import next_saturday, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State

CONFIRMED, ALARM = "customer/confirmed", "office/alarm"


def test_86_the_hourly_cap_slides_over_a_restart(servers: EmbeddedServers, tmp_path: Path) -> None:
    """86: at most per_hour in any hour, restarts or not; the most urgent first, the rest when the hour has slid."""
    with on_line(servers, tmp_path, per_hour=5) as line:
        line.request()
        assert len(line.kinds()) == 4
        line.answers("office/review", "ok")
        line.restart()
        line.later(minutes=30)
        assert len(line.kinds()) == 5
        line.later(minutes=29)
        assert len(line.kinds()) == 5
        line.later(minutes=1, seconds=1)
        # The alarm that the cap is reached comes before the rest.
        assert line.kinds()[4:6] in ([ALARM, CONFIRMED], [CONFIRMED, ALARM])
        assert sorted(line.kinds()[6:]) == ["desk/decided", "office/done", "subscriber/decided"]


def test_55_a_flood_is_stored_and_its_mails_are_capped(servers: EmbeddedServers, tmp_path: Path) -> None:
    """55: every booking is stored, no more mails than per_hour leave, the most urgent first, one alarm before all.

    500 of them take most of a minute: benchmarks/floods.py.
    """
    with on_line(servers, tmp_path, per_hour=20) as line:
        codes = [
            f"FLOOD{number:03}".translate(str.maketrans("0123456789", "ABCDEFGHIJ")) + "XYZK" for number in range(16)
        ]
        for number, code in enumerate(codes):
            start = next_saturday(line.world.rules, weeks=3) + timedelta(days=number)
            line.world.request(code, start)
        line.daemon.once()
        assert {booking.code for booking in line.daemon.flow.books().bookings()} == set(codes)
        assert line.kinds() == [ALARM, *["desk/request"] * 16, *["office/review"] * 3]
        assert "mehr als in einer Stunde hinausgehen dürfen (20)" in " ".join(text_of(line.taken()[0]).split())
        for hour in (1, 2, 3):
            line.restart()
            line.later(minutes=59)
            assert len(line.kinds()) == 20 * hour
            line.later(minutes=1, seconds=1)
            assert len(line.kinds()) <= 20 * (hour + 1)
        kinds = line.kinds()
        assert kinds.count(ALARM) == 1
        assert [kinds.count(kind) for kind in ("office/review", "customer/received", "subscriber/request")] == [16] * 3


def test_54_a_customers_robot_is_answered_three_times(line: Line) -> None:
    """54: without any mark of a robot, the same address gets no fourth answer about its booking within the hour."""
    first = next(mail for mail in line.taken() if mail["Mailbot-Kind"] == "customer/received")
    for _ in range(6):
        newest = [mail for mail in line.taken() if str(mail["Mailbot-Kind"]).startswith("customer/")][-1]
        line.past += timedelta(minutes=1)
        line.world.answer(newest, "Vielen Dank für Ihre Nachricht, wir melden uns.", stage.CUSTOMER)
        line.daemon.once()
    assert line.kinds().count("customer/noted") == 3
    line.past += timedelta(minutes=61)
    line.world.answer(first, "Danke!", stage.CUSTOMER)
    line.daemon.once()
    assert line.kinds().count("customer/noted") == 4


@pytest.mark.parametrize(
    "address", ["noreply@kunde.example", "MAILER-DAEMON@kunde.example", "verein-request@kunde.example"]
)
def test_56_nothing_is_written_to_a_robot(line: Line, address: str) -> None:
    """56: a booking from a robot's address reaches office and desk, and nobody writes back, whatever becomes of it."""
    begin = len(line.kinds())
    mail = stage.notice(
        stage.Request("ROBOTROBOTRO", "Kim Kunde", next_saturday(line.world.rules, weeks=5), 60),
        "buchung@soccer-kirche.example",
        line.world.clock(),
    )
    mail.set_content(str(mail.get_content()).replace(stage.CUSTOMER, address))
    line.world.send(mail, stage.NOTICES)
    line.daemon.once()
    line.answers("office/review", "ok")
    line.answers("office/done", "storno: Wasserschaden")
    assert line.booking("ROBOTROBOTRO").state is State.CANCELLED
    assert not [kind for kind in line.kinds()[begin:] if kind.startswith("customer/")]
    assert not [one for one in line.server.said if one.upper().startswith(f"RCPT TO:<{address.upper()}")]
