"""The model of a linkage: how often values agree in matches and in other pairs, learned by splink without labels.

It is learned once and then kept (`models_store/linkages`), so that a pair has the same probability whenever it is
scored. It is learned anew only when what it depends on is declared otherwise.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from flows import store
from flows.amounts import amount
from flows.declaration import Comparison, Linkage
from flows.errors import DeclarationError, TidemillError
from flows.records import now
from flows.settings import Settings

log = logging.getLogger("tidemill.linkage")
# Learning is on a sample above these numbers; both are splink's usual orders of magnitude.
TRAINING_ROWS = 200_000
TRAINING_PAIRS = 2e6
# Of all matches, the first blocking rule is taken to find this share. It sets the prior, and with it all probabilities
# alike: any share from 0.5 to 1 moves a pair's odds by less than a factor of 1.5.
RECALL_OF_FIRST_RULE = 0.7


@dataclass(frozen=True)
class TrainedModel:
    """splink's settings with what was learned, and `state`: a hash of all that decides about a pair."""

    settings: Mapping[str, Any]
    state: str


def trained_model(connection: duckdb.DuckDBPyConnection, linkage: Linkage, settings: Settings) -> TrainedModel | None:
    """Return the stored model for what is declared, or learn one from `records`; None while they teach nothing.

    Raises
    ------
    TidemillError
        When a stored model cannot be read.
    """
    declared = _sha256(_learned_from(linkage))
    for path, content in store.linkage_models(settings, linkage.name):
        if (stored := _read(path, content))["declared_sha256"] == declared:
            return _model(linkage, stored["settings"])
    learned = _learn(connection, linkage)
    if learned is None:
        return None
    path = store.add_linkage_model(settings, linkage.name, _content(connection, linkage, declared, learned))
    log.info("linkage: %s learned from %s, kept in %s", linkage.name, amount(_count(connection), "row"), path)
    return _model(linkage, learned)


def _learned_from(linkage: Linkage) -> Any:
    """Return what a model depends on; the thresholds only say what becomes of the probabilities."""
    declared = asdict(linkage)
    return {name: declared[name] for name in ("comparisons", "blocking_rules", "seed")}


def _model(linkage: Linkage, settings: Mapping[str, Any]) -> TrainedModel:
    return TrainedModel(settings, _sha256([settings, linkage.review_threshold]))


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _read(path: Any, content: bytes) -> Mapping[str, Any]:
    try:
        stored: Mapping[str, Any] = json.loads(content)
        if not {"declared_sha256", "settings"} <= stored.keys():
            raise ValueError("it is no linkage model")
    except (ValueError, AttributeError) as error:
        raise TidemillError(f"{path}: cannot be read ({error}); restore it, or remove it to learn anew") from error
    return stored


def _content(
    connection: duckdb.DuckDBPyConnection, linkage: Linkage, declared: str, learned: Mapping[str, Any]
) -> bytes:
    from splink import __version__

    described = {
        "linkage": linkage.name,
        "declared": _learned_from(linkage),
        "declared_sha256": declared,
        "learned_from_rows": _count(connection),
        "learned_at": now().isoformat(timespec="seconds"),
        "splink": __version__,
        "settings": learned,
    }
    return json.dumps(described, indent=1).encode()


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute("select count(*) from records").fetchall()[0][0])


def _learn(connection: duckdb.DuckDBPyConnection, linkage: Linkage) -> Mapping[str, Any] | None:
    if (n_rows := _count(connection)) < linkage.minimum_rows:
        log.info("linkage: %s has %s; it learns from %d on", linkage.name, amount(n_rows, "row"), linkage.minimum_rows)
        return None
    sample = connection.execute(
        f"select * exclude (_version, _file_id, _row_number) from records "
        f"order by md5(_record_id), _record_id limit {TRAINING_ROWS}"
    ).to_arrow_table()
    # Apart, on one thread and in one order, because sums of floating-point numbers depend on both.
    with duckdb.connect(config={"threads": 1}) as apart:
        apart.register("sample", sample)
        apart.execute("create table records as select * from sample")
        rules = {name: each for name, each in linkage.blocking_rules.items() if _finds_a_pair(apart, each)}
        if next(iter(linkage.blocking_rules)) not in rules:
            log.info("linkage: %s learns nothing yet: its first blocking rule finds no pair", linkage.name)
            return None
        return _estimate(apart, linkage, rules)


def _finds_a_pair(connection: duckdb.DuckDBPyConnection, expressions: tuple[str, ...]) -> bool:
    keys = ", ".join(expressions)
    there = " and ".join(f"({each}) is not null" for each in expressions)
    found = connection.execute(f"select 1 from records where {there} group by {keys} having count(*) > 1 limit 1")
    return bool(found.fetchall())


def _estimate(
    connection: duckdb.DuckDBPyConnection, linkage: Linkage, rules: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Any]:
    from splink import DuckDBAPI, block_on
    from splink.internals.exceptions import SplinkException

    learner = linker(DuckDBAPI(connection), _declared_settings(linkage))
    training = learner.training
    first = next(iter(rules))
    try:
        training.estimate_probability_two_random_records_match([block_on(*rules[first])], recall=RECALL_OF_FIRST_RULE)
    except ValueError as error:
        raise DeclarationError(
            f"model {linkage.name}: config.meta.linkage.blocking_rules: the first, {first}, finds more than "
            f"{RECALL_OF_FIRST_RULE:.0%} of all pairs there are; name one first that finds hardly any but matches"
        ) from error
    training.estimate_u_using_random_sampling(max_pairs=TRAINING_PAIRS, seed=linkage.seed)
    for name, rule in rules.items():
        try:
            training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=TRAINING_PAIRS)
        except SplinkException as error:
            raise TidemillError(
                f"model {linkage.name}: nothing can be learned from blocking rule {name}; demand less or more to be "
                f"equal there ({str(error).splitlines()[-1]})"
            ) from error
    settings: Mapping[str, Any] = learner.misc.save_model_to_json()
    return settings


def linker(database: Any, settings: Any) -> Any:
    """Return splink's linker for the table `records` of its `DuckDBAPI`."""
    from splink import Linker

    return Linker(database.register("records", table_name="all_records"), settings, log_level=None)


def _declared_settings(linkage: Linkage) -> Any:
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="_record_id",
        comparisons=[_comparison(each) for each in linkage.comparisons],
        blocking_rules_to_generate_predictions=[block_on(*each) for each in linkage.blocking_rules.values()],
        retain_matching_columns=False,
        # splink's own is random, and stands in what it saves.
        linker_uid="tidemill",
    )


def _comparison(comparison: Comparison) -> Any:
    from splink import comparison_library

    makers: Mapping[str, Any] = {
        "levenshtein": comparison_library.LevenshteinAtThresholds,
        "damerau_levenshtein": comparison_library.DamerauLevenshteinAtThresholds,
        "jaro": comparison_library.JaroAtThresholds,
        "jaro_winkler": comparison_library.JaroWinklerAtThresholds,
        "jaccard": comparison_library.JaccardAtThresholds,
    }
    if comparison.method == "exact":
        return comparison_library.ExactMatch(comparison.column)
    return makers[comparison.method](comparison.column, list(comparison.thresholds))
