"""dbt's exposures of type `ml` become `Classifier`s, or one clear error."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flows.declaration.checks import cron, has, known_keys, required
from flows.declaration.declared import Classifier, Feature, FeatureKind, Gate
from flows.errors import DeclarationError

META_KEYS = ("key", "target", "time_column", "features", "estimator", "params", "schedule", "gate")
KINDS: Mapping[str, FeatureKind] = {
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("varchar", "text", "string"), "categorical"),
    **dict.fromkeys(("tinyint", "smallint", "integer", "int", "bigint", "hugeint"), "numeric"),
    **dict.fromkeys(("float", "real", "double", "decimal", "numeric"), "numeric"),
}


def classifier(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Classifier:
    """Read one classifier from its exposure's manifest node."""
    where = f"{node['original_file_path']}: exposure {node['name']}"
    meta = node["config"]["meta"]
    known_keys(f"{where}: config.meta", meta, META_KEYS)
    mart = _training_table(where, node, manifest)
    columns = {name: column["data_type"] for name, column in mart["columns"].items()}
    key, target = (_column(where, meta, name, mart, columns) for name in ("key", "target"))
    time_column = _column(where, meta, "time_column", mart, columns) if meta.get("time_column") else None
    return Classifier(
        name=node["name"],
        declared_in=node["original_file_path"],
        schema=mart["schema"],
        table=mart["alias"],
        key=key,
        target=target,
        time_column=time_column,
        features=_features(where, meta, mart, columns, {key, target, time_column}),
        estimator=meta.get("estimator", "sklearn.linear_model.LogisticRegression"),
        params=meta.get("params", {}),
        schedule=cron(f"{where}: config.meta.schedule", meta.get("schedule")),
        gate=_gate(where, meta.get("gate", {})),
    )


def _training_table(where: str, node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    trained_on = node["depends_on"]["nodes"]
    if len(trained_on) != 1:
        raise DeclarationError(f"{where}: depends_on names {len(trained_on)} nodes; name the one mart it trains on")
    mart: Mapping[str, Any] = manifest["nodes"][trained_on[0]]
    if mart["schema"] != "marts" or not mart["columns"]:
        raise DeclarationError(f"{where}: depends_on must name a model of schema marts whose YAML lists its columns")
    return mart


def _column(
    where: str, meta: Mapping[str, Any], key: str, mart: Mapping[str, Any], columns: Mapping[str, str | None]
) -> str:
    name = str(required(where, meta, key))
    if name not in columns:
        raise DeclarationError(f"{where}: {key} '{name}' is not a column of {mart['name']}{has(name, columns)}")
    return name


def _features(
    where: str,
    meta: Mapping[str, Any],
    mart: Mapping[str, Any],
    columns: Mapping[str, str | None],
    not_features: set[str | None],
) -> tuple[Feature, ...]:
    names = meta.get("features") or [name for name in columns if name not in not_features]
    for name in names:
        if name not in columns or name in not_features:
            raise DeclarationError(f"{where}: feature '{name}' cannot be learned from{has(name, columns)}")
    return tuple(Feature(name, str(columns[name]), _kind(where, name, columns[name])) for name in names)


def _kind(where: str, name: str, data_type: str | None) -> FeatureKind:
    kind = KINDS.get((data_type or "").lower().split("(")[0].strip())
    if kind:
        return kind
    raise DeclarationError(
        f"{where}: feature '{name}' has type '{data_type}', which is neither a number, a text nor a boolean; "
        "leave it out by listing `features`, or derive a number from it in the mart"
    )


def _gate(where: str, declared: Mapping[str, Any]) -> Gate:
    known_keys(f"{where}: config.meta.gate", declared, tuple(field.name for field in fields(Gate)))
    return Gate(**declared)
