"""The application: the layers of the service, put together.

In: a model and settings. Out: an ASGI application, for any server; `process` runs it with the limits that only a
server can keep. From the outside in: `Watch` (ids, headers, log, metrics, faults), `Door` (who, which path), the
API (FastAPI).
"""

from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from inkdigit.server import contract
from inkdigit.server.door import Door
from inkdigit.server.logs import Log
from inkdigit.server.model import Served, open_model
from inkdigit.server.problems import Problem, internal
from inkdigit.server.routes import router
from inkdigit.server.service import Service, make_service
from inkdigit.server.settings import Settings
from inkdigit.server.watch import KEY, App, Watch


def create_app(
    model: Served | str | Path | None = None, *, settings: Settings | None = None, log: Log | None = None
) -> Watch:
    """Make the application; the model is opened here, once.

    Args:
        model: As for `inkdigit.load`, or one that is open.
        settings: Names, token and limits; by default loopback names alone, without a token.
        log: Where lines go; by default nowhere.

    Returns:
        An ASGI application.

    Raises:
        UsageError: There is no model of that name.
        BadInput: The model cannot be used.
    """
    served = model if isinstance(model, Served) else open_model(model)
    return app_of(make_service(served, settings=settings or Settings(), log=log or Log()))


def app_of(service: Service) -> Watch:
    """The layers around a service."""
    api = make_api(service)
    door = Door(cast(App, api), methods=methods_of(), service=service)
    return Watch(door, metrics=service.metrics, log=service.log)


def make_api(service: Service) -> FastAPI:
    """The routes, with their document."""
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    api.state.service = service
    api.include_router(router)
    api.add_exception_handler(Problem, _refuse)
    api.add_exception_handler(Exception, _refuse_bug)
    api.add_exception_handler(RequestValidationError, _refuse_parameter)
    made: list[contract.Document] = []

    def document() -> dict[str, Any]:
        if not made:
            made.append(contract.document(api, with_token=service.settings.token is not None))
        return made[0]

    api.openapi = document  # type: ignore[method-assign]
    return api


def methods_of() -> dict[str, frozenset[str]]:
    """Every path of the API with its methods."""
    return {route.path: frozenset(route.methods or ()) for route in router.routes if isinstance(route, APIRoute)}


async def _refuse(request: Request, error: Exception) -> Response:
    """A problem that a route raised, as its answer."""
    body, headers = request.scope[KEY].refused(cast(Problem, error))
    response = Response(body, status_code=cast(Problem, error).status)
    response.raw_headers = headers
    return response


async def _refuse_parameter(request: Request, error: Exception) -> Response:
    """A parameter of the URL that FastAPI could not read; there is one."""
    return await _refuse(request, Problem("bad-parameter", "single must be true or false"))


async def _refuse_bug(request: Request, error: Exception) -> Response:
    """What nobody foresaw; Starlette raises it again, and `Watch` logs it."""
    return await _refuse(request, internal())
