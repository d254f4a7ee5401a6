"""Fixtures every test file may use: settings in a temporary folder, and one Prefect server a session."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.example import write_example
from flows.settings import Settings
from tests import shop as shop_project
from tests import tiny
from tests.place import Finished, Place

if TYPE_CHECKING:
    from tests import linked_people

# Before any test imports Prefect or dbt: nothing of this session touches the user's home or calls anywhere.
os.environ["DO_NOT_TRACK"] = "1"
# gcsfs asks Google itself, not the emulator, what kind of bucket it reads.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-seconds", type=float, default=20, help="how long the fuzz test looks for crashers")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run what shares a place in one process, where `--dist loadfile` would do so with each file alone."""
    from tests.sharing import ByWhatIsShared

    return ByWhatIsShared(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose every path lies in the test's own folder."""
    return Settings(
        warehouse=tmp_path / "warehouse",
        landing=tmp_path / "landing",
        models_store=tmp_path / "models_store",
        threads=2,
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, set as the warehouse is; a test file's own."""
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'common_subplan'")
        yield connection


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's own manifest of the small project in `tests/tiny.py`."""
    return tiny.parse(tmp_path_factory.mktemp("declaration"))


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server of this session's own, on loopback."""
    from flows import prefect_server

    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with prefect_server.server(port) as url:
        os.environ["PREFECT_API_URL"] = f"{url}/api"
        yield f"{url}/api"


@pytest.fixture
def place(tmp_path: Path, prefect_api: str) -> Place:
    """An empty place of the test's own."""
    return Place(tmp_path, prefect_api)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Finished:
    """A place where the example has run once; tests leave it as it is."""
    place = Place(tmp_path_factory.mktemp("finished"), prefect_api)
    printed = place.tidemill("example", "--if-empty") + place.tidemill("run")
    return Finished(place, printed, place.published(), write_example(tmp_path_factory.mktemp("same")).faults)


@pytest.fixture
def continued(finished: Finished, tmp_path: Path) -> Iterator[Place]:
    """The place where the example has run once, to go on from; it is put back afterwards."""
    with finished.place.lent(tmp_path / "kept") as place:
        yield place


@pytest.fixture
def emptied(continued: Place) -> Place:
    """A place where nothing has arrived or run yet, but dbt has parsed the example."""
    continued.empty()
    return continued


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Place:
    """A place with a project of its own where the shop's orders came in two files; tests leave it as it is."""
    return shop_project.loaded(Place(tmp_path_factory.mktemp("shop"), prefect_api))


@pytest.fixture
def own_shop(shop: Place, tmp_path: Path) -> Iterator[Place]:
    """The shop's place and project, to be changed; both are put back afterwards."""
    with shop.lent(tmp_path / "kept") as place:
        yield place


@pytest.fixture(scope="session")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store with versions 1, deployed, and 2, which learned from other rows; tests leave it as it is."""
    from flows import store
    from tests.people import publish_people, turn

    folder = tmp_path_factory.mktemp("leaving")
    settings = Settings(warehouse=folder / "warehouse", models_store=folder / "models_store", threads=2)
    for count in (2000, 3000):
        publish_people(settings, count)
        turn(settings)
    store.deploy(settings, "leaving", 1)
    return settings


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> "linked_people.Place":
    """All people linked at once; tests leave it as it is."""
    from tests import linked_people

    place = linked_people.Place(tmp_path_factory.mktemp("learned"))
    place.arrive(1, linked_people.people())
    place.link(linked_people.linkage())
    return place


@pytest.fixture
def own_leaving(settings: Settings, leaving: Settings) -> Settings:
    """A store of the test's own that begins as `leaving`."""
    shutil.copytree(leaving.models_store, settings.models_store, symlinks=True)
    return settings
