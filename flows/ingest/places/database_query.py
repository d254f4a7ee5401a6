"""The SQL that a declared table or query is read with, on each kind of database."""

import datetime
import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from flows.declaration import Source
from flows.ingest.parts import Refusal
from flows.sql import literal

# Flags that the database computes beside each record: whether it stands where the last read ended, or this one ends.
AT_START, AT_END = "_tidemill_at_start", "_tidemill_at_end"


@dataclass(frozen=True)
class Query:
    """What is read: a relation of the database, and the column whose values only grow, if one is declared."""

    database: str
    relation: str
    cursor: str | None
    said: dict[str, str]

    def count(self, highest: str | None) -> str:
        """Return the question how many records there are from a value of the cursor on."""
        return f"select count(*) from {self._from(highest)}"

    def select(self, highest: str | None, now: str | None) -> str:
        """Return the question for these records, in the cursor's order and with the two flags."""
        if self.cursor is None:
            return f"select each_row.* from {self._from(highest)}"
        return (
            f"select each_row.*, {self._stands_at(highest)} as {AT_START}, {self._stands_at(now)} as {AT_END} "
            f"from {self._from(highest)} order by {self.cursor}"
        )

    def _from(self, highest: str | None) -> str:
        # Records without a value have no place in the order: they are read every time.
        condition = f" where {self.cursor} >= {highest} or {self.cursor} is null" if highest else ""
        return f"{self.relation} as each_row{condition}"

    def _stands_at(self, value: str | None) -> str:
        is_null = f"{self.cursor} is null"
        return f"({self.cursor} = {value} or {is_null})" if value else f"({is_null})"

    def highest(self, connection: Connection, before: str | None) -> str | None:
        """Return the cursor's highest value as an SQL literal; it never falls behind an earlier one.

        Raises
        ------
        Refusal
            When its values have no order in which they could grow.
        """
        if self.database == "sqlite":
            self._check_order(connection)
        value = scalar(connection, f"select max({self.cursor}) from {self._from(before)}")
        if value is None:
            return before
        highest = _literal(self.database, value)
        if self.database == "mysql":
            self._check_equal(connection, highest)
        return highest

    def _check_equal(self, connection: Connection, highest: str) -> None:
        """Refuse a highest value that equals none there: records at the end would be read again as new ones."""
        if not scalar(connection, f"select count(*) from {self._from(None)} where {self.cursor} = {highest}"):
            raise Refusal(
                f"the cursor's highest value {highest} equals no value there, as of a FLOAT; declare a column of whole "
                "numbers, decimals or times as cursor, or cast it in options.query"
            )

    def _check_order(self, connection: Connection) -> None:
        """Refuse numbers beside texts: SQLite sorts every number before every text, so none would ever be new."""
        kinds = f"sum(typeof({self.cursor}) in ('integer', 'real')), sum(typeof({self.cursor}) in ('text', 'blob'))"
        numbers, texts = _ask(connection, f"select {kinds} from {self._from(None)}")
        if numbers and texts:
            raise Refusal(
                f"the cursor has {numbers:,} numbers and {texts:,} texts, which have no common order; mend the values, "
                "or cast them in options.query"
            )

    def version(self, connection: Connection) -> str:
        """Return what changes when there is more to read: the highest value, and how many records stand there."""
        top = f"(select max({self.cursor}) from {self._from(None)})"
        at_top = f"{self.cursor} = {top} or {self.cursor} is null"
        row = _ask(connection, f"select {top}, count(*) from {self._from(None)} where {at_top}")
        return f"{row[0]} {row[1]}"

    def stored_types(
        self, connection: Connection, names: Sequence[str], highest: str | None, now: str | None
    ) -> Sequence[str | None]:
        """Return the types of all stored values of each column, where the database gives types to values only."""
        if self.database != "sqlite":
            return ()
        kinds = ", ".join(f"group_concat(distinct nullif(typeof({_name(name)}), 'null'))" for name in names)
        row: Sequence[str | None] = _ask(connection, f"select {kinds} from ({self.select(highest, now)}) as typed")
        return row


def declared_query(source: Source, connection: Connection) -> Query:
    """Return what a source declares to be read from a database."""
    options, quote = source.options, connection.dialect.identifier_preparer.quote
    said = {name: options[name] for name in ("table", "query", "cursor") if name in options}
    if "query" in options:
        # The line end closes a comment behind the query.
        relation = f"({options['query'].strip().rstrip(';')}\n)"
    else:
        relation = ".".join(quote(each) for each in options["table"].split("."))
    cursor = f"each_row.{quote(options['cursor'])}" if "cursor" in options else None
    return Query(connection.dialect.name, relation, cursor, said)


def scalar(connection: Connection, statement: str) -> Any:
    """Return the one value that a question asks for."""
    return _ask(connection, statement)[0]


def _ask(connection: Connection, statement: str) -> Any:
    # Without parameters no driver takes a `%` for one.
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).one()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(database: str, value: Any) -> str:
    if isinstance(value, int | float | decimal.Decimal) and not isinstance(value, bool):
        # In quotes PostgreSQL gives it the column's type: as a number, 0.1 is greater than itself in four bytes.
        return f"'{value}'" if database == "postgresql" else str(value)
    if isinstance(value, datetime.datetime):
        return literal(value.isoformat(sep=" "))
    if not isinstance(value, str | datetime.date):
        raise Refusal(f"the cursor's highest value is {value!r}; declare a column of numbers, times or texts as cursor")
    if database == "mysql" and isinstance(value, str):
        # Whether a backslash in quotes is one depends on the server's mode.
        return f"_utf8mb4 x'{value.encode().hex()}'"
    return literal(value)
