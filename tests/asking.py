"""Asks the endpoint in this process, as a client would over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from flows.endpoint.app import Endpoint, application, endpoint
from flows.settings import Settings

PATH = "/classifiers/leaving/predict"


def opened(settings: Settings, **options: Any) -> Endpoint:
    """An endpoint that has looked at the store."""
    made = endpoint(settings, **options)
    made.serving.refresh()
    return made


def ask(of: Endpoint, method: str, path: str, **options: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=application(of))
        async with httpx.AsyncClient(transport=transport, base_url="http://endpoint") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())


def predict(of: Endpoint, *rows: dict[str, Any], expect: int = 200) -> Any:
    answered = ask(of, "POST", PATH, json={"rows": rows})
    assert answered.status_code == expect, answered.text
    return answered.json()


def send(of: Endpoint, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    """Post a body as it stands."""
    wanted = {"content-type": "application/json"} | {name.replace("_", "-"): each for name, each in headers.items()}
    return ask(of, "POST", PATH, content=content, headers=wanted)
