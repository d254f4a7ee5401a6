"""A classifier of several classes, through its whole life."""

import numpy as np
import pytest

from flows import deploy, predict, store, train, warehouse
from flows.settings import Settings
from tests.people import RUN
from tests.species import NAMES, SPECIES, flowers, publish_flowers


def test_three_classes_are_trained_judged_deployed_and_predicted(settings: Settings) -> None:
    rows = flowers(3000)
    publish_flowers(settings, rows)
    trained = train.train(settings, SPECIES, RUN)
    assert trained.version == 1, trained.reason
    manifest = store.read_manifest(settings, "species", 1)
    assert tuple(manifest.classes) == NAMES
    assert manifest.scored_by == "sql"
    summary = deploy.deploy(settings, SPECIES, RUN)
    assert (summary.decision, summary.deployed) == ("superior", 1), summary.reason
    assert {"log_loss", "roc_auc", "average_precision", "brier", "f1", "calibration_slope"} <= set(summary.scores)
    assert predict.predict(settings, SPECIES, RUN).rows_scored == 3000
    model = store.load(settings, "species", 1)
    expected = model.pipeline.predict_proba(rows[list(manifest.features)])
    with warehouse.write(settings) as connection:
        scored = connection.execute("from marts.species_predictions order by flower_id[2:]::integer").fetchall()
    for row, chance in zip(scored, expected, strict=True):
        _, probability, decision, probabilities, version, _ = row
        assert [probabilities[name] for name in NAMES] == pytest.approx(chance.tolist())
        assert (decision, probability) == (NAMES[int(np.argmax(chance))], pytest.approx(chance.max()))
        assert version == 1
