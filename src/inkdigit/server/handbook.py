"""The OpenAPI document -> a page for people: no script, no file from elsewhere.

In: the document, and the address at which the service was asked for it. Out: HTML, every text of it escaped.
Knows no route by name: what it says stands in the document.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from inkdigit.server.problems import KINDS

Node = dict[str, Any]


def page(document: Node, *, base: str) -> bytes:
    """The whole page.

    Args:
        document: OpenAPI 3.1.
        base: "http://127.0.0.1:8000", for the examples.
    """
    title = f"{document['info']['title']} {document['info']['version']}"
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',  # none, so that a browser does not ask for one
        f'<title>{escape(title)}: the HTTP API</title>\n<link rel="stylesheet" href="/docs.css">\n</head>\n<body>',
        f"<header>\n<h1>{escape(title)}</h1>\n<p>{escape(document['info']['description'])}</p>",
        f"{_contents(document)}\n</header>\n<main>",
        *(
            line
            for path, item in document["paths"].items()
            for verb, operation in item.items()
            for line in _operation(path, verb, operation, base)
        ),
        *_schemas(document["components"]["schemas"]),
        *_problems(),
        '</main>\n<footer>The same for programs: <a href="/openapi.json">openapi.json</a></footer>\n</body>\n</html>\n',
    ]
    return "\n".join(lines).encode()


def _contents(document: Node) -> str:
    links = (
        f'<li><a href="#{_anchor(verb, path)}"><code>{verb.upper()} {escape(path)}</code></a></li>'
        for path, item in document["paths"].items()
        for verb in item
    )
    rest = '<li><a href="#answers">answers</a></li><li><a href="#problems">problems</a></li>'
    return f"<nav><ul>{''.join(links)}{rest}</ul></nav>"


def _operation(path: str, verb: str, operation: Node, base: str) -> Iterator[str]:
    yield f'<section id="{_anchor(verb, path)}">'
    yield f'<h2><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></h2>'
    yield f"<p><strong>{escape(operation['summary'])}.</strong> {_text(operation.get('description', ''))}</p>"
    if operation.get("security"):
        yield "<p>Needs the token: <code>Authorization: Bearer TOKEN</code>.</p>"
    for example in operation.get("x-curl", ()):
        yield f"<pre><code>{escape(example.format(base=base))}</code></pre>"
    for parameter in operation.get("parameters", ()):
        yield (
            f"<p>In the URL: <code>{escape(parameter['name'])}</code>, {_type(parameter['schema'])}. "
            f"{_text(parameter.get('description', ''))}</p>"
        )
    if body := operation.get("requestBody"):
        kinds = ", ".join(
            f"<code>{escape(kind)}</code> ({_type(content['schema'])})" for kind, content in body["content"].items()
        )
        yield f"<p>Body: {kinds}.</p>"
    yield "<table><thead><tr><th>status</th><th>what it means</th><th>body</th></tr></thead><tbody>"
    for status, answer in operation["responses"].items():
        yield f"<tr><td>{status}</td><td>{_text(answer['description'])}</td><td>{_contents_of(answer)}</td></tr>"
    yield "</tbody></table>\n</section>"


def _contents_of(answer: Node) -> str:
    return ", ".join(_type(content.get("schema", {})) for content in answer.get("content", {}).values())


def _schemas(schemas: Node) -> Iterator[str]:
    yield '<section id="answers"><h2>Outputs</h2>'
    for name, schema in schemas.items():
        yield f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>\n<p>{_text(schema.get("description", ""))}</p>'
        yield "<table><thead><tr><th>field</th><th>type</th><th>what it is</th></tr></thead><tbody>"
        needed = schema.get("required", ())
        for field, about in schema.get("properties", {}).items():
            optional = "" if field in needed else " (not always there)"
            says = _text(about.get("description", ""))
            yield f"<tr><td><code>{escape(field)}</code></td><td>{_type(about)}{optional}</td><td>{says}</td></tr>"
        yield "</tbody></table>"
    yield "</section>"


def _problems() -> Iterator[str]:
    yield '<section id="problems"><h2>Problems</h2>'
    yield "<table><thead><tr><th>code</th><th>status</th><th>what it means</th></tr></thead><tbody>"
    for code, kind in KINDS.items():
        yield f'<tr id="{code}"><td><code>{code}</code></td><td>{kind.status}</td><td>{escape(kind.title)}</td></tr>'
    yield "</tbody></table></section>"


def _type(schema: Node) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "string" and schema.get("format") == "binary":
        return "bytes"
    bounds = [str(schema[key]) for key in ("minimum", "maximum") if key in schema]
    return escape(kind) + (f" {' to '.join(bounds)}" if len(bounds) == 2 else "")


def _text(text: str) -> str:
    """Escaped, with `code` as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _anchor(verb: str, path: str) -> str:
    return f"{verb}{path}".replace("/", "-").replace(".", "-")
