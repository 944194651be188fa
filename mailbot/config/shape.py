"""The shape of rules.yaml: which keys stand where, and what kind of value each has.

A field is named as in model/rules.py, its alias as in the file. Defaults are not repeated here: `given()` tells what
was written, and what was not takes the default of model/rules.py (or config/defaults.py for words).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mailbot.config import leaves as is_
from mailbot.model.rules import Hours

LEFT_OUT: Any = Field(default=None)


def key(alias: str) -> Any:
    """Name the key of a field that may be left out."""
    return Field(default=None, alias=alias)


def empty_list(found: object) -> object:
    """Take a list of which every item is commented out for an empty one."""
    return [] if found is None else found


def empty_mapping(found: object) -> object:
    """Take a section of which every key is commented out for an empty one."""
    return {} if found is None else found


def _week(found: dict[tuple[int, ...], is_.Spans]) -> Hours:
    week: list[is_.Spans] = [()] * 7
    for days, spans in found.items():
        for day in days:
            week[day] = spans
    return Hours(tuple(week))


NOT_EMPTY = Field(min_length=1)
Week = Annotated[dict[is_.Days, is_.Spans], BeforeValidator(empty_mapping), AfterValidator(_week)]


class Section(BaseModel):
    """Keys below one another; a key that is not known here is a mistake, an empty section has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, found: object) -> object:
        return empty_mapping(found)

    def given(self, *but: str) -> dict[str, Any]:
        """Give the fields that were written, by the names model/rules.py has for them, without `but`."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set) if name not in but}


class SiteShape(Section):  # noqa: D101  # each section below is described where its value lives, in model/rules.py
    name: is_.Text
    contact: is_.Email
    language: is_.Language = LEFT_OUT
    timezone: is_.Zone = LEFT_OUT
    rehearsal: is_.Email = LEFT_OUT


class OAuthShape(Section):  # noqa: D101  # see SiteShape
    user: is_.Text
    token_command: is_.Secret = LEFT_OUT
    refresh_token: is_.Secret = LEFT_OUT
    client_id: is_.Text = LEFT_OUT
    client_secret: is_.Secret = LEFT_OUT
    token_url: is_.TokenUrl = LEFT_OUT


class MailboxShape(Section):  # noqa: D101  # see SiteShape
    host: is_.Host
    user: is_.Text
    port: is_.Port = LEFT_OUT
    security: is_.Security = LEFT_OUT
    password: is_.Secret = LEFT_OUT
    oauth: OAuthShape = LEFT_OUT
    inbox: is_.Text = LEFT_OUT
    done: is_.AnyText = LEFT_OUT
    trouble: is_.Text = LEFT_OUT
    poll_every: is_.Pause = LEFT_OUT
    max_letter: is_.Size = LEFT_OUT
    subaddress: is_.Switch = LEFT_OUT


class AlarmSmtpShape(Section):  # noqa: D101  # see SiteShape
    host: is_.Host
    sender: is_.Sender = LEFT_OUT
    port: is_.Port = LEFT_OUT
    security: is_.Security = LEFT_OUT
    user: is_.Text = LEFT_OUT
    password: is_.Secret = LEFT_OUT
    oauth: OAuthShape = LEFT_OUT
    per_hour: is_.PerHour = LEFT_OUT


class SmtpShape(AlarmSmtpShape):  # noqa: D101  # see SiteShape
    sender: is_.Sender


class AlarmShape(Section):  # noqa: D101  # see SiteShape
    to: is_.Email = LEFT_OUT
    smtp: AlarmSmtpShape = LEFT_OUT


class TrustShape(Section):  # noqa: D101  # see SiteShape
    authserv_id: is_.Text
    require: is_.Proof = LEFT_OUT
    without_id: is_.Switch = LEFT_OUT


class PersonShape(Section):  # noqa: D101  # see SiteShape
    name: is_.Text
    role: is_.PersonRole
    emails: Annotated[list[is_.Email], NOT_EMPTY]
    trust: is_.Proof = LEFT_OUT
    phone: is_.Phone = LEFT_OUT
    hours: Week = LEFT_OUT
    holidays: is_.Calendar = LEFT_OUT
    closed: Annotated[list[is_.Day], BeforeValidator(empty_list)] = LEFT_OUT


class PriceLineShape(Section):  # noqa: D101  # see SiteShape
    per_hour: is_.Money
    days: is_.Days = LEFT_OUT
    start: is_.Moment = key("from")
    end: is_.Clock = key("to")


class SeasonShape(Section):  # noqa: D101  # see SiteShape
    start: is_.Day = Field(alias="from")
    end: is_.Day = Field(alias="to")


class CodeListShape(Section):  # noqa: D101  # see SiteShape
    list_to: is_.Text = Field(alias="to")
    list_days: is_.ListDays = key("days")
    list_at: is_.Moment = key("at")


class CodesShape(Section):  # noqa: D101  # see SiteShape
    season: SeasonShape
    per_slot: is_.PerSlot = key("per")
    digits: is_.Digits = LEFT_OUT
    list: CodeListShape = LEFT_OUT


class VatShape(Section):  # noqa: D101  # see SiteShape
    since: is_.Day = Field(alias="from")
    percent: is_.Percent


class SmallBusinessShape(Section):  # noqa: D101  # see SiteShape
    since: is_.Day = Field(alias="from")


class PaymentShape(Section):  # noqa: D101  # see SiteShape
    holder: is_.Text
    iban: is_.Iban
    issuer: is_.Text
    tax_number: is_.Text
    bic: is_.Bic = LEFT_OUT
    due_days: is_.WholeDays = key("due")
    vat_percent: is_.Percent = LEFT_OUT
    vat: Annotated[list[VatShape], NOT_EMPTY] = LEFT_OUT
    small_business: SmallBusinessShape = LEFT_OUT
    invoice_number: is_.InvoiceNumber = LEFT_OUT
    cancel_free: is_.Duration = LEFT_OUT


class ShortNoticeShape(Section):  # noqa: D101  # see SiteShape
    office_time: is_.Duration = LEFT_OUT
    margin: is_.Duration = LEFT_OUT


class ResourceShape(Section):  # noqa: D101  # see SiteShape
    name: is_.Text
    address: is_.Text
    reviewer: is_.Text
    prices: Annotated[list[PriceLineShape], NOT_EMPTY]
    door_codes: CodesShape
    payment: PaymentShape
    short_notice: ShortNoticeShape = LEFT_OUT
    desk: is_.Text = LEFT_OUT
    subscribers: Annotated[list[is_.Text], BeforeValidator(empty_list)] = LEFT_OUT
    open: Week = LEFT_OUT
    slot: is_.Slot = LEFT_OUT
