"""What speaks against fitting: refusals that end a training, and warnings that are recorded with it.

Asks the training rows in SQL, so that nothing has to fit in memory. Thresholds:

* 50 rows, and 10 training rows of each class: of fewer, coefficients are mostly noise (Peduzzi et al. 1996: ten events
  per feature is the rule of thumb, ten in all the least).
* `leak_auc` (declared, 0.99): a single feature that ranks the target better than this is refused. Features are ranked
  by their value and, learned on one half of the keys and tried on the other, by the target's rate at each value. Of
  several classes each is ranked against the rest, and one is enough: what tells it may be known only after it.
* ids: texts of which nine in ten, whole numbers of which 99 in a hundred are different.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from flows import infinite_features, split, targets, training_rows
from flows.amounts import amount
from flows.declaration import Classifier, Feature
from flows.sql import literal, quoted
from flows.training_rows import Side

MINIMUM_ROWS = 50
MINIMUM_CLASS_ROWS = 10
UNIQUE_TEXTS, UNIQUE_INTEGERS = 0.9, 0.99
INTEGERS = ("tinyint", "smallint", "integer", "int", "bigint", "hugeint")


@dataclass(frozen=True)
class Findings:
    """Why nothing is fitted, or what to know about what is."""

    refusal: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guarded:
    """What the guards ask: the published rows by the split of this training."""

    connection: duckdb.DuckDBPyConnection
    classifier: Classifier
    cuts: Sequence[str]

    def one(self, query: str) -> tuple[float, ...]:
        """Return the only row of a query."""
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row

    @property
    def training(self) -> str:
        """The training rows, as a relation."""
        return f"({training_rows.unordered(self.connection, self.classifier, Side(False, self.cuts))})"


def check(connection: duckdb.DuckDBPyConnection, classifier: Classifier, cuts: Sequence[str]) -> Findings:
    """Look for what speaks against fitting on these rows."""
    guarded = Guarded(connection, classifier, cuts)
    relation = training_rows.relation(classifier)
    refusal = (
        infinite_features.found(connection, classifier, relation)
        or targets.wrong(connection, classifier)
        or _too_few(guarded)
        or _leak(guarded)
    )
    if refusal:
        return Findings(refusal)
    return Findings(warnings=(*_empty_or_constant(guarded), *_on_both_sides(guarded)))


def _too_few(guarded: Guarded) -> str | None:
    counts = _class_counts(guarded)
    total = sum(sum(each.values()) for each in counts.values())
    if total < MINIMUM_ROWS:
        return f"{amount(total, 'row')} with a known target, too few to train on; {MINIMUM_ROWS} are needed"
    for side, rows in counts.items():
        if not sum(rows.values()):
            return f"there are no {side} rows; all rows have one time, or gate.holdout_share is 0 or 1"
        for name, count in rows.items():
            if count == sum(rows.values()):
                return f"the target is {name} in all {count} {side} rows; two classes are needed"
    for name, count in counts["training"].items():
        if count < MINIMUM_CLASS_ROWS:
            return (
                f"the target is {name} in {count} training rows only; {MINIMUM_CLASS_ROWS} are needed{_rare(guarded)}"
            )
    return None


def _rare(guarded: Guarded) -> str:
    return ": put rare classes together in the mart, or make them null" if guarded.classifier.is_multi_class else ""


def _class_counts(guarded: Guarded) -> dict[str, dict[str, int]]:
    """Count the training and the held-out rows of each class that either side has."""
    counts = {
        side: dict(guarded.connection.execute(_counting(guarded, side == "held-out")).fetchall())
        for side in ("training", "held-out")
    }
    names = sorted({*counts["training"], *counts["held-out"]})
    return {side: {name: rows.get(name, 0) for name in names} for side, rows in counts.items()}


def _counting(guarded: Guarded, is_held_out: bool) -> str:
    rows = training_rows.unordered(guarded.connection, guarded.classifier, Side(is_held_out, guarded.cuts))
    name = "chr(39) || _target || chr(39)" if guarded.classifier.is_multi_class else "if(_target = 1, 'true', 'false')"
    return f"select {name}, count(*) from ({rows}) group by all"


def _each_class(guarded: Guarded) -> dict[str, str]:
    """Return in SQL whether a row is of a class, for each class; of true and false, one stands for both."""
    if not guarded.classifier.is_multi_class:
        return {"the target": "_target"}
    classes = training_rows.classes(guarded.connection, guarded.classifier, Side(False, guarded.cuts))
    return {f"class '{name}' against the rest": f"cast(_target = {literal(name)} as double)" for name in classes}


def _leak(guarded: Guarded) -> str | None:
    limit, classes = guarded.classifier.training.leak_auc, _each_class(guarded)
    for feature in guarded.classifier.features:
        for name, is_event in classes.items():
            auc = max(_auc_of_rates(guarded, feature, is_event), _auc_of_values(guarded, feature, is_event))
            if auc > limit:
                return (
                    f"feature '{feature.name}' alone ranks {name} almost perfectly (ROC AUC {auc:.4f}, above "
                    f"train.leak_auc {limit:g}), so it is probably known only after the target; leave it out by "
                    "listing `features`, or raise train.leak_auc up to 1 if it is known before"
                )
    return None


def _auc_of_values(guarded: Guarded, feature: Feature, is_event: str) -> float:
    if feature.kind == "categorical":
        return 0.0
    name = quoted(feature.name)
    auc = _auc(
        guarded, f"select {name} as score, {is_event} as _target from {guarded.training} where {name} is not null"
    )
    return max(auc, 1 - auc)


def _auc_of_rates(guarded: Guarded, feature: Feature, is_event: str) -> float:
    """Rank the rows of every other key by the target's rate at their value among the rest; no value is a value too."""
    key, name = quoted(guarded.classifier.key), quoted(feature.name)
    return _auc(
        guarded,
        f"with halves as (select {name} as value, {is_event} as _target, "
        f"md5_number_upper(cast({key} as varchar)) % 2 = 0 as is_learned from {guarded.training}), "
        "base as (select avg(_target) as rate from halves where is_learned), "
        "rates as (select value, (sum(_target) + (select rate from base)) / (count(*) + 1) as rate "
        "from halves where is_learned group by value) "
        "select coalesce(rates.rate, base.rate) as score, _target from halves cross join base "
        "left join rates on rates.value is not distinct from halves.value where not is_learned",
    )


