"""config: the office's own file is taken as it is, and every key in it means what it says."""

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from config_story import ENV, SMALL, changed, load

from mailbot import config
from mailbot.config.defaults import LABELS, ODDITIES, REPLIES, SUBJECTS
from mailbot.config.settings import could_meet
from mailbot.decide import oddities
from mailbot.model.people import Role
from mailbot.model.rules import Hours, PriceLine, Proof, Security, VatRate
from mailbot.model.words import folded

ROOT = Path(__file__).resolve().parent.parent


def test_the_offices_own_file_is_taken_unchanged() -> None:
    """The project's rules.yaml, the office's own, loads with nothing but its two passwords."""
    rules = config.load(ROOT / "rules.yaml", ENV)
    office, kirche = rules.people["office"], rules.resources["kirche"]
    day = ((time(8), time(16)),)
    assert office.hours == Hours((day, day, day, day, ((time(8), time(13)),), (), ()))
    assert office.closed == (date(2026, 12, 24), date(2026, 12, 31))
    assert (office.role, office.holidays) == (Role.REVIEWER, "DE-NW")
    assert kirche.prices == (
        PriceLine((0, 1, 2, 3, 4), time(14), time(17), Decimal("30.00")),
        PriceLine((0, 1, 2, 3, 4, 5, 6), time(0), time.max, Decimal("45.00")),
    )
    assert kirche.payment.vat == (VatRate(date.min, Decimal(19)),)
    assert kirche.payment.iban == "DE02120300000000202051"
    assert (kirche.door_codes.list_to, kirche.door_codes.list_at) == ("medifit", time(7))
    assert (rules.mailbox.password, rules.mailbox.max_letter) == ("imap-s3cret", 25_000_000)
    assert rules.smtp.sender_address == "buchung@soccer-kirche.example"
    assert (rules.privacy.forget_after_days, rules.privacy.letters_days) == (731, 2192)
    assert rules.replies["change"] == ("aendern", "verschieben", "change")
    assert rules.discounts[0].until == date(2027, 5, 31)


def test_the_documented_words_are_the_examples() -> None:
    """Default words are those of the example file, and every default is said there."""
    rules = config.load(ROOT / "rules.yaml", ENV)
    source = rules.sources["youcanbookme"]
    assert rules.replies == {key: tuple(folded(word) for word in words) for key, words in REPLIES.items()}
    assert (source.labels, source.subjects) == (LABELS, SUBJECTS)


def test_what_is_left_out_takes_its_default(tmp_path: Path) -> None:
    """The least file gives the same words, times and limits as the example."""
    small, example = load(tmp_path, SMALL), config.load(ROOT / "rules.yaml", ENV)
    assert small.replies == example.replies
    assert (small.schedule, small.privacy, small.trust.require) == (example.schedule, example.privacy, Proof.DMARC)
    assert small.sources["web"].labels == example.sources["youcanbookme"].labels
    assert small.resources["halle"].prices == (PriceLine((0, 1, 2, 3, 4, 5, 6), time(0), time.max, Decimal("45.00")),)
    assert (small.mailbox.port, small.mailbox.security, small.smtp.port) == (993, Security.TLS, 587)


def test_the_optional_keys_are_understood(tmp_path: Path) -> None:
    """Every key the example shows commented out is taken, and means what it says."""
    optional = """
banners: ["ACHTUNG: Externe E-Mail"]
oddities: {past: false, clash: true, unpaid: true}
watch: {silence: 5 office days}
alarm: {smtp: {host: other.example}, to: owner@elsewhere.example}
statements: {csv: {bank: {date: Buchungstag, amount: Betrag, text: Verwendungszweck, name: Name}}}
dunning: {levels: [{after: 10d, cost: 0.00}, {after: 14d, cost: 2.50}]}
"""
    text = changed(
        ("vat_percent: 19", "small_business: {from: 2027-01-01}\n  vat: [{from: 2026-01-01, percent: 19}]"),
        ("password: ${MAILBOT_IMAP_PASSWORD}", "oauth: {user: a@b.example, token_command: get-token}"),
        ("mx.halle.example", "mx.halle.example, without_id: true"),
        ("buero@halle.example}", "buero@halle.example, rehearsal: probe@halle.example}"),
        ("role: desk", "role: desk, trust: token"),
    )
    rules = load(tmp_path, text + optional)
    payment = rules.resources["halle"].payment
    assert (rules.banners, rules.oddities["past"]) == (("ACHTUNG: Externe E-Mail",), False)
    assert (rules.silence_office_days, rules.site.rehearsal) == (5, "probe@halle.example")
    assert rules.alarm.smtp
    assert rules.alarm.smtp.sender_address == "buchung@halle.example"
    assert rules.csv["bank"]["amount"] == "Betrag"
    assert [level.after_days for level in rules.dunning] == [10, 14]
    assert payment.vat == (VatRate(date(2026, 1, 1), Decimal(19)),)
    assert payment.small_business_from == date(2027, 1, 1)
    assert rules.mailbox.oauth
    assert rules.mailbox.oauth.token_command == "get-token"
    assert rules.people["theke"].trust is Proof.TOKEN
    assert rules.trust.without_id


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("", "https://login.microsoftonline.com/common/oauth2/v2.0/token"),
        (", token_url: microsoft", "https://login.microsoftonline.com/common/oauth2/v2.0/token"),
        (", token_url: google", "https://oauth2.googleapis.com/token"),
        (", token_url: https://auth.halle.example/token?x=1", "https://auth.halle.example/token?x=1"),
        (", token_url: http://127.0.0.1:8080/token", "http://127.0.0.1:8080/token"),
    ],
)
def test_a_refresh_token_and_where_it_is_traded(tmp_path: Path, written: str, url: str) -> None:
    """Providers may be named; secrets come from the environment and stand in no repr."""
    wanted = f"oauth: {{user: a@b.example, refresh_token: '${{MAILBOT_IMAP_PASSWORD}}', client_id: c{written}}}"
    oauth = load(tmp_path, changed(("password: ${MAILBOT_IMAP_PASSWORD}", wanted))).mailbox.oauth
    assert oauth
    assert (oauth.refresh_token, oauth.client_id, oauth.token_url) == (ENV["MAILBOT_IMAP_PASSWORD"], "c", url)
    assert oauth.refresh_token not in repr(oauth)


