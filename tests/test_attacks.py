"""Never run what is not ours: whoever may write in models_store, and even who has the key, gets no code run."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from flows import deploy, predict, store
from flows.errors import TidemillError
from flows.settings import Settings
from tests.attacks import edit_manifest, folder, plant, sign_again
from tests.people import LEAVING, RUN, publish_people, turn


class Reduced:
    """Unpickles to the call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


PAYLOADS: dict[str, Callable[[str], bytes]] = {
    "os.system": lambda marker: pickle.dumps(Reduced(os.system, f"touch {marker}")),
    "eval": lambda marker: pickle.dumps(Reduced(eval, f"open('{marker}', 'w')")),
    "getattr": lambda marker: b"cbuiltins\ngetattr\n(Vx\nVupper\ntR.",
    "partial": lambda marker: pickle.dumps(partial(os.system, f"touch {marker}")),
    "numpy loader": lambda marker: pickle.dumps(Reduced(np.load, marker, None, True)),
    "numpy memmap": lambda marker: f"cnumpy\nmemmap\n(V{marker}\nVuint8\nVw+\nI0\n(I1\nttR.".encode(),
    "dotted name": lambda marker: b"\x80\x04\x8c\x0bsklearn.svm\x8c\x0e_base.warnings\x93.",
    "module of scikit-learn": lambda marker: b"csklearn.base\nwarnings\n.",
    "function of scikit-learn": lambda marker: b"csklearn.datasets\nload_files\n(V/\ntR.",
    "joblib": lambda marker: f"cjoblib.numpy_pickle\nload\n(V{marker}\ntR.".encode(),
    "pandas": lambda marker: f"cpandas\nread_pickle\n(V{marker}\ntR.".encode(),
}


@pytest.fixture
def deployed(settings: Settings) -> Settings:
    publish_people(settings)
    assert turn(settings).deployed == 1
    return settings


