"""Which door codes are too easy to guess: rows, repetitions, mirrors, dates. Pure; knows nothing of days or locks."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise


def is_pattern(code: str) -> bool:
    """Tell whether the digits follow a simple rule: 0000, 1234, 8642, 121212, 112233, 123321."""
    return _is_row(code) or _repeats(code) or _is_row_of_pairs(code) or _is_mirrored_row(code)


def _is_row(code: str) -> bool:
    # 7890 and 2109 go on over the zero, 2468 by twos: every constant step counts.
    return len({(int(b) - int(a)) % 10 for a, b in pairwise(code)}) <= 1


def _repeats(code: str) -> bool:
    return any(
        all(digit == code[n % period] for n, digit in enumerate(code)) for period in range(1, len(code) // 2 + 1)
    )


def _is_row_of_pairs(code: str) -> bool:
    return len(code) % 2 == 0 and code[::2] == code[1::2] and _is_row(code[::2])


def _is_mirrored_row(code: str) -> bool:
    return code == code[::-1] and _is_row(code[: (len(code) + 1) // 2])


def is_date(code: str, years: range) -> bool:
    """Tell whether the digits read as a date: DDMM, DDMMYY, DDMMYYYY, also with month or year first, or a year.

    Where a year is written, it must be one of `years` (four digits each).
    """
    return any(_exists(*parts) for parts in _readings(code, years))


def _readings(code: str, years: range) -> Iterator[tuple[int, int, int]]:
    """Give (year, month, day) for each way of reading; 2000 stands for no year, as it has a 29 February."""
    if len(code) == 4:
        yield from ((2000, int(code[2:]), int(code[:2])), (2000, int(code[:2]), int(code[2:])))
        yield (int(code), 1, 1) if int(code) in years else (0, 0, 0)
    if len(code) == 6:
        a, b, c = (int(code[n : n + 2]) for n in (0, 2, 4))
        for year in years:
            yield from ((year, b, a), (year, a, b)) if year % 100 == c else ()
            yield from ((year, b, c),) if year % 100 == a else ()
        yield from ((y, m, 1) for y, m in ((int(code[:4]), c), (int(code[2:]), a)) if y in years)
    if len(code) == 8:
        first, last = int(code[:4]), int(code[4:])
        yield from ((first, last // 100, last % 100),) if first in years else ()
        yield from ((last, first % 100, first // 100), (last, first // 100, first % 100)) if last in years else ()


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
