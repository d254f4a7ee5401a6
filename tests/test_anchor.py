"""The anchor set: clean rows, set aside once and never trained on, keep out what a poisoned batch taught."""

import hashlib
import json
import logging
import shutil
from dataclasses import replace

import pytest

from flows import anchor_rows, anchor_set, publish, training_rows, warehouse
from flows.commands import anchor
from flows.declaration import Classifier
from flows.declaration.declared import Feature
from flows.errors import TidemillError
from flows.settings import Settings
from flows.training_rows import Side
from tests.people import LEAVING, publish_people, recorded, turn

MANY = 20_000
# In every batch of later rows a fifth of the labels is flipped.
FLIPPED = "if(number >= 6000 and hash(number * 3) % 100 < 20, not {0}, {0})".format("(hash(number * 7) % 100 < age)")


def counted(settings: Settings, classifier: Classifier = LEAVING) -> tuple[int, int]:
    """How many training and held-out rows there are."""
    with anchor_rows.published(settings, classifier) as connection:
        sides = [training_rows.read(connection, classifier, Side(is_held_out)) for is_held_out in (False, True)]
    return len(sides[0].target), len(sides[1].target)


def test_anchored_rows_are_on_neither_side_and_the_others_stay_where_they_were(settings: Settings) -> None:
    publish_people(settings)
    training, held_out = counted(settings)
    set_aside = anchor.set_aside(settings, LEAVING, 0.5)
    assert counted(settings) == (training, held_out - len(set_aside.target))
    assert 0.4 * held_out < len(set_aside.target) < 0.6 * held_out
    publish_people(settings, count=2500)
    with anchor_rows.published(settings, LEAVING) as connection:
        keys = f"select person_id from read_parquet('{anchor_set.find(settings, 'leaving').file}')"  # type: ignore[union-attr]
        query = training_rows.query(connection, LEAVING, Side(is_held_out=False))
        assert connection.execute(f"select count(*) from ({query}) where person_id in ({keys})").fetchall() == [(0,)]


def test_an_anchor_set_is_set_aside_once(settings: Settings) -> None:
    publish_people(settings)
    anchor.set_aside(settings, LEAVING, 0.5)
    with pytest.raises(TidemillError, match="leaving/anchor: is set aside already; remove the folder"):
        anchor.set_aside(settings, LEAVING, 0.5)


def test_an_anchor_set_that_was_changed_is_refused(settings: Settings) -> None:
    publish_people(settings)
    anchor.set_aside(settings, LEAVING, 0.5)
    turn(settings)
    found = anchor_set.find(settings, "leaving")
    assert found is not None
    found.file.write_bytes(found.file.read_bytes() + b" ")
    with pytest.raises(TidemillError, match=r"rows.parquet: is not the file that was set aside \(sha256 differs\)"):
        turn(settings)


def test_an_anchor_set_with_other_rows_and_a_manifest_to_match_is_refused(settings: Settings) -> None:
    publish_people(settings)
    anchor.set_aside(settings, LEAVING, 0.5)
    found = anchor_set.find(settings, "leaving")
    assert found is not None
    found.file.write_bytes(found.file.read_bytes() + b" ")
    manifest = found.file.with_name("manifest.json")
    edited = json.loads(manifest.read_text()) | {"sha256": hashlib.sha256(found.file.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(edited))
    with pytest.raises(
        TidemillError, match=r"manifest\.json: is not leaving's, signed with this store's key, or was ch"
    ):
        turn(settings)


def test_another_classifiers_anchor_set_is_refused(settings: Settings) -> None:
    publish_people(settings)
    anchor.set_aside(settings, LEAVING, 0.5)
    folder = settings.models_store / "leaving" / "anchor"
    shutil.copytree(folder, settings.models_store / "staying" / "anchor")
    with pytest.raises(TidemillError, match=r"manifest\.json: is not staying's"):
        anchor_set.find(settings, "staying")


def test_too_few_events_are_refused_and_few_left_are_warned_of(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    publish_people(settings, count=200)
    with pytest.raises(TidemillError, match=r"exposure leaving: \d+ events and \d+ non-events would be set aside; 30"):
        anchor.set_aside(settings, LEAVING, 0.5)
    publish_people(settings, count=1000)
    with caplog.at_level(logging.WARNING, logger="tidemill.anchor"):
        anchor.set_aside(settings, LEAVING, 0.5)
    assert "until there are 100 of each, every decision is insufficient_evidence" in caplog.text


def test_a_feature_declared_after_the_anchor_was_set_aside_is_unknown_in_it(settings: Settings) -> None:
    publish_people(settings, count=4000)
    anchor.set_aside(settings, LEAVING, 0.5)
    with warehouse.write(settings) as connection:
        connection.execute("create or replace table marts.people as select *, age * 2 as doubled from marts.people")
    publish.publish(settings, "run-2", ["marts.people"])
    wider = replace(LEAVING, features=(*LEAVING.features, Feature("doubled", "double", "numeric")))
    assert turn(settings, wider).decision in ("superior", "keep")


def poisoned(settings: Settings, is_held_out_too: bool) -> str:
    """Deploy on clean rows, then publish many more with flipped labels; return the decision on them."""
    publish_people(settings, count=6000)
    turn(settings)
    clean = "(hash(number * 7) % 100 < age)"
    flipped = FLIPPED if is_held_out_too else f"if(md5_number_lower('P' || number) % 10000 < 2500, {clean}, {FLIPPED})"
    publish_people(settings, count=MANY, has_left=flipped)
    return turn(settings).decision


def test_flipped_labels_in_the_training_rows_only_are_seen_on_the_held_out_rows(settings: Settings) -> None:
    assert poisoned(settings, is_held_out_too=False) == "keep"


def test_flipped_labels_on_both_sides_deceive_the_held_out_rows(settings: Settings) -> None:
    assert poisoned(settings, is_held_out_too=True) == "superior"


def test_the_anchor_set_vetoes_flipped_labels_on_both_sides(settings: Settings) -> None:
    publish_people(settings, count=6000)
    anchor.set_aside(settings, LEAVING, 0.5)
    assert poisoned(settings, is_held_out_too=True) == "keep"
    ((rule, reason, improvement, sha256),) = recorded(
        settings,
        "select rule, reason, (evidence ->> '$.anchor.estimate')::double, evidence ->> '$.anchor_sha256' "
        "from records.models where version = 2",
    )
    assert (rule, str(reason).startswith("worse on the anchor set: log loss improves on version 1 by -0.")) == (
        "anchor",
        True,
    )
    found = anchor_set.find(settings, "leaving")
    assert found is not None and sha256 == found.sha256
    assert float(str(improvement)) < -0.01
