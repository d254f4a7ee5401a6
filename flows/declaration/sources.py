"""dbt's source tables with an `external` block become `Source`s, or one clear error."""

from collections.abc import Mapping
from typing import Any

from flows.declaration.checks import cron, known_keys, mapping, one_of, required, share, text, texts
from flows.declaration.declared import Source, SourceColumn
from flows.declaration.freshness import freshness
from flows.declaration.options import check_place, checked_options
from flows.errors import DeclarationError

EXTERNAL_KEYS = ("location", "file_format", "options")
# dbt adds these to every `external` block, whether declared or not.
DBT_EXTERNAL_KEYS = ("row_format", "tbl_properties", "partitions")
META_KEYS = ("schedule", "on_change", "schema", "max_rejected")
COLUMN_META_KEYS = ("aliases",)
OPTION_KEYS = (
    *("delimiter", "quote", "escape", "encoding", "header_row", "header_rows", "comment", "footer"),
    *("widths", "keep_padding", "sheet", "records", "flatten", "record"),
    *("done_marker", "table", "query", "cursor"),
)
# Tidemill adds these to every raw table.
RESERVED_COLUMNS = ("_file_id", "_row_number", "_loaded_at")
FILE_FORMATS = (
    *("csv", "fixed_width", "jsonl", "json", "xml"),
    *("parquet", "arrow", "orc", "avro", "excel", "sqlite"),
)


def source(node: Mapping[str, Any]) -> Source:
    """Read one source table from its manifest node."""
    where = f"{node['original_file_path']}: source {node['source_name']}.{node['name']}"
    external = {key: value for key, value in node["external"].items() if key not in DBT_EXTERNAL_KEYS}
    meta, options = node["config"]["meta"], mapping(f"{where}: external.options", external.get("options") or {})
    known_keys(f"{where}: external", external, EXTERNAL_KEYS)
    known_keys(f"{where}: external.options", options, OPTION_KEYS)
    known_keys(f"{where}: config.meta", meta, META_KEYS)
    _raw_table_named_by_convention(where, node)
    location = text(f"{where}: external.location", required(where, external, "location"))
    check_place(where, location, options)
    return Source(
        name=f"{node['source_name']}.{node['name']}",
        raw_table=node["identifier"],
        declared_in=node["original_file_path"],
        location=location,
        file_format=one_of(f"{where}: external.file_format", external.get("file_format"), (None, *FILE_FORMATS)),
        options=checked_options(where, options),
        columns=tuple(_source_column(where, column) for column in node["columns"].values()),
        schedule=cron(f"{where}: config.meta.schedule", meta.get("schedule")),
        on_change=one_of(f"{where}: config.meta.on_change", meta.get("on_change", "replace"), ("replace", "append")),
        schema_policy=one_of(f"{where}: config.meta.schema", meta.get("schema", "evolve"), ("evolve", "freeze")),
        max_rejected=share(f"{where}: config.meta.max_rejected", meta.get("max_rejected", 0.05)),
        freshness=freshness(where, node),
    )


def source_of_file(options: Mapping[str, str], file_format: str | None) -> Source:
    """Return a source that declares no columns, as which any file can be read."""
    known_keys("read: --option", options, OPTION_KEYS)
    return Source(
        name="file",
        raw_table="file",
        declared_in="--option",
        location="",
        file_format=one_of("read: --format", file_format, (None, *FILE_FORMATS)),
        options=checked_options("read: --option", options),
        columns=(),
        schedule=None,
        on_change="append",
        schema_policy="evolve",
        max_rejected=1.0,
    )


def _raw_table_named_by_convention(where: str, node: Mapping[str, Any]) -> None:
    expected = f"{node['source_name']}__{node['name']}"
    if (node["schema"], node["identifier"]) != ("raw", expected):
        raise DeclarationError(
            f"{where}: lies in {node['schema']}.{node['identifier']}, but raw tables are named after their source; "
            f"set `schema: raw` and `identifier: {expected}`"
        )


def _source_column(where: str, column: Mapping[str, Any]) -> SourceColumn:
    where, meta = f"{where}: column {column['name']}", column["config"]["meta"]
    if column["name"].lower() in RESERVED_COLUMNS:
        raise DeclarationError(f"{where}: every raw table has this column of Tidemill's own; give it another name")
    known_keys(f"{where}: config.meta", meta, COLUMN_META_KEYS)
    aliases = texts(f"{where}: config.meta.aliases", meta.get("aliases", []))
    return SourceColumn(column["name"], (column["data_type"] or "varchar").upper(), aliases)