def test_a_pickle_that_calls_anything_but_a_pipelines_parts_is_refused_even_where_it_is_signed(
    deployed: Settings, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    for name, payload in PAYLOADS.items():
        plant(deployed, payload(str(marker)))
        with pytest.raises(TidemillError, match=r"model.pkl: names .*, which no pipeline of ours needs"):
            store.load(deployed, "leaving", 1)
        assert not marker.exists(), name


def test_an_estimator_whose_answers_changed_does_not_serve_even_where_it_is_signed(deployed: Settings) -> None:
    pipeline = store.load(deployed, "leaving", 1).pipeline
    pipeline["estimate"].intercept_ += 1e-6
    plant(deployed, pickle.dumps(pipeline))
    with pytest.raises(TidemillError, match=r"model.pkl: gives .* but gave"):
        store.load(deployed, "leaving", 1)


def test_a_file_that_was_swapped_truncated_or_removed_is_refused(deployed: Settings) -> None:
    for name in ("model.pkl", "model.sql", "coefficients.json", "training_rows.parquet"):
        path = folder(deployed) / name
        content = path.read_bytes()
        for wrong in (content + b" ", content[:-1], b"", content.swapcase()):
            path.write_bytes(wrong)
            with pytest.raises(TidemillError, match=f"{name}: is not the file that was stored"):
                store.load(deployed, "leaving", 1)
        path.unlink()
        with pytest.raises(TidemillError, match=f"{name}: cannot be read"):
            store.load(deployed, "leaving", 1)
        path.write_bytes(content)
    assert store.load(deployed, "leaving", 1).manifest.version == 1


def test_an_edited_manifest_is_refused_whatever_was_edited(deployed: Settings) -> None:
    path = folder(deployed) / "manifest.json"
    content = path.read_bytes()
    for name, value in json.loads(content).items():
        edit_manifest(deployed, {name: f"{value}x"})
        with pytest.raises(TidemillError, match=r"manifest.json: is not signed with this store's key"):
            store.load(deployed, "leaving", 1)
    for unreadable in (b"", content[:-20], b"[]"):
        path.write_bytes(unreadable)
        with pytest.raises(TidemillError, match=r"manifest.json: cannot be read"):
            store.load(deployed, "leaving", 1)


def test_a_version_signed_with_a_foreign_key_is_refused(deployed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMILL_SIGNING_KEY", "5e" * 32)
    with pytest.raises(TidemillError, match=r"is not signed with this store's key"):
        store.load(deployed, "leaving", 1)
    sign_again(deployed)
    assert store.load(deployed, "leaving", 1).manifest.version == 1
    monkeypatch.undo()
    with pytest.raises(TidemillError, match=r"is not signed with this store's key"):
        store.load(deployed, "leaving", 1)


def test_a_key_that_others_can_read_or_have_put_there_is_not_used(deployed: Settings) -> None:
    key = deployed.models_store / ".signing_key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(TidemillError, match=r"only its owner, you, may read"):
        store.load(deployed, "leaving", 1)
    key.chmod(0o600)
    key.rename(key.with_name("elsewhere"))
    key.symlink_to("elsewhere")
    with pytest.raises(TidemillError, match=r"only its owner, you, may read"):
        store.load(deployed, "leaving", 1)


def test_links_that_lead_out_of_the_store_are_not_followed(deployed: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for path in (folder(deployed) / "model.pkl", folder(deployed), folder(deployed).parent):
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
        with pytest.raises(TidemillError):
            store.load(deployed, "leaving", 1)
        path.unlink()
        elsewhere.rename(path)
    link = deployed.models_store / "leaving" / "deployed"
    (link.parent / "deployment.json").unlink()
    for target in (folder(deployed), Path("versions/../versions/1"), Path("versions/1/.."), Path("/etc")):
        link.unlink()
        link.symlink_to(target)
        assert store.deployed_version(deployed, "leaving") is None


def test_an_older_version_in_the_place_of_the_deployed_one_is_noticed_and_the_records_win(settings: Settings) -> None:
    publish_people(settings, count=8000)
    stump = replace(LEAVING, estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1})
    assert turn(settings, stump).deployed == 1
    first = (settings.models_store / "leaving" / "deployment.json").read_bytes()
    assert turn(settings).deployed == 2
    statement = settings.models_store / "leaving" / "deployment.json"
    statement.write_bytes(first)
    with pytest.raises(TidemillError, match=r"version 1 is deployed, but version 2 was deployed"):
        predict.predict(settings, LEAVING, RUN)
    statement.unlink()
    link = settings.models_store / "leaving" / "deployed"
    link.unlink()
    link.symlink_to("versions/1")
    with pytest.raises(TidemillError, match=r"version 1 is deployed, but version 2 was deployed"):
        predict.predict(settings, LEAVING, RUN)
    assert deploy.deploy(settings, LEAVING, RUN).deployed == 2
    assert predict.predict(settings, LEAVING, RUN).version == 2
    shutil.copytree(folder(settings, 1), folder(settings, 3))
    with pytest.raises(TidemillError, match=r"3/manifest.json: is that of leaving version 1"):
        store.load(settings, "leaving", 3)
    shutil.rmtree(folder(settings, 2))
    shutil.copytree(folder(settings, 1), folder(settings, 2))
    assert store.deployed_version(settings, "leaving") is None
    assert turn(settings).deployed == 4


def test_a_store_of_an_older_tidemill_without_signatures_mends_itself(deployed: Settings) -> None:
    path = folder(deployed) / "manifest.json"
    content = json.loads(path.read_text())
    del content["signature"], content["probes"], content["seen"], content["files"]
    path.write_text(json.dumps(content))
    with pytest.raises(TidemillError, match=r"has no signature, as older versions .* train again"):
        store.load(deployed, "leaving", 1)
    assert predict.predict(deployed, LEAVING, RUN).version is None
    assert turn(deployed).deployed == 2
    assert predict.predict(deployed, LEAVING, RUN).version == 2
