"""The OpenAPI document: one path per served classifier, with the schema of the very version that answers there."""

from importlib.metadata import version as package_version
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from flows.endpoint.answers import Answer
from flows.endpoint.limits import Limits
from flows.endpoint.serving import Board, Served

REFERENCE = "#/components/schemas/{model}"
MESSAGE = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
PROBLEMS = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                },
            },
        }
    },
}
HEALTH = {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok", "degraded", "down"]}}}


def document(board: Board, limits: Limits, is_secured: bool) -> dict[str, Any]:
    """Return the document of what is served now."""
    served = board.served()
    _, models = models_json_schema(
        [(each.schema.batch, "validation") for each in served.values()], ref_template=REFERENCE
    )
    answer = TypeAdapter(Answer).json_schema(ref_template=REFERENCE, mode="serialization")
    schemas = (
        models.get("$defs", {}) | answer.pop("$defs") | {"Answer": answer, "Message": MESSAGE, "Problems": PROBLEMS}
    )
    security = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if is_secured else {}
    paths = {f"/classifiers/{quote(name, '')}/predict": _predict(each, limits) for name, each in served.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidemill", "version": package_version("tidemill")},
        "paths": _guarded(paths | _about(), is_secured),
        "components": {"schemas": schemas} | security,
    }


def _predict(served: Served, limits: Limits) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model=served.schema.batch.__name__)}
    return {
        "post": {
            "operationId": f"predict_{served.classifier}",
            "summary": f"Score rows with {served.classifier} version {served.version}",
            "description": f"At most {limits.rows:,} rows and {limits.body_bytes:,} bytes a request; "
            "a single row is a batch of one. Fields that are no features are ignored.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "200": _answer("The predictions, in the order of the rows", "Answer"),
                "404": _answer("There is no such classifier any more", "Message"),
                "408": _answer("The body did not come whole in time", "Message"),
                "413": _answer("The body is too large", "Message"),
                "415": _answer("The body is not declared as plain JSON", "Message"),
                "422": _answer("The body is no batch of this classifier's rows", "Problems"),
                "503": _answer("The classifier cannot be served", "Message"),
            },
        }
    }


def _about() -> dict[str, Any]:
    health = {"description": "What is served", "content": {"application/json": {"schema": HEALTH}}}
    metrics = {"description": "Prometheus's text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {
        "/health": {"get": {"operationId": "health", "responses": {"200": health, "503": health}}},
        "/metrics": {"get": {"operationId": "metrics", "responses": {"200": metrics}}},
    }


def _answer(description: str, model: str) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model=model)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _guarded(paths: dict[str, Any], is_secured: bool) -> dict[str, Any]:
    if not is_secured:
        return paths
    refused = {"401": _answer("The token is missing or wrong", "Message")}
    return {
        path: {
            method: operation
            if path == "/health"
            else operation | {"security": [{"token": []}], "responses": operation["responses"] | refused}
            for method, operation in each.items()
        }
        for path, each in paths.items()
    }
