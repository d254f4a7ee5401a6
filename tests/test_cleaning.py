"""What `clean`, `deduplicate` and `compare` make of real rows: every loss and every change is recorded."""

import pytest

from tests.place import Place
from tests.shop import project_of


def fates(place: Place, order_id: str) -> list[object]:
    rows = place.ask(
        f"select fate from records.row_ledger where file_id = 1 and row_number in ({order_id}) order by row_number"
    )
    return [fate for (fate,) in rows]


def test_only_rows_that_stood_equal_in_the_file_are_exact_duplicates(shop: Place) -> None:
    assert fates(shop, "1, 2") == ["kept", "duplicate"]


@pytest.mark.parametrize("rows", ["3, 4", "5, 6"], ids=["both unreadable", "another column differs"])
def test_rows_that_only_look_equal_after_cleaning_are_no_exact_duplicates(shop: Place, rows: str) -> None:
    assert sorted(map(str, fates(shop, rows))) == ["kept", "superseded"]


def test_a_column_says_itself_which_words_mean_nothing(shop: Place) -> None:
    assert shop.ask("select order_id, country from marts.orders order by 1") == [
        ("A", "DE"), ("B", "DE"), ("C", "NA"), ("D", None), ("E", None), ("F", "none"), ("G", "DE"), ("H", "DE")
    ]  # fmt: skip


def changes(place: Place, column: str, file: str) -> dict[object, tuple[object, ...]]:
    rows = place.ask(
        "select rule, n_values, example_before, example_after from records.formatting_changes "
        f"where column_name = '{column}' and run_id = (select run_id from records.file_loads where uri like '%{file}')"
    )
    return {rule: rest for rule, *rest in rows}


def test_digits_that_a_decimal_drops_are_counted(shop: Place) -> None:
    assert changes(shop, "amount", "1.csv")["rounded"] == [2, "12.345", "12.35"]
    assert shop.ask("select amount::varchar from marts.orders where order_id in ('D', 'E', 'F') order by order_id") == [
        ("12.35",), ("12.34",), ("0.13",)
    ]  # fmt: skip


def test_rewritten_timestamps_are_counted_by_the_run_that_loaded_them(shop: Place) -> None:
    # D and E, then G
    first = {"timestamp_format": [2, "2026-01-01T08:00:00Z", "2026-01-01 08:00:00"]}
    assert changes(shop, "updated_at", "1.csv") == first
    assert changes(shop, "updated_at", "2.csv") == {"timestamp_format": [1, "2026-01-02", "2026-01-02 00:00:00"]}


def test_a_bad_value_names_the_run_that_loaded_its_file(shop: Place) -> None:
    runs = [run for (run,) in shop.ask("select run_id from records.runs where flow = 'run' order by started_at")]
    bad = shop.ask(
        "select bad_value, run_id from records.rejected_rows where stage = 'clean' order by file_id, row_number"
    )
    assert bad == [("12 or so", runs[0]), ("twelve", runs[0]), ("much", runs[1])]


def test_a_comparison_counts_repeated_keys_and_the_largest_difference(shop: Place) -> None:
    latest = "run_id = (select max_by(run_id, started_at) from records.runs where flow = 'run')"
    assert shop.ask(
        "select left_only, right_only, in_both, left_duplicate_keys, right_duplicate_keys "
        f"from records.comparisons where {latest}"
    ) == [(3, 2, 6, 3, 0)]
    assert shop.ask(
        "select column_name, mismatches, different, null_left, null_right, within_tolerance, max_difference, "
        f"example_left, example_right from records.comparison_columns where {latest}"
    ) == [("amount", 1, 1, 0, 0, 0, 4.0, "1.00", "5.00")]


def test_the_parameters_of_every_run_are_recorded(shop: Place) -> None:
    assert shop.ask(
        "select distinct parameters->>'trigger', parameters->>'project' from records.runs where flow = 'run'"
    ) == [("command", str(project_of(shop)))]
