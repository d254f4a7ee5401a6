"""The smallest whole project, its orders, and copies of it to be changed."""

import shutil
from pathlib import Path

from flows.settings import REPOSITORY
from tests.place import Place

SHOP = REPOSITORY / "tests" / "projects" / "shop"
ORDERS = """order_id,amount,country,updated_at,note
A,1.50,DE,2026-01-01 08:00:00,first
A,1.50,DE,2026-01-01 08:00:00,first
B,12 or so,DE,2026-01-01 08:00:00,
B,twelve,DE,2026-01-01 08:00:00,
C,2.00,NA,2026-01-01 08:00:00,gift
C,2.00,NA,2026-01-01 08:00:00,
D,12.345,unknown,2026-01-01T08:00:00Z,
E,12.340,-,2026-01-01,
F,1.25e-1,none,2026-01-01 08:00:00,
H,1.00,DE,2026-01-01 08:00:00,
H,5.00,DE,2026-01-02 08:00:00,
"""
LATER_ORDERS = """order_id,amount,country,updated_at
G,much,DE,2026-01-02
"""


def arrive(place: Place, name: str, text: str) -> None:
    """Lay a file into the landing folder."""
    (place.landing / "orders").mkdir(parents=True, exist_ok=True)
    (place.landing / "orders" / name).write_text(text, encoding="utf-8")


def loaded(place: Place) -> Place:
    """Load the orders, then one more file, which goes over everything again."""
    own_project(place)
    for name, text in (("1.csv", ORDERS), ("2.csv", LATER_ORDERS)):
        arrive(place, name, text)
        run(place)
    return place


def project_of(place: Place) -> Path:
    return place.folder / "project"


def run(place: Place, *command: str, expect: int = 0) -> str:
    """Run a command, the whole loop unless another is named, on the place's own project."""
    return place.tidemill("--project", str(project_of(place)), *(command or ("run",)), expect=expect)


def own_project(place: Place) -> Path:
    """Copy the project, to be changed, together with the models of the records."""
    project = project_of(place)
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("target", "logs"))
    file = project / "dbt_project.yml"
    text = file.read_text().replace(", ../../../dbt_project/models/records", "")
    file.write_text(text.replace("../../../dbt_project", str(REPOSITORY / "dbt_project")))
    shutil.copytree(REPOSITORY / "dbt_project" / "models" / "records", project / "models" / "records")
    return project
