"""Of several classes, the endpoint answers with the likeliest one and the probability of each."""

import json

import pytest

from flows import store, train
from flows.settings import Settings
from tests.asking import ask, opened
from tests.people import RUN
from tests.species import NAMES, SPECIES, flowers, publish_flowers


def test_each_class_gets_the_probability_the_pipeline_gives_it(settings: Settings) -> None:
    rows = flowers(1500)
    publish_flowers(settings, rows)
    train.train(settings, SPECIES, RUN)
    store.deploy(settings, "species", 1)
    of, model = opened(settings), store.load(settings, "species", 1)
    assert of.serving.board.served()["species"].is_quick
    sent = json.loads(rows[list(model.manifest.features)].head(500).to_json(orient="records", double_precision=15))
    answered = ask(of, "POST", "/classifiers/species/predict", json={"rows": sent}).json()["predictions"]
    expected = model.pipeline.predict_proba(store.feature_frame(model.manifest, sent))
    for given, chances in zip(answered, expected, strict=True):
        assert list(given["probabilities"]) == list(NAMES)
        assert list(given["probabilities"].values()) == pytest.approx(chances.tolist(), abs=1e-12)
        assert (given["decision"], given["probability"]) == (
            NAMES[int(chances.argmax())],
            max(given["probabilities"].values()),
        )
