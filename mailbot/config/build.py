"""Makes the frozen Rules of model/rules.py from the values of rules.yaml, once nothing is wrong with them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

from mailbot.config.defaults import LABELS, REPLIES, SUBJECTS
from mailbot.config.shape import (
    AlarmSmtpShape,
    CodesShape,
    MailboxShape,
    PaymentShape,
    PersonShape,
    PriceLineShape,
    ResourceShape,
)
from mailbot.config.whole import RulesShape, SourceShape
from mailbot.model import rules
from mailbot.model.words import folded


def built(shape: RulesShape) -> rules.Rules:
    """Build the rules; a key that was left out takes the default of its dataclass."""
    whole = rules.Rules(
        site=rules.Site(**shape.site.given()),
        mailbox=_mailbox(shape.mailbox),
        smtp=_smtp(shape.smtp, shape.smtp.sender),
        trust=rules.Trust(**shape.trust.given()),
        people={key: _person(key, person) for key, person in shape.people.items()},
        resources={key: _resource(key, resource) for key, resource in shape.resources.items()},
        sources={key: _source(key, source) for key, source in shape.sources.items()},
        replies=_words(REPLIES, shape.replies, fold=True),
        discounts=tuple(rules.Discount(**discount.given()) for discount in shape.discounts or ()),
        banners=tuple(shape.banners or ()),
        oddities=dict(shape.oddities or {}),
        alarm=_alarm(shape),
        **_settings(shape),
    )
    return replace(whole, fingerprint=_fingerprint(whole))


def _settings(shape: RulesShape) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if shape.schedule:
        settings["schedule"] = rules.Schedule(**shape.schedule.given())
    if shape.privacy:
        settings["privacy"] = rules.Privacy(**shape.privacy.given())
    if shape.watch and shape.watch.silence is not None:
        settings["silence_office_days"] = shape.watch.silence
    if shape.statements and shape.statements.csv:
        settings["csv"] = {bank: columns.given() for bank, columns in shape.statements.csv.items()}
    if shape.dunning and shape.dunning.levels:
        settings["dunning"] = tuple(rules.DunningLevel(**level.given()) for level in shape.dunning.levels)
    return settings


def _oauth(shape: MailboxShape | AlarmSmtpShape) -> dict[str, Any]:
    return {"oauth": rules.OAuth(**shape.oauth.given())} if shape.oauth else {}


def _mailbox(shape: MailboxShape) -> rules.MailboxRules:
    return rules.MailboxRules(**shape.given("oauth"), **_oauth(shape))


def _smtp(shape: AlarmSmtpShape, sender: tuple[str, str]) -> rules.SmtpRules:
    name, address = sender
    given = shape.given("oauth", "sender")
    return rules.SmtpRules(sender_name=name, sender_address=address, **given, **_oauth(shape))


def _alarm(shape: RulesShape) -> rules.AlarmRules:
    if not shape.alarm:
        return rules.AlarmRules()
    smtp = shape.alarm.smtp
    return rules.AlarmRules(shape.alarm.to, _smtp(smtp, smtp.sender or shape.smtp.sender) if smtp else None)


def _person(key: str, shape: PersonShape) -> rules.Person:
    given = shape.given("emails", "closed")
    return rules.Person(key=key, emails=tuple(shape.emails), closed=tuple(shape.closed or ()), **given)


def _resource(key: str, shape: ResourceShape) -> rules.Resource:
    short: dict[str, Any] = {}
    if shape.short_notice:
        short = {"short_notice": rules.ShortNotice(**shape.short_notice.given())}
    return rules.Resource(
        key=key,
        payment=_payment(shape.payment),
        door_codes=_codes(shape.door_codes),
        prices=tuple(_price_line(line) for line in shape.prices),
        subscribers=tuple(shape.subscribers or ()),
        **short,
        **shape.given("payment", "door_codes", "prices", "subscribers", "short_notice"),
    )


def _price_line(shape: PriceLineShape) -> rules.PriceLine:
    # A line without days or times fits always.
    always: dict[str, Any] = {"days": tuple(range(7)), "start": time.min, "end": time.max}
    return rules.PriceLine(**{**always, **shape.given()})


def _codes(shape: CodesShape) -> rules.CodeRules:
    given = shape.given("season", "list") | (shape.list.given() if shape.list else {})
    return rules.CodeRules(season_from=shape.season.start, season_to=shape.season.end, **given)


def _payment(shape: PaymentShape) -> rules.Payment:
    rates = [rules.VatRate(line.since, line.percent) for line in shape.vat or ()]
    if shape.vat_percent is not None:
        rates = [rules.VatRate(date.min, shape.vat_percent)]
    return rules.Payment(
        vat=tuple(sorted(rates, key=lambda rate: rate.since)),
        small_business_from=shape.small_business.since if shape.small_business else None,
        **shape.given("vat", "vat_percent", "small_business"),
    )


def _source(key: str, shape: SourceShape) -> rules.Source:
    return rules.Source(
        key=key,
        resource=shape.resource,
        senders=tuple(shape.senders),
        subjects=_words(SUBJECTS, shape.subjects),
        labels=_words(LABELS, shape.labels),
    )


def _words(
    default: Mapping[str, Sequence[str]], own: Mapping[str, Sequence[str]] | None, *, fold: bool = False
) -> dict[str, tuple[str, ...]]:
    """Give the words of every keyword: the office's own, else the default ones it uses nowhere else."""
    own = own or {}
    taken = {folded(word) for words in own.values() for word in words}
    left = {key: [word for word in words if folded(word) not in taken] for key, words in default.items()}
    words = {key: own.get(key, left[key]) for key in default}
    return {key: tuple(dict.fromkeys(folded(w) if fold else w for w in row)) for key, row in words.items()}


def _fingerprint(whole: rules.Rules) -> str:
    """Sum up what makes a letter ours: the mailbox, who is listed, and the words asked for occupancy."""
    about = [
        [whole.mailbox.host, whole.mailbox.user, whole.mailbox.inbox, whole.mailbox.subaddress],
        sorted([key, *source.senders] for key, source in whole.sources.items()),
        sorted([key, person.role, *person.emails] for key, person in whole.people.items()),
        sorted(whole.replies["occupancy"]),
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