def _auc(guarded: Guarded, scored: str) -> float:
    """Return the ROC AUC of `score` (Mann and Whitney 1947: ties count half), 0.5 where there is one class only."""
    (auc,) = guarded.one(
        f"with grouped as (select score, sum(_target) as events, sum(1 - _target) as non_events from ({scored}) "
        "group by score), ranked as (select events, non_events, "
        "sum(non_events) over (order by score rows unbounded preceding) - non_events as below from grouped) "
        "select sum(events * (below + non_events / 2)) / nullif(sum(events) * sum(non_events), 0) from ranked"
    )
    return 0.5 if auc is None else float(auc)


def _empty_or_constant(guarded: Guarded) -> Iterator[str]:
    for feature in guarded.classifier.features:
        name = quoted(feature.name)
        known, different = guarded.one(f"select count({name}), count(distinct {name}) from {guarded.training}")
        if not known:
            yield f"feature '{feature.name}' is null in all training rows"
        elif different == 1:
            yield f"feature '{feature.name}' has one value only in the training rows"
        elif different > _unique_share(feature) * known:
            yield (
                f"feature '{feature.name}' has {different:,} different values in {known:,} training rows: an id says "
                "nothing of other rows; leave it out by listing `features`"
            )


def _unique_share(feature: Feature) -> float:
    if feature.kind == "categorical":
        return UNIQUE_TEXTS
    return UNIQUE_INTEGERS if feature.data_type.lower() in INTEGERS else 1.0


def _on_both_sides(guarded: Guarded) -> Iterator[str]:
    """Warn of entities whose earlier rows are learned and whose later ones are held out; a hash never parts them."""
    classifier = guarded.classifier
    if classifier.time_column is None:
        return
    name = classifier.gate.entity or classifier.key
    sides = f"select {quoted(name)} as entity, _is_held_out from ({split.marked(classifier, guarded.cuts)})"
    (count,) = guarded.one(
        f"select count(*) from (select entity from ({sides}) where _is_held_out is not null and entity is not null "
        "group by entity having count(distinct _is_held_out) = 2)"
    )
    if count:
        yield f"{count:,} of '{name}' have both training and held-out rows, so held-out rows are easier than new ones"
