"""A model's `config.meta.linkage` becomes a `Linkage`, or one clear error."""

import re
from collections.abc import Mapping
from typing import Any

from flows.declaration.checks import between, has, known_keys, mapping, one_of, required, texts, whole
from flows.declaration.declared import Comparison, Linkage
from flows.errors import DeclarationError

KEYS = (
    *("key", "comparisons", "blocking_rules", "match_threshold", "review_threshold", "max_cluster_size"),
    *("minimum_rows", "seed"),
)
# By how many edits two values may differ; how alike they must be, from 0 to 1.
EDIT_METHODS = ("levenshtein", "damerau_levenshtein")
SIMILARITY_METHODS = ("jaro", "jaro_winkler", "jaccard")
METHODS = ("exact", *EDIT_METHODS, *SIMILARITY_METHODS)


def linkages(manifest: Mapping[str, Any]) -> tuple[Linkage, ...]:
    """Read the linkage of every model that declares one."""
    nodes = [node for node in manifest["nodes"].values() if "linkage" in node["config"].get("meta", {})]
    return tuple(sorted((_of_node(node) for node in nodes), key=lambda each: each.name))


def _of_node(node: Mapping[str, Any]) -> Linkage:
    file = (node.get("patch_path") or node["original_file_path"]).split("://")[-1]
    where = f"{file}: model {node['name']}"
    if node.get("language") != "python":
        raise DeclarationError(f"{where}: config.meta.linkage is for a Python model; see docs/linkage.md")
    return linkage(where, node["name"], node["config"]["meta"]["linkage"])


def linkage(where: str, name: str, declared: Any) -> Linkage:
    """Read the linkage of one model.

    Raises
    ------
    DeclarationError
        For every key or value that cannot be meant so, with the allowed ones.
    """
    where = f"{where}: config.meta.linkage"
    known_keys(where, mapping(where, declared), KEYS)
    comparisons = _comparisons(f"{where}.comparisons", required(where, declared, "comparisons"))
    rules = _blocking_rules(f"{where}.blocking_rules", required(where, declared, "blocking_rules"))
    _each_can_be_learned(f"{where}.blocking_rules", comparisons, rules)
    match = between(f"{where}.match_threshold", required(where, declared, "match_threshold"), 0, 1)
    review = between(f"{where}.review_threshold", required(where, declared, "review_threshold"), 0, 1)
    if review > match:
        raise DeclarationError(f"{where}.review_threshold: {review} is above match_threshold ({match}); lower it")
    return Linkage(
        name=name,
        key=_columns(f"{where}.key", declared.get("key", [])),
        comparisons=comparisons,
        blocking_rules=rules,
        match_threshold=match,
        review_threshold=review,
        max_cluster_size=whole(f"{where}.max_cluster_size", required(where, declared, "max_cluster_size"), 2),
        minimum_rows=whole(f"{where}.minimum_rows", declared.get("minimum_rows", Linkage.minimum_rows), 2),
        seed=whole(f"{where}.seed", declared.get("seed", Linkage.seed), 0),
    )


def _columns(where: str, value: Any) -> tuple[str, ...]:
    return texts(where, [value] if isinstance(value, str) else value)


def _comparisons(where: str, declared: Any) -> tuple[Comparison, ...]:
    return tuple(_comparison(f"{where}.{column}", column, how) for column, how in mapping(where, declared).items())


def _comparison(where: str, column: str, how: Any) -> Comparison:
    if how == "exact":
        return Comparison(column, "exact", ())
    if isinstance(how, str) and how in METHODS:
        raise DeclarationError(f"{where}: '{how}' needs thresholds; write {{{how}: {_example(how)}}}")
    if not isinstance(how, Mapping) or len(how) != 1:
        raise DeclarationError(f"{where}: '{how}' is not one method{has(str(how), METHODS)}")
    method, thresholds = next(iter(how.items()))
    one_of(where, method, METHODS[1:])
    return Comparison(column, method, _thresholds(f"{where}.{method}", method, thresholds))


def _example(method: str) -> str:
    return "[1, 2]" if method in EDIT_METHODS else "[0.9, 0.75]"


def _thresholds(where: str, method: str, declared: Any) -> tuple[float, ...]:
    """Return the thresholds, the most alike first."""
    given = declared if isinstance(declared, list) else [declared]
    if not given:
        raise DeclarationError(f"{where}: no thresholds; write {_example(method)}")
    if method in EDIT_METHODS:
        return tuple(sorted({whole(where, each, 1) for each in given}))
    return tuple(sorted({between(where, each, 0, 1) for each in given}, reverse=True))


def _blocking_rules(where: str, declared: Any) -> Mapping[str, tuple[str, ...]]:
    rules = {str(name): _columns(f"{where}.{name}", each) for name, each in mapping(where, declared).items()}
    for name, expressions in rules.items():
        # It stands in the ledger's codes.
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise DeclarationError(f"{where}: '{name}' is no name in snake_case, such as same_phone")
        if name == "decided_same":
            raise DeclarationError(
                f"{where}: 'decided_same' is what the ledger says of pairs that somebody decided on; name it otherwise"
            )
        if not expressions:
            raise DeclarationError(f"{where}.{name}: names no column that must be equal")
    return rules


def _each_can_be_learned(where: str, comparisons: tuple[Comparison, ...], rules: Mapping[str, tuple[str, ...]]) -> None:
    """Where every rule demands a column to be equal, no pair shows how it differs."""
    for comparison in comparisons:
        if all(uses(each, comparison.column) for each in rules.values()):
            raise DeclarationError(
                f"{where}: every rule uses '{comparison.column}', so that nothing can be learned about it; "
                "add a rule without it"
            )


def uses(expressions: tuple[str, ...], column: str) -> bool:
    """Tell whether a blocking rule speaks of a column."""
    return any(re.search(rf"\b{re.escape(column)}\b", each) for each in expressions)
