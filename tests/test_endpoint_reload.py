"""What is served changes whole, by verified versions only: what cannot be verified leaves the old one in place."""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from flows import store
from flows.endpoint import serving
from flows.endpoint.app import Endpoint
from flows.settings import Settings
from flows.store import writing
from tests.asking import PATH, ask, opened, predict
from tests.attacks import edit_manifest, folder, plant

ROW = {"age": 30.5, "city": "Ulm"}


def health(of: Endpoint) -> dict[str, object]:
    answered = ask(of, "GET", "/health").json()
    classifier: dict[str, object] = answered["classifiers"]["leaving"]
    return classifier | {"status": answered["status"]}


def test_a_redeployment_is_taken_over_once_verified(own_leaving: Settings) -> None:
    of = opened(own_leaving)
    before = predict(of, ROW)
    store.deploy(own_leaving, "leaving", 2)
    assert predict(of, ROW) == before
    of.serving.refresh()
    after = predict(of, ROW)
    assert (before["version"], after["version"]) == (1, 2)
    assert before["predictions"][0]["probability"] != after["predictions"][0]["probability"]
    assert health(of)["version"] == 2 and health(of)["status"] == "ok"
    assert 'tidemill_served_version{classifier="leaving"} 2.0' in ask(of, "GET", "/metrics").text


class Payload:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("touch /tmp/never",)


def spoil_pickle(settings: Settings) -> None:
    (folder(settings, 2) / "model.pkl").write_bytes(pickle.dumps(Payload()))


def sign_payload(settings: Settings) -> None:
    plant(settings, pickle.dumps(Payload()), version=2)


def other_coefficients(settings: Settings) -> None:
    path = folder(settings, 2) / "coefficients.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"intercept": 9.0}))
    plant(settings, (folder(settings, 2) / "model.pkl").read_bytes(), version=2)


def cut_short(settings: Settings) -> None:
    path = folder(settings, 2) / "model.pkl"
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (spoil_pickle, "model.pkl: is not the file that was stored"),
        (cut_short, "model.pkl: is not the file that was stored"),
        (sign_payload, "names posix.system, which no pipeline of ours needs"),
        (other_coefficients, "coefficients.json gives"),
    ],
)
def test_a_version_that_cannot_be_verified_leaves_the_old_one_serving_and_health_says_why(
    own_leaving: Settings, attack: "pytest.FixtureRequest", reason: str
) -> None:
    of = opened(own_leaving)
    before = predict(of, ROW)
    attack(own_leaving)
    writing.swap(own_leaving, "leaving", 2)
    of.serving.refresh()
    assert predict(of, ROW) == before
    said = health(of)
    assert (said["version"], said["status"]) == (1, "degraded") and reason in str(said["problem"])
    assert 'tidemill_reload_failures_total{classifier="leaving"} 1.0' in ask(of, "GET", "/metrics").text


def test_a_served_version_that_is_replaced_on_disk_is_noticed_and_serves_on_from_memory(own_leaving: Settings) -> None:
    of = opened(own_leaving)
    before = predict(of, ROW)
    path = folder(own_leaving) / "model.pkl"
    path.write_bytes(pickle.dumps(Payload()))
    of.serving.refresh()
    assert predict(of, ROW) == before and "model.pkl: is not the file" in str(health(of)["problem"])


def test_a_link_that_is_lost_or_leads_elsewhere_changes_nothing_that_is_served(
    own_leaving: Settings, tmp_path: Path
) -> None:
    of = opened(own_leaving)
    link = own_leaving.models_store / "leaving" / "deployed"
    for target in (None, "versions/2", "versions/9", str(tmp_path), "versions/../../elsewhere"):
        link.unlink(missing_ok=True)
        if target:
            link.symlink_to(target)
        of.serving.refresh()
        assert predict(of, ROW)["version"] == 1 and health(of)["status"] == "ok"
        assert predict(opened(own_leaving), ROW)["version"] == 1
    shutil.rmtree(own_leaving.models_store / "leaving")
    of.serving.refresh()
    assert predict(of, ROW)["version"] == 1


def test_once_mended_the_version_is_served_and_health_is_ok_again(own_leaving: Settings) -> None:
    of = opened(own_leaving)
    kept = (folder(own_leaving, 2) / "model.pkl").read_bytes()
    spoil_pickle(own_leaving)
    writing.swap(own_leaving, "leaving", 2)
    of.serving.refresh()
    (folder(own_leaving, 2) / "model.pkl").write_bytes(kept)
    of.serving.refresh()
    assert (health(of)["version"], health(of)["problem"], health(of)["status"]) == (2, None, "ok")


def test_a_failure_without_a_mark_on_the_version_is_tried_again_after_a_while(
    own_leaving: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = opened(own_leaving)
    monkeypatch.setenv("TIDEMILL_SIGNING_KEY", "no key")
    store.layout.write_flushed(folder(own_leaving) / "touched", b"")
    of.serving.refresh()
    assert "TIDEMILL_SIGNING_KEY: is no key" in str(health(of)["problem"])
    monkeypatch.delenv("TIDEMILL_SIGNING_KEY")
    of.serving.refresh()
    assert health(of)["problem"]
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.0)
    of.serving.refresh()
    assert health(of)["problem"] is None and health(of)["version"] == 1


def test_what_never_could_be_verified_is_answered_with_503_and_the_reason(own_leaving: Settings) -> None:
    edit_manifest(own_leaving, {"threshold": 0.1})
    of = opened(own_leaving)
    answered = ask(of, "POST", PATH, json={"rows": [ROW]})
    assert answered.status_code == 503 and "is not signed with this store's key" in answered.text
    assert ask(of, "GET", "/health").status_code == 503 and health(of)["status"] == "down"


def test_nothing_is_verified_again_while_nothing_changes(
    own_leaving: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = opened(own_leaving)
    monkeypatch.setattr(store, "load", lambda *_: pytest.fail("loaded again"))
    for _ in range(3):
        of.serving.refresh()
    assert health(of)["problem"] is None


def test_a_store_that_cannot_be_listed_for_a_while_does_not_end_the_watch(
    own_leaving: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = opened(own_leaving)

    def unreadable(_: Settings) -> list[str]:
        raise OSError("stale file handle")

    with monkeypatch.context() as broken:
        broken.setattr(store, "classifiers", unreadable)
        writing.swap(own_leaving, "leaving", 2)
        of.serving.refresh()
    assert health(of)["version"] == 2
