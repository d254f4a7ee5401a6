"""dbt's exposures of type `ml` become `Classifier`s, or one clear error."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flows.declaration.checks import (
    between,
    cron,
    has,
    known_keys,
    mapping,
    one_of,
    required,
    share,
    text,
    texts,
    whole,
)
from flows.declaration.declared import Classifier, Feature, FeatureKind, Gate
from flows.declaration.drifting import drift_limits
from flows.declaration.training import date_parts, train_settings
from flows.errors import DeclarationError

META_KEYS = (
    *("key", "target", "multi_class", "time_column", "features", "date_parts", "estimator", "params", "schedule"),
    *("train", "gate", "drift", "predict"),
)
DEFAULT_ESTIMATOR = "sklearn.linear_model.LogisticRegression"
INTEGERS = ("tinyint", "smallint", "integer", "int", "bigint", "hugeint")
REFRESH_REASONS = ("age", "drift", "schema")
KINDS: Mapping[str, FeatureKind] = {
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("varchar", "text", "string"), "categorical"),
    **dict.fromkeys(INTEGERS, "numeric"),
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
    dates = date_parts(f"{where}: config.meta.date_parts", meta.get("date_parts", {}), columns)
    not_features = {key, target, time_column, *(each.date_column for each in dates)}
    return Classifier(
        name=node["name"],
        declared_in=node["original_file_path"],
        schema=mart["schema"],
        table=mart["alias"],
        key=key,
        target=target,
        time_column=time_column,
        features=_features(where, meta, mart, columns, not_features) + dates,
        estimator=text(f"{where}: config.meta.estimator", meta.get("estimator", DEFAULT_ESTIMATOR)),
        params=mapping(f"{where}: config.meta.params", meta.get("params", {})),
        schedule=cron(f"{where}: config.meta.schedule", meta.get("schedule")),
        training=train_settings(f"{where}: config.meta.train", meta.get("train", {})),
        drift=drift_limits(f"{where}: config.meta.drift", meta.get("drift", {})),
        gate=_gate(f"{where}: config.meta.gate", meta.get("gate", {}), mart),
        is_multi_class=_is_multi_class(where, meta.get("multi_class"), columns[target]),
        has_shadow=_has_shadow(f"{where}: config.meta.predict", meta.get("predict", {})),
    )


def _training_table(where: str, node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    trained_on = node["depends_on"]["nodes"]
    if len(trained_on) != 1:
        raise DeclarationError(f"{where}: depends_on names {len(trained_on)} nodes; name the one mart it trains on")
    # A source, a metric or another exposure is not among the nodes.
    mart: Mapping[str, Any] = manifest["nodes"].get(trained_on[0], {"schema": None})
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
    others = [name for name in columns if name not in not_features]
    names = texts(f"{where}: config.meta.features", meta.get("features") or others)
    for name in names:
        if name not in columns or name in not_features:
            raise DeclarationError(f"{where}: feature '{name}' cannot be learned from{has(name, columns)}")
    return tuple(Feature(name, str(columns[name]), _kind(where, name, columns[name])) for name in names)


def _is_multi_class(where: str, declared: Any, data_type: str | None) -> bool:
    """Tell whether each value of the target is a class: those of a text are, those of a whole number may be."""
    if declared not in (None, True, False):
        raise DeclarationError(f"{where}: multi_class: '{declared}' is neither true nor false")
    name = _type_name(data_type)
    is_text = KINDS.get(name) == "categorical"
    if declared is not None and name not in INTEGERS and declared != is_text:
        raise DeclarationError(
            f"{where}: multi_class: {str(declared).lower()} does not go with a target of type '{data_type}'; the "
            "values of a text are always classes, those of a whole number may be, a boolean is true or false"
        )
    return bool(declared) or is_text


def _type_name(data_type: str | None) -> str:
    return (data_type or "").lower().split("(")[0].strip()


def _kind(where: str, name: str, data_type: str | None) -> FeatureKind:
    kind = KINDS.get(_type_name(data_type))
    if kind:
        return kind
    raise DeclarationError(
        f"{where}: feature '{name}' has type '{data_type}', which is neither a number, a text nor a boolean; "
        "leave it out by listing `features`, name parts of a date in `date_parts`, or derive a number in the mart"
    )


def _gate(where: str, declared: Any, mart: Mapping[str, Any]) -> Gate:
    known_keys(where, mapping(where, declared), tuple(GATE_CHECKS))
    gate = Gate(**{name: GATE_CHECKS[name](f"{where}.{name}", value) for name, value in declared.items()})
    for name in gate.groups:
        if name not in mart["columns"]:
            setting = "entity" if name == gate.entity else "slices"
            raise DeclarationError(
                f"{where}.{setting}: '{name}' is not a column of {mart['name']}{has(name, mart['columns'])}"
            )
    return gate


def _has_shadow(where: str, declared: Any) -> bool:
    """Tell whether the challenger scores the rows too, for a while in which it is only watched."""
    known_keys(where, mapping(where, declared), ("shadow",))
    shadow = declared.get("shadow", False)
    if not isinstance(shadow, bool):
        raise DeclarationError(f"{where}.shadow: '{shadow}' is neither true nor false")
    return shadow


def _refresh_reasons(where: str, value: Any) -> tuple[str, ...]:
    return tuple(one_of(where, each, REFRESH_REASONS) for each in texts(where, value))


# Fewer rounds leave too few draws beyond the ends of the interval; a confidence of a half would be no evidence.
GATE_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "bootstrap_rounds": partial(whole, smallest=100),
    "confidence": partial(between, low=0.5, high=1),
    "minimum_events": partial(whole, smallest=1),
    "holdout_share": partial(between, low=0, high=1),
    "seed": partial(whole, smallest=0),
    "entity": text,
    "slices": texts,
    "max_flipped": share,
    "refresh_on": _refresh_reasons,
    "refresh_after_days": partial(whole, smallest=1),
}
