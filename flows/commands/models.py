"""The commands around trained versions: list, roll back, rebuild, prune, anchor, and serve over HTTP.

Parses, calls, prints.
"""

from typing import Annotated

import typer

from flows.endpoint.limits import Limits

app = typer.Typer()
Name = Annotated[str, typer.Argument(help="the classifier")]


@app.command()
def models(name: Annotated[str | None, typer.Argument(help="only this classifier")] = None) -> None:
    """List the trained versions with their scores and the decision on each."""
    from flows.commands import show

    show.show_models(name)


@app.command()
def drift(name: Annotated[str | None, typer.Argument(help="only this classifier")] = None) -> None:
    """Show how far what is scored has moved from what was trained on, as measured last; alarms come first."""
    from flows.commands import show

    show.show_drift(name)


@app.command("rollback")
def rollback_command(
    name: Name,
    why: Annotated[str, typer.Option(help="what was wrong with the deployed version, for the record")],
    to: Annotated[int | None, typer.Option(help="which version (default: the one before the deployed one)")] = None,
) -> None:
    """Deploy an earlier version again, at once; the version it replaces is not promoted again as it is."""
    from flows.commands import rollback

    rollback.run_rollback(name, to, why)


@app.command("rebuild")
def rebuild_command(
    name: Name, version: Annotated[int, typer.Argument(min=1, help="the version to fit again")]
) -> None:
    """Fit a version again from the rows in its record, and say what differs; exit status 1 when the model does."""
    from flows.commands import rebuild

    if not rebuild.run_rebuild(name, version):
        raise typer.Exit(1)


@app.command("prune")
def prune_command(
    keep: Annotated[int, typer.Option(min=1, help="how many of the newest versions stay in any case")] = 10,
) -> None:
    """Remove old versions from models_store, never the deployed one or the one before it, and say what that freed."""
    from flows.commands import prune

    prune.run_prune(keep)


@app.command("anchor")
def anchor_command(
    name: Name,
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="share of the held-out rows to set aside")] = 0.5,
) -> None:
    """Set clean held-out rows aside, once: never trained on, they keep out any version that is worse on them."""
    from flows.commands import anchor

    anchor.run_anchor(name, share)


@app.command("endpoint")
def endpoint_command(
    host: Annotated[str, typer.Option(help="where to listen; not on loopback only with TIDEMILL_TOKEN")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port, 0 for any free one")] = 8000,
    max_rows: Annotated[int, typer.Option(min=1, help="rows a request may have")] = Limits.rows,
    max_body_bytes: Annotated[int, typer.Option(min=1, help="bytes a request may have")] = Limits.body_bytes,
) -> None:
    """Score rows over HTTP with the deployed versions, on loopback; a new deployment is taken over once verified."""
    from flows.endpoint import run

    run.run(host, port, Limits(max_rows, max_body_bytes))