def test_every_oddity_can_be_switched_off() -> None:
    """rules.yaml knows each oddity the review looks for."""
    assert set(oddities.ODDITIES) <= set(ODDITIES)


def test_an_empty_section_is_one_left_out(tmp_path: Path) -> None:
    """A section of which every line is commented out is no mistake."""
    rules = load(tmp_path, SMALL + "replies:\nschedule:\ndiscounts:\nbanners:\n")
    assert (rules.discounts, rules.replies["list"]) == ((), ("liste", "tabelle", "list"))


def test_a_resource_overrides_key_by_key(tmp_path: Path) -> None:
    """What a resource says of its own replaces that key alone; a list replaces the list; VAT is said one way."""
    own = """
    payment: {due: 7d, vat: [{from: 2026-01-01, percent: 7}]}
    door_codes: {season: {to: 2026-12-31}, digits: 4}
    short_notice: {margin: 30m}
"""
    rules = load(tmp_path, changed(("    prices:\n      - {per_hour: 45.00}\n", own)) + "prices: [{per_hour: 9.5}]\n")
    halle = rules.resources["halle"]
    assert (halle.payment.due_days, halle.payment.holder) == (7, "Halle GmbH")
    assert [rate.percent for rate in halle.payment.vat] == [Decimal(7)]
    assert (halle.door_codes.season_from, halle.door_codes.season_to) == (date(2026, 9, 15), date(2026, 12, 31))
    assert (halle.short_notice.margin, halle.short_notice.office_time) == (timedelta(minutes=30), timedelta(hours=1))
    assert halle.prices[0].per_hour == Decimal("9.5")


def test_a_default_word_gives_way_to_the_offices_own(tmp_path: Path) -> None:
    """A word the office uses for one keyword no longer stands for another by default."""
    replies = load(tmp_path, SMALL + "replies: {reject: [storno]}\n").replies
    assert replies["reject"] == ("storno",)
    assert replies["cancel"] == ("stornieren", "absagen", "cancel")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("SK-{year}-{n:05d}", "SK-{year}-{n}", True),
        ("SK-{year}-{n}", "SK-{year}-1{n}", True),
        ("{year}{n}", "{n}{year}", True),
        ("SK-{year}-{n}", "HA-{year}-{n}", False),
        ("A{year}-{n}", "A{year}/{n}", False),
    ],
)
def test_patterns_that_could_give_one_number_twice_are_seen(one: str, other: str, meet: bool) -> None:
    """Two series of invoices never share a number."""
    assert could_meet(one, other) is could_meet(other, one) is meet


def test_the_fingerprint_follows_what_makes_a_letter_ours(tmp_path: Path) -> None:
    """It changes with sources, people and mailbox, and with nothing else; least of all does it tell a password."""
    before = load(tmp_path, SMALL).fingerprint
    for change in (("@web.example", "@net.example"), ("theke@", "bar@"), ("user: buchung", "user: post")):
        assert load(tmp_path, changed(change)).fingerprint != before
    assert load(tmp_path, changed(("45.00", "46.00"))).fingerprint == before
    assert load(tmp_path, SMALL, {"MAILBOT_IMAP_PASSWORD": "another"}).fingerprint == before
