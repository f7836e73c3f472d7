from html.parser import HTMLParser

from asgi import ask
from inkdigit.server.handbook import page
from inkdigit.server.problems import KINDS
from inkdigit.server.watch import Watch

VOID = {"meta", "link"}


class Reader(HTMLParser):
    """Collects ids, links and tags, and checks that tags are closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert name not in {"style", "src"}
            assert not name.startswith("on")
            (self.ids if name == "id" else self.links if name == "href" else []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(content: bytes) -> Reader:
    reader = Reader()
    reader.feed(content.decode())
    assert not reader.open
    return reader


def test_the_page_keeps_the_policy_and_its_links_lead_somewhere(app: Watch) -> None:
    answer = ask(app, "GET", "/docs", [("host", "localhost:8123")])
    reader = read(answer.body)
    assert "script" not in reader.tags
    assert "style" not in reader.tags
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert {link for link in reader.links if not link.startswith("#")} == {"/docs.css", "/openapi.json", "data:,"}
    assert b"curl -F image=@page.jpg http://localhost:8123/v1/read" in answer.body


def test_every_problem_has_its_place(app: Watch) -> None:
    ids = read(ask(app, "GET", "/docs").body).ids
    for code in KINDS:
        assert ask(app, "GET", f"/problems/{code}")["location"] == f"/docs#{code}"
        assert code in ids
    assert ask(app, "GET", "/problems/else").status == 404


def test_what_the_document_says_is_escaped() -> None:
    document = {
        "info": {"title": "<b>", "version": "1", "description": "&"},
        "paths": {"/<x>": {"get": {"summary": "<script>", "responses": {"200": {"description": "`<i>`"}}}}},
        "components": {"schemas": {}},
    }
    content = page(document, base="http://<evil>")
    assert read(content).tags.count("script") == 0
    assert b"<code>&lt;i&gt;</code>" in content
