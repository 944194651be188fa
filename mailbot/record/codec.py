"""Records to plain dicts and back, as the ledger keeps them: the only place where a record is a dict.

The second home of pydantic, beside config: what a disk gives back is input like any other and is checked field by
field. Times become ISO 8601 with offset and come back in the site's zone, amounts become strings.
Fails with StopError 74 that names table, key, field and what was expected, and never shows a value: it may be a code.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from mailbot.errors import EXIT_LEDGER_DAMAGED, AskHumanError, StopError
from mailbot.model.mail import SendingResult
from mailbot.model.records import RECORDS, Record

R = TypeVar("R")

_ADAPTERS: dict[str, TypeAdapter[Any]] = {kind.TABLE: TypeAdapter(kind) for kind in RECORDS}
_RESULT = TypeAdapter(SendingResult)
TABLES = tuple(kind.TABLE for kind in RECORDS)
_ABSENT = object()


def encode(record: Record) -> dict[str, Any]:
    """Give a record as JSON values. Raises AskHumanError where a text holds what no file can (half a surrogate)."""
    document: dict[str, Any] = _ADAPTERS[record.TABLE].dump_python(record, mode="json")
    try:
        to_json(document)
    except PydanticSerializationError as error:
        raise AskHumanError(f"{record.TABLE}/{record.key}: a text in it holds characters no file can keep") from error
    return document


def decode(table: str, key: str, document: Mapping[str, Any], zone: ZoneInfo, file: str) -> Record:
    """Give the record of a document; times come back in `zone`. Raises StopError (74) for anything unexpected."""
    where = f"{file}: {table}/{key}"
    if table not in _ADAPTERS:
        raise damaged(f"{file}: table {table}", f"one of {', '.join(TABLES)}")
    adapter = _ADAPTERS[table]
    record: Record = _checked(adapter, to_json(document), zone, where)
    # The ledger of a newer mailbot may hold fields this one would drop: it must not be written over.
    odd = _odd(document, adapter.dump_python(record, mode="json"))
    if odd is not None:
        raise damaged(f"{where}: field {odd}", "only fields and values this version of mailbot writes")
    if record.key != key:
        raise damaged(where, "the key its own fields make")
    return record


def encode_result(result: SendingResult) -> bytes:
    """Give what became of a hand-over as one line of JSON."""
    return _RESULT.dump_json(result)


def decode_result(line: bytes, zone: ZoneInfo, where: str) -> SendingResult:
    """Give the hand-over a line tells of. Raises StopError (74)."""
    return _checked(_RESULT, line, zone, where)


def damaged(where: str, expected: str) -> StopError:
    """Build the error for what a disk gave back and no mailbot wrote."""
    return StopError(f"{where} is damaged: expected {expected}", EXIT_LEDGER_DAMAGED)


def _checked(adapter: TypeAdapter[R], raw: bytes, zone: ZoneInfo, where: str) -> R:
    try:
        return _in_zone(adapter.validate_json(raw, strict=True), zone)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        # From None: pydantic's own error shows the values, and some of them are codes and tokens.
        raise damaged(f"{where}: field {field}" if field else where, first["msg"]) from None
    except ValueError:
        raise damaged(where, "times with their offset") from None


def _in_zone(value: R, zone: ZoneInfo) -> R:
    """Put every time of a record into the site's zone."""
    changed: dict[str, Any] = {}
    for name in _field_names(type(value)):  # type: ignore[arg-type]  # a class is hashable
        old = getattr(value, name)
        if isinstance(old, datetime):
            if old.tzinfo is None:
                raise ValueError("a time without offset")
            changed[name] = old.astimezone(zone)
        elif hasattr(old, "__dataclass_fields__") and (inner := _in_zone(old, zone)) is not old:
            changed[name] = inner
    return replace(value, **changed) if changed else value  # type: ignore[type-var]  # every record is a dataclass


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _odd(document: Any, again: Any) -> str | None:
    """Name the first field that its record would not write so, "" for the value itself; None where all is well."""
    if document == again:
        return None
    if isinstance(document, Mapping) and isinstance(again, Mapping):
        pairs = ((str(name), value, again.get(name, _ABSENT)) for name, value in document.items())
    elif isinstance(document, list) and isinstance(again, list) and len(document) == len(again):
        pairs = ((str(number), *pair) for number, pair in enumerate(zip(document, again, strict=True)))
    else:
        return None if _is_same_moment(document, again) else ""
    for name, value, other in pairs:
        if (inner := _odd(value, other)) is not None:
            return f"{name}.{inner}".rstrip(".")
    return None


def _is_same_moment(text: Any, other: Any) -> bool:
    # Books may have been written in another zone. Pydantic alone would take "482913" for seconds since 1970.
    try:
        return datetime.fromisoformat(text) == datetime.fromisoformat(other)
    except (TypeError, ValueError):
        return False
