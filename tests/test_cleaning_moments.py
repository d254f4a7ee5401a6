"""Dates and times, as `clean` reads them, against Python's datetime; day and month are never guessed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cleaned import cleaned, refusal

SOME = settings(max_examples=40, deadline=None)
DATES = st.lists(st.dates(date(1000, 1, 1)), min_size=1, max_size=30)
FORMATS = {"iso": "%Y-%m-%d", "us": "%m/%d/%Y", "uk": "%d/%m/%Y", "german": "%d.%m.%Y", "compact": "%Y%m%d"}
BERLIN = "Europe/Berlin"


@SOME
@given(DATES, st.sampled_from([*FORMATS, "%d %B %Y", "%b %d, %Y"]))
def test_a_date_is_read_as_python_wrote_it(dates: list[date], name: str) -> None:
    texts = [each.strftime(FORMATS.get(name, name)) for each in dates]
    found = cleaned(texts, {"type": "date", "formats": [name]})
    assert [each.value for each in found] == dates
    assert {each.formatting for each in found} == {() if name == "iso" else ("date_format",)}


@SOME
@given(DATES)
def test_a_file_is_read_day_first_once_one_day_is_beyond_twelve(dates: list[date]) -> None:
    certain = [*dates, date(2026, 1, 13)]
    texts = [each.strftime("%d/%m/%Y") for each in certain]
    assert [each.value for each in cleaned(texts, {"type": "date"})] == certain
    texts = [each.strftime("%m-%d-%Y") for each in certain]
    assert [each.value for each in cleaned(texts, {"type": "date"})] == certain


def test_where_no_day_is_beyond_twelve_the_build_ends_with_the_evidence_and_the_remedy() -> None:
    assert refusal(["03/04/2026", "05/05/2026", "2026-01-13"], {"type": "date"}).endswith(
        "model: clean: column 'x': 1 value of file 1 can be read both with the day and with the month first (such as "
        "'03/04/2026'), 0 with the day first only, 0 with the month first only; declare which is meant, by 'formats': "
        "['uk'] (day first), ['us'] (month first; ['uk_dash'], ['us_dash'] where they are written with -)"
    )
    assert "1 with the day first only (such as '13/01/2026'), 1 with the month first only" in refusal(
        ["03/04/2026", "13/01/2026", "01/13/2026"], {"type": "timestamp"}
    )


def test_dates_that_can_be_read_in_one_way_only_need_no_evidence() -> None:
    texts = ["05/05/2026", "13/01/2026", "01/14/2026", "31/31/2026"]
    found = cleaned(texts, {"type": "date"})
    assert [each.value for each in found] == [date(2026, 5, 5), date(2026, 1, 13), date(2026, 1, 14), None]


def test_formats_are_tried_in_the_declared_order() -> None:
    texts = ["03/04/2026", "13/04/2026", "04/13/2026"]
    values = [each.value for each in cleaned(texts, {"type": "date", "formats": ["us", "uk"]})]
    assert values == [date(2026, 3, 4), date(2026, 4, 13), date(2026, 4, 13)]


@pytest.mark.parametrize(
    ("formats", "texts", "day"),
    [
        (["%d/%m/%y", "%y/%m/%d"], ["28/02/71", "71/02/28"], date(1971, 2, 28)),
        (["compact", "%d%m%Y"], ["20241231", "31122024"], date(2024, 12, 31)),
        (["%d %B %Y", "%d %b %Y"], ["1 March 2024", "1 Mar 2024"], date(2024, 3, 1)),
        (["%d%m%y", "excel"], ["010324", "45352"], date(2024, 3, 1)),
    ],
)
def test_what_is_no_day_in_one_format_is_tried_in_the_next(formats: list[str], texts: list[str], day: date) -> None:
    found = cleaned(texts, {"type": "date", "formats": formats, "pivot": 70})
    assert [each.value for each in found] == [day, day]


def test_years_of_two_digits_turn_at_the_pivot() -> None:
    rules = {"type": "date", "formats": ["%d.%m.%y", "%y/%m/%d"], "pivot": 70}
    texts = ["01.02.69", "01.02.70", "29.02.00", "71/02/28", "29.02.71"]
    assert [each.value for each in cleaned(texts, rules)] == [
        date(2069, 2, 1), date(1970, 2, 1), date(2000, 2, 29), date(1971, 2, 28), None
    ]  # fmt: skip


@SOME
@given(st.lists(st.integers(61, 2_900_000), min_size=1, max_size=30))
def test_excel_counts_its_days_from_the_last_of_1899(serials: list[int]) -> None:
    found = cleaned([str(each) for each in serials], {"type": "date", "formats": ["excel"]})
    assert [each.value for each in found] == [date(1899, 12, 30) + timedelta(each) for each in serials]


def test_excels_day_that_never_was_and_times_of_day() -> None:
    found = cleaned(["59", "60", "61", "45292.5"], {"type": "date", "formats": ["excel"]})
    assert [each.value for each in found] == [date(1900, 2, 28), None, date(1900, 3, 1), None]
    (found_time,) = cleaned(["45292.75"], {"type": "timestamp", "formats": ["excel"]})
    assert found_time.value == datetime(2024, 1, 1, 18)


@SOME
@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=20))
def test_local_times_become_utc_and_hours_that_came_twice_or_never_a_problem(moments: list[datetime]) -> None:
    extra = [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)]
    local = [each.replace(microsecond=0) for each in moments + extra]
    zone = ZoneInfo(BERLIN)
    expected = []
    for moment in local:
        both = {moment.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)}
        expected.append(both.pop() if len(both) == 1 else None)
    texts = [str(each) for each in local]
    assert [each.value for each in cleaned(texts, {"type": "timestamp", "timezone": BERLIN})] == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02T08:00:00Z", datetime(2026, 1, 2, 8)),
        ("2026-01-02 08:00:00+02:00", datetime(2026, 1, 2, 6)),
        ("2026-01-02 08:00:00 -0330", datetime(2026, 1, 2, 11, 30)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("13/01/2026 1:05 PM", datetime(2026, 1, 13, 13, 5)),
        ("2026-01-02 12:05 am", datetime(2026, 1, 2, 0, 5)),
        ("2026-01-02 08:00:00.123456789", datetime(2026, 1, 2, 8, 0, 0, 123456)),
        ("2026-01-02 13:05 pm", None),
        ("2026-01-02 24:00:00", None),
        ("2026-01-02 08:00:61", None),
        ("2026-02-30 08:00:00", None),
        ("9999-12-31 23:00:00+01:00", datetime(9999, 12, 31, 22)),
        ("9999-12-31 23:00:00-05:00", None),
        ("0001-01-01 00:00:00+05:00", None),
    ],
)
def test_a_time_is_kept_in_utc(text: str, value: datetime | None) -> None:
    (found,) = cleaned([text], {"type": "timestamp"})
    assert (found.value, found.problems) == (value, () if value else ("timestamp",))


def test_a_time_with_zone_needs_one_and_a_date_loses_no_time() -> None:
    found = cleaned(["2026-07-01 12:00:00+02", "2026-07-01 12:00:00"], {"type": "timestamptz"})
    assert [str(each.value) for each in found] == ["2026-07-01 10:00:00+00:00", "None"]
    dates = cleaned(["2026-07-01 00:00:00", "2026-07-01 12:00:00", "-999-01-01"], {"type": "date"})
    assert [each.value for each in dates] == [date(2026, 7, 1), None, None]


@pytest.mark.parametrize(
    ("zone", "moment", "utc"),
    [
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", None),  # half an hour twice
        ("Australia/Lord_Howe", "2026-04-05 01:15:00", datetime(2026, 4, 4, 14, 15)),
        ("Australia/Lord_Howe", "2026-10-04 02:15:00", None),
        ("Antarctica/Troll", "2026-10-25 01:30:00", None),  # two hours twice
        ("Antarctica/Troll", "2026-10-25 03:30:00", datetime(2026, 10, 25, 3, 30)),
        ("Pacific/Apia", "2011-12-30 12:00:00", None),  # a day that never was
        ("Pacific/Apia", "2011-12-31 05:00:00", datetime(2011, 12, 30, 15)),
    ],
)
def test_whatever_the_clocks_skip_or_repeat_is_no_certain_time(zone: str, moment: str, utc: datetime | None) -> None:
    assert cleaned([moment], {"type": "timestamp", "timezone": zone})[0].value == utc


def test_what_is_no_day_in_either_reading_is_no_evidence() -> None:
    assert [each.value for each in cleaned(["00/04/2026", "0/13/2026"], {"type": "date"})] == [None, None]


@pytest.mark.parametrize("text", ["31/02/2026", "02/30/2026", "29/02/2026", "13/04/20261", "13/04/2026 or so"])
def test_what_is_no_date_settles_nothing(text: str) -> None:
    assert "such as '03/04/2026'), 0 with the day first only, 0 with" in refusal(["03/04/2026", text], {"type": "date"})
    assert cleaned(["03/04/2024", "29/02/2024"], {"type": "date"})[0].value == date(2024, 4, 3)
