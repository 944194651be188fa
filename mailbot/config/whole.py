"""The shape of rules.yaml as a whole: its sections, and those that belong to no resource."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from mailbot.config import leaves as is_
from mailbot.config.defaults import LABELS, ODDITIES, REPLIES, SUBJECTS
from mailbot.config.shape import (
    LEFT_OUT,
    NOT_EMPTY,
    AlarmShape,
    MailboxShape,
    PersonShape,
    ResourceShape,
    Section,
    SiteShape,
    SmtpShape,
    TrustShape,
    empty_list,
    empty_mapping,
    key,
)

Words = Annotated[list[is_.Word], NOT_EMPTY]
Labels = Annotated[list[is_.Text], NOT_EMPTY]
Keyword = Annotated[str, is_.one_of(REPLIES)]
LabelledField = Annotated[str, is_.one_of(LABELS)]
SubjectKind = Annotated[str, is_.one_of(SUBJECTS)]
Oddity = Annotated[str, is_.one_of(ODDITIES)]


class SourceShape(Section):  # noqa: D101  # see SiteShape
    resource: is_.Text
    senders: Annotated[list[is_.ListedSender], NOT_EMPTY]
    subjects: Annotated[dict[SubjectKind, Labels], BeforeValidator(empty_mapping)] = LEFT_OUT
    labels: Annotated[dict[LabelledField, Labels], BeforeValidator(empty_mapping)] = LEFT_OUT


class DiscountShape(Section):  # noqa: D101  # see SiteShape
    customer: is_.Email
    percent: is_.Percent
    since: is_.Day = key("from")
    until: is_.Day = LEFT_OUT
    reason: is_.AnyText = LEFT_OUT


class ScheduleShape(Section):  # noqa: D101  # see SiteShape
    digest: is_.Moment = LEFT_OUT
    review_reminder: is_.Duration = LEFT_OUT
    short_notice_payment: is_.Moment = LEFT_OUT
    undo: is_.Duration = LEFT_OUT


class PrivacyShape(Section):  # noqa: D101  # see SiteShape
    forget_after_days: is_.Keeping = key("forget_after")
    invoices_days: is_.Keeping = key("invoices")
    letters_days: is_.Keeping = key("letters")
    backups_days: is_.Keeping = key("backups")


class WatchShape(Section):  # noqa: D101  # see SiteShape
    silence: is_.OfficeDays = LEFT_OUT


class ColumnsShape(Section):
    """What a bank calls the columns of its CSV statements."""

    date: is_.Text
    amount: is_.Text
    text: is_.Text
    name: is_.Text = LEFT_OUT


class StatementsShape(Section):  # noqa: D101  # see SiteShape
    csv: Annotated[dict[str, ColumnsShape], BeforeValidator(empty_mapping)] = LEFT_OUT


class DunningLevelShape(Section):  # noqa: D101  # see SiteShape
    after_days: is_.WholeDays = Field(alias="after")
    cost: is_.Money


class DunningShape(Section):  # noqa: D101  # see SiteShape
    levels: Annotated[list[DunningLevelShape], BeforeValidator(empty_list)] = LEFT_OUT


class RulesShape(Section):
    """All of rules.yaml. What a resource may override is judged there, once the resource's own is laid over it."""

    site: SiteShape
    mailbox: MailboxShape
    smtp: SmtpShape
    trust: TrustShape
    people: Annotated[dict[str, PersonShape], NOT_EMPTY]
    resources: Annotated[dict[str, ResourceShape], NOT_EMPTY]
    sources: Annotated[dict[str, SourceShape], NOT_EMPTY]
    replies: Annotated[dict[Keyword, Words], BeforeValidator(empty_mapping)] = LEFT_OUT
    discounts: Annotated[list[DiscountShape], BeforeValidator(empty_list)] = LEFT_OUT
    schedule: ScheduleShape = LEFT_OUT
    privacy: PrivacyShape = LEFT_OUT
    banners: Annotated[list[is_.Text], BeforeValidator(empty_list)] = LEFT_OUT
    oddities: Annotated[dict[Oddity, is_.Switch], BeforeValidator(empty_mapping)] = LEFT_OUT
    watch: WatchShape = LEFT_OUT
    alarm: AlarmShape = LEFT_OUT
    statements: StatementsShape = LEFT_OUT
    dunning: DunningShape = LEFT_OUT
    door_codes: Any = LEFT_OUT
    prices: Any = LEFT_OUT
    payment: Any = LEFT_OUT
    short_notice: Any = LEFT_OUT
