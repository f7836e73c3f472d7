"""The documentation page: FastAPI's own document, shown without a script and without a file from elsewhere.

In: the document, and the address at which the service was asked for it. Out: HTML, every text of it escaped.
FastAPI's own page takes Swagger UI from a server of others and has a script within it, both of which the content
policy forbids. Knows no route by name: what it says stands in the document.
"""

import json
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from inkdigit.server.problems import TYPES

Node = dict[str, Any]


@cache
def file(name: str) -> bytes:
    """A file of the page: its frame, "docs.html", or its style, "docs.css"."""
    return (files("inkdigit.server") / "pages" / name).read_bytes()


def page(document: Node, *, base: str) -> bytes:
    """The whole page.

    Args:
        document: OpenAPI 3.1.
        base: "http://127.0.0.1:8000", for the examples.
    """
    operations = [
        (f"{verb.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    ]
    problems = (
        f'<tr id="{code}"><td>{_code(code)}</td><td>{kind.status}</td><td>{escape(kind.title)}</td></tr>'
        for code, kind in TYPES.items()
    )
    frame = Template(file("docs.html").decode())
    return frame.substitute(
        title=escape(f"{document['info']['title']} {document['info']['version']}"),
        about=escape(document["info"]["description"]),
        links="".join(f'<li><a href="#{_anchor(name)}">{_code(name)}</a></li>' for name, _ in operations),
        operations="\n".join(_operation(name, operation, base) for name, operation in operations),
        schemas="\n".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
        problems=_table(("code", "status", "what it means"), problems),
    ).encode()


def _operation(name: str, operation: Node, base: str) -> str:
    examples = "".join(f"<pre>{_code(one.format(base=base))}</pre>" for one in operation.get("x-curl", ()))
    parameters = "".join(
        f"<p>In the URL: {_code(one['name'])}. {_text(one.get('description', ''))}</p>"
        for one in operation.get("parameters", ())
    )
    rows = (
        f"<tr><td>{escape(status)}</td><td>{_text(answer['description'])}</td><td>{_types(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    body = f"<p>Body: {_types(operation['requestBody'])}.</p>" if "requestBody" in operation else ""
    return (
        f'<section id="{_anchor(name)}"><h2>{_code(name)}</h2>\n<p>{_text(operation["description"])}</p>\n'
        f"{examples}{parameters}{body}{_table(('status', 'what it means', 'body'), rows)}</section>"
    )


def _schema(name: str, schema: Node) -> str:
    shown = escape(json.dumps(schema.get("properties", {}), indent=1, ensure_ascii=False))
    return f'<h3 id="{escape(name)}">{escape(name)}</h3>\n<p>{_text(schema["description"])}</p>\n<pre>{shown}</pre>'


def _types(body: Node) -> str:
    """The media types of a body, with a link to the schema of each that has a name."""
    said = []
    for kind, content in body.get("content", {}).items():
        schemas = content.get("schema", {}).get("anyOf", [content.get("schema", {})])
        names = [escape(one["$ref"].rpartition("/")[2]) for one in schemas if "$ref" in one]
        links = " or ".join(f'<a href="#{name}">{name}</a>' for name in names)
        said.append(f"{_code(kind)} {links}".strip())
    return ", ".join(said)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _text(text: str) -> str:
    """Escaped, with `code` as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "").replace("/", "-").replace(".", "-")
