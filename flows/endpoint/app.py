"""The scoring endpoint as a FastAPI application: its routes, and the watch over what is deployed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from flows.endpoint import access, answers, body, health, openapi
from flows.endpoint.limits import Limits
from flows.endpoint.metrics import Metrics
from flows.endpoint.serving import Served, Serving
from flows.settings import Settings

# A larger body may take longer than other requests should wait.
INLINE_BYTES = 16 * 1024


@dataclass(frozen=True)
class Endpoint:
    """What every route needs."""

    serving: Serving
    metrics: Metrics
    limits: Limits
    token: str | None
    watch_seconds: float


def endpoint(
    settings: Settings, limits: Limits | None = None, token: str | None = None, watch_seconds: float = 1.0
) -> Endpoint:
    """Return an endpoint over a store, which serves nothing before its first `refresh`."""
    metrics, limits = Metrics(), limits or Limits()
    return Endpoint(Serving(settings, limits, metrics), metrics, limits, token, watch_seconds)


def application(of: Endpoint) -> FastAPI:
    """Return the application; it looks at the store when it starts, and then again and again."""

    @asynccontextmanager
    async def watching(_: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(_watch(of))
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch

    # Without pages of documentation: those load scripts from elsewhere.
    app = FastAPI(title="Tidemill", openapi_url=None, docs_url=None, redoc_url=None, lifespan=watching)
    _add_routes(app, of)
    if of.token:
        app.add_middleware(access.Guard, wanted=of.token)
    return app


async def _watch(of: Endpoint) -> None:
    while True:
        await asyncio.sleep(of.watch_seconds)
        await asyncio.to_thread(of.serving.refresh)


def _add_routes(app: FastAPI, of: Endpoint) -> None:
    @app.post("/classifiers/{name}/predict")
    async def predict(name: str, request: Request) -> Response:
        return await _predict(of, name, request)

    @app.get("/health")
    async def read_health(request: Request) -> Response:
        status, content = health.health(of.serving.board)
        is_known = access.has_token(dict(request.scope["headers"]), of.token)
        return JSONResponse(content if is_known else {"status": content["status"]}, status)

    @app.get("/metrics")
    async def read_metrics() -> Response:
        return Response(of.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/openapi.json")
    async def read_openapi() -> Response:
        return JSONResponse(openapi.document(of.serving.board, of.limits, is_secured=of.token is not None))


async def _predict(of: Endpoint, name: str, request: Request) -> Response:
    started, status = time.perf_counter(), 500
    served = of.serving.board.served().get(name)
    try:
        if served is None:
            raise _not_served(of, name)
        given = await _answered(served, await body.read(request, of.limits))
        of.metrics.scored(name, [each.warnings for each in given.predictions])
        status = 200
        return Response(answers.encoded(given), media_type="application/json")
    except HTTPException as error:
        status = error.status_code
        raise
    finally:
        of.metrics.answered(name if served else "", status, time.perf_counter() - started)


async def _answered(served: Served, content: bytes) -> answers.Answer:
    """Answer here what takes less time than a thread would, and all else in a thread: the others need not wait."""
    if served.is_quick and len(content) <= INLINE_BYTES:
        return answers.answer(served, content)
    return await asyncio.to_thread(answers.answer, served, content)


def _not_served(of: Endpoint, name: str) -> HTTPException:
    standing = of.serving.board.standings.get(name)
    if standing:
        return HTTPException(503, f"'{name}' is deployed, but cannot be served: {standing.problem}")
    names = ", ".join(of.serving.board.standings) or "none is deployed"
    return HTTPException(404, f"there is no classifier {name!a} here (has: {names})")
