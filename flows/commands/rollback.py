"""The command `rollback`: an earlier version takes the place of the deployed one, at once, with its reason recorded."""

import uuid
from collections.abc import Sequence
from importlib.metadata import version as package_version

from flows import deployments, publish, records, store, transform, warehouse
from flows.deployments import Swap
from flows.errors import DeclarationError
from flows.settings import Settings


def run_rollback(classifier: str, to: int | None, why: str) -> None:
    """Roll back and print what was swapped; the predictions follow with the next `tidemill predict`."""
    settings = Settings()
    with warehouse.writer_lock(settings, "tidemill rollback"):
        swap = roll_back(settings, classifier, to, why)
        if settings.published_file.exists():
            publish.publish_more(settings, swap.run_id, [])
    print(
        f"rollback: {classifier} version {swap.version} is deployed in the place of version {swap.previous_version}; "
        "`tidemill predict` scores the rows with it"
    )


def roll_back(settings: Settings, classifier: str, to: int | None, why: str) -> records.Deployment:
    """Deploy an earlier version again; it is verified first, and recorded before it is swapped.

    Raises
    ------
    DeclarationError
        When there is nothing to go back to, or the version asked for was never deployed.
    TidemillError
        When that version can no longer be verified.
    """
    if not why.strip():
        raise DeclarationError("rollback: --why is empty; say in a few words what was wrong, for the record")
    with warehouse.write(settings) as connection:
        swaps = deployments.history(connection, classifier)
    target = _target(classifier, swaps, to)
    store.load(settings, classifier, target.version)
    swap = _deployment(settings, target, swaps[-1].version, classifier, why)
    with warehouse.write(settings) as connection:
        connection.begin()
        records.add(connection, _run(swap))
        records.add(connection, swap)
        connection.commit()
    store.deploy(settings, classifier, target.version)
    return swap


def _target(classifier: str, swaps: Sequence[Swap], to: int | None) -> Swap:
    if not swaps:
        raise DeclarationError(
            f"rollback: no version of '{classifier}' was ever deployed; `tidemill models` lists them"
        )
    current, wanted = swaps[-1].version, deployments.previous(swaps) if to is None else to
    earlier = {each.version: each for each in swaps if each.version != current}
    if wanted is None:
        raise DeclarationError(
            f"rollback: {classifier} version {current} replaced no other; name one with --to{_has(earlier)}"
        )
    if wanted not in earlier:
        raise DeclarationError(f"rollback: {classifier} version {wanted} was not deployed before{_has(earlier)}")
    return earlier[wanted]


def _has(earlier: dict[int, Swap]) -> str:
    return f" (has: {', '.join(map(str, sorted(earlier)))})" if earlier else " (has: none)"


def _deployment(settings: Settings, target: Swap, current: int, classifier: str, why: str) -> records.Deployment:
    manifest = store.read_manifest(settings, classifier, target.version)
    if manifest.model_sha256 != target.model_sha256:
        raise DeclarationError(
            f"rollback: {classifier} version {target.version} in models_store is another than the one that was "
            "deployed; restore it from a copy, or name another with --to"
        )
    return records.Deployment(
        run_id=str(uuid.uuid4()),
        classifier=classifier,
        version=target.version,
        previous_version=current,
        deployed_at=records.now(),
        kind="rollback",
        reason=why,
        signature=manifest.signature,
        model_sha256=manifest.model_sha256,
    )


def _run(swap: records.Deployment) -> records.Run:
    return records.Run(
        run_id=swap.run_id,
        flow="rollback",
        trigger="command",
        started_at=swap.deployed_at,
        ended_at=swap.deployed_at,
        status="completed",
        code_version=f"{package_version('tidemill')}+{transform.code_fingerprint()[:12]}",
        parameters={"classifier": swap.classifier, "to": swap.version, "why": swap.reason},
    )
