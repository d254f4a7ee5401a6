"""Which version is deployed is stated and signed: no older version, though signed too, is served in its place."""

import json
import shutil
from pathlib import Path

import pytest

from flows import deploy, store
from flows.errors import TidemillError
from flows.settings import Settings
from flows.store import keys, writing
from tests.asking import PATH, ask, opened, predict
from tests.attacks import folder
from tests.people import LEAVING, RUN, publish_people, turn

ROW = {"age": 30.5, "city": "Ulm"}


def statement(settings: Settings) -> Path:
    return settings.models_store / "leaving" / "deployment.json"


def signed(settings: Settings, changes: dict[str, object], purpose: keys.Purpose = "deployment") -> str:
    content = json.loads(statement(settings).read_text()) | changes
    return json.dumps(content | {"signature": keys.sign(settings, content, purpose)})


def test_a_statement_that_is_not_ours_is_not_believed_and_the_reason_is_said(own_leaving: Settings) -> None:
    path, ours = statement(own_leaving), statement(own_leaving).read_text()
    lies = {
        "changed since": json.dumps(json.loads(ours) | {"version": 2}),
        "is not leaving's, signed": signed(own_leaving, {"version": 2}, "version"),
        "is not leaving's": signed(own_leaving, {"classifier": "churn"}),
        "names another version 1": signed(own_leaving, {"model_sha256": "0" * 64}),
        "cannot be read": "[1]",
    }
    for reason, lie in lies.items():
        path.write_text(lie)
        with pytest.raises(TidemillError, match=f"deployment.json: .*{reason}.*`tidemill deploy` writes it anew"):
            store.stated(own_leaving, "leaving")
        assert store.deployed_version(own_leaving, "leaving") is None
    path.unlink()
    path.symlink_to(folder(own_leaving) / "manifest.json")
    with pytest.raises(TidemillError, match=r"deployment.json: cannot be read"):
        store.stated(own_leaving, "leaving")


def test_an_earlier_statement_that_is_put_back_is_refused_by_who_has_seen_the_later_one(own_leaving: Settings) -> None:
    earlier = statement(own_leaving).read_text()
    writing.swap(own_leaving, "leaving", 2)
    of = opened(own_leaving)
    statement(own_leaving).write_text(earlier)
    of.serving.refresh()
    assert predict(of, ROW)["version"] == 2
    assert "an earlier deployment, of version 1, was put back" in ask(of, "GET", "/health").text


def test_a_store_without_a_statement_is_not_served_until_deploy_has_stated_what_the_records_say(
    settings: Settings,
) -> None:
    publish_people(settings)
    assert turn(settings).deployed == 1
    statement(settings).unlink()
    assert store.deployed_version(settings, "leaving") == 1
    answered = ask(opened(settings), "POST", PATH, json={"rows": [ROW]})
    assert answered.status_code == 503 and "is missing, as older versions of Tidemill left it" in answered.text
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 1
    assert predict(opened(settings), ROW)["version"] == 1
    statement(settings).unlink()
    shutil.rmtree(settings.warehouse)
    publish_people(settings)
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 1
    assert store.stated(settings, "leaving").version == 1


def test_a_store_without_a_statement_whose_version_does_not_load_any_more_gets_another_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_people(settings)
    turn(settings)
    statement(settings).unlink()
    now = store.package_versions() | {"numpy": "99.0.0"}
    monkeypatch.setattr("flows.store.loading.package_versions", lambda: now)
    monkeypatch.setattr("flows.store.package_versions", lambda: now)
    publish_people(settings, count=3000)
    assert turn(settings).deployed == 2
    assert store.stated(settings, "leaving").version == 2
