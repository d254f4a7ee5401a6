"""Compares two sides that are open: runs the SQL of the dbt macro `compare` and counts what it gives."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TypeVar

import duckdb

from flows.comparing.alignment import TEXT, Aligned, align, create_views
from flows.comparing.found import ColumnFound, Counts, Found
from flows.comparing.renames import suggest_renames
from flows.comparing.sides import Side
from flows.comparing.times import unit_of
from flows.comparing.wishes import Tolerance, Wishes, joined
from flows.declaration.checks import has
from flows.errors import DeclarationError
from flows.macros import render, returned

COMPARED = "compared"
NOT_PLAINLY_EQUAL = "_merge <> 'both' or len(_differences) > 0"
Wish = TypeVar("Wish")


def compare(connection: duckdb.DuckDBPyConnection, left: Side, right: Side, wishes: Wishes) -> Found:
    """Compare two sides; the rows that are not plainly equal are in the table `compared` afterwards.

    Raises
    ------
    DeclarationError
        When a column is not there on both sides, or a wish is about one that is not compared.
    """
    keys = [_there(left, right, name) for name in wishes.key]
    columns = _compared_columns(left, right, wishes.columns, keys)
    _refuse_own_names(keys, columns)
    folds = _by_name(left, wishes.folds)
    aligned = align(connection, left, right, [*keys, *columns], folds)
    tolerances = _by_name(left, wishes.tolerances)
    _check_tolerances(aligned, tolerances)
    views = create_views(connection, left, right, aligned)
    rules = {name: each.as_rules() for name, each in tolerances.items()}
    types = same_types(connection, *views)
    compared = render("compare", *views, keys, columns, tolerance=rules, fold=folds, same_types=types)
    connection.execute(f"create table {COMPARED} as {compared}")
    return _found(connection, left, right, aligned[: len(keys)], aligned[len(keys) :], bool(wishes.columns))


def same_types(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> dict[str, str]:
    """Return by column the type that it has in both of these views or tables, if it is the same."""
    types = [f"select column_name, column_type from (describe {view})" for view in (left, right)]
    return dict(connection.execute(" intersect ".join(types)).fetchall())


def _refuse_own_names(keys: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse columns that would be mixed up with those of the result, such as of a file that `--rows` wrote."""
    own = returned("names_of_compare", [*keys, *columns])
    taken = [name for name in (*keys, *columns) if name.lower() in own]
    if not taken:
        return
    others = [name for name in columns if name not in taken] if not set(taken) & set(keys) else []
    remedy = f", or compare the others: --columns {shlex.quote(joined(others))}" if others else ""
    named = ", ".join(f"'{name}'" for name in taken)
    raise DeclarationError(
        f"compare: the result has columns of its own named {named}; rename yours in both sides{remedy}"
    )


def _check_tolerances(columns: Sequence[Aligned], tolerances: Mapping[str, Tolerance]) -> None:
    """Refuse one that would do nothing; a text may hold numbers, where the other side has no times."""
    for each in columns:
        are_times = unit_of(each.left.data_type) or unit_of(each.right.data_type)
        may_be_numbers = each.is_number or (each.compared_as == TEXT and not are_times)
        if each.name not in tolerances or may_be_numbers:
            continue
        what = f"compare: --tolerance of '{each.name}', which is compared as {each.compared_as}"
        if not each.unit:
            raise DeclarationError(f"{what}: such values have no difference; only numbers and times of one type do")
        if tolerances[each.name].relative:
            raise DeclarationError(f"{what}: a share of it says nothing; write {each.unit}s, as {each.name}=1")


def _compared_columns(left: Side, right: Side, wished: Sequence[str], keys: Sequence[str]) -> list[str]:
    if wished:
        return [_there(left, right, name) for name in wished]
    common = [each.name for each in left.columns if right.column(each.name) and each.name not in keys]
    if not keys and not common:
        raise DeclarationError(f"compare: {left.name} and {right.name} have no column in common")
    return common


def _there(left: Side, right: Side, name: str) -> str:
    """Return a column's name as the left side writes it."""
    for side in (left, right):
        if not side.column(name):
            raise DeclarationError(
                f"compare: {side.name} has no column '{name}'{has(name, [each.name for each in side.columns])}"
            )
    return _written(left, name)


def _written(left: Side, name: str) -> str:
    column = left.column(name)
    return column.name if column else name


def _by_name(left: Side, wished: Mapping[str, Wish]) -> dict[str, Wish]:
    return {_written(left, name): wish for name, wish in wished.items()}


def _found(
    connection: duckdb.DuckDBPyConnection,
    left: Side,
    right: Side,
    keys: Sequence[Aligned],
    columns: Sequence[Aligned],
    is_choice: bool,
) -> Found:
    changed, left_only, right_only, *duplicate_keys = _row_counts(connection)
    both = left.rows - left_only
    of_left = [] if is_choice else [each for each in left.columns if not right.column(each.name)]
    of_right = [] if is_choice else [each for each in right.columns if not left.column(each.name)]
    return Found(
        left=left,
        right=right,
        keys=tuple(keys),
        both=both,
        changed=changed,
        left_only=left_only,
        right_only=right_only,
        left_duplicate_keys=duplicate_keys[0] if keys else 0,
        right_duplicate_keys=duplicate_keys[1] if keys else 0,
        columns=_columns_found(connection, columns, both),
        left_columns=tuple(of_left),
        right_columns=tuple(of_right),
        renames=suggest_renames(connection, left, right, of_left, of_right),
    )


def _row_counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    row = connection.execute(
        "select count(*) filter (where is_changed), count(*) filter (where _merge = 'left_only'), "
        "count(*) filter (where _merge = 'right_only'), count(*) filter (where _pair = 1 and _rows_left > 1), "
        f"count(*) filter (where _pair = 1 and _rows_right > 1) from {COMPARED}"
    ).fetchone()
    assert row
    return row


def _columns_found(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[Aligned], both: int
) -> tuple[ColumnFound, ...]:
    rows = connection.execute(
        "select column_name, different, null_left, null_right, within_tolerance, max_difference, example_left, "
        f"example_right from ({render('columns_of_comparison', COMPARED)})"
    ).fetchall()
    differing = {row[0]: Counts(*row[1:]) for row in rows}
    return tuple(ColumnFound(each, both, differing.get(each.name, Counts())) for each in columns)
