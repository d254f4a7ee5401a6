"""The command `anchor`: sets clean rows aside, once, which are never trained on and can keep a version out."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial

import duckdb

from flows import anchor_rows, anchor_set, records, split, store, targets, training_rows, transform, warehouse
from flows.declaration import Classifier
from flows.declaration.checks import has
from flows.errors import DeclarationError, TidemillError
from flows.gate import SLICE_EVENTS
from flows.settings import Settings
from flows.training_rows import Rows, Side

log = logging.getLogger("tidemill.anchor")


def run_anchor(name: str, share: float) -> None:
    """Set an anchor set aside for the classifier of this name.

    Raises
    ------
    DeclarationError
        When no classifier has this name.
    """
    settings = Settings()
    classifiers = {each.name: each for each in transform.read_declaration(settings).classifiers}
    if name not in classifiers:
        raise DeclarationError(f"no classifier is called '{name}'{has(name, classifiers)}")
    set_aside(settings, classifiers[name], share)


def set_aside(settings: Settings, classifier: Classifier, share: float) -> Rows:
    """Set a share of the held-out rows aside, which no version was fitted on; return them.

    Raises
    ------
    TidemillError
        When an anchor set is there already, or the rows would hold too few events or non-events to tell anything.
    """
    anchor_set.refuse_another(settings, classifier.name)
    with (
        warehouse.writer_lock(settings, "tidemill anchor"),
        anchor_rows.published(settings, classifier) as connection,
    ):
        cuts = _cuts(settings, classifier, connection)
        chosen = anchor_rows.read_share(connection, classifier, cuts, share)
        left = training_rows.read(connection, classifier, Side(is_held_out=True, cuts=cuts))
        there, taken = (_counts(each.among(left.classes)) for each in (left, chosen))
        if min(taken.values(), default=0) < SLICE_EVENTS:
            counted = targets.counted(taken, left.classes)
            raise TidemillError(
                f"{classifier.declared_in}: exposure {classifier.name}: {counted} would be set aside; "
                f"{SLICE_EVENTS} of each are needed: give a larger --share, or wait for more rows"
            )
        save = partial(anchor_rows.save_share, connection, classifier, cuts, share)
        anchor_set.keep(settings, classifier.name, records.now().isoformat(), save)
    log.info("anchor: %s %s are set aside", classifier.name, targets.counted(taken, left.classes))
    _warn_if_few(classifier, {name: number - taken[name] for name, number in there.items()}, left.classes)
    return chosen


def _cuts(settings: Settings, classifier: Classifier, connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """Return the newest version's split, or the one that the first version would have."""
    newest = max(store.versions(settings, classifier.name), default=None)
    if newest is None:
        return split.extended(connection, classifier, ())
    return store.read_manifest(settings, classifier.name, newest).cuts


def _counts(rows: Rows) -> Mapping[str, int]:
    return targets.counts(rows.target.to_numpy(), rows.classes)


def _warn_if_few(classifier: Classifier, left: Mapping[str, int], classes: Sequence[str]) -> None:
    needed = classifier.gate.minimum_events
    if min(left.values(), default=0) < needed:
        log.warning(
            "anchor: %s has %s left to decide on; until there are %s of each, every decision is insufficient_evidence",
            *(classifier.name, targets.counted(left, classes), f"{needed:,}"),
        )
