"""Every relative link of the documentation leads to a file that is here, and every anchor to a heading of it.

Offline: addresses of other hosts are not asked for. Pictures are links too.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
LINK = re.compile(r"\]\(([^()\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
FENCED = re.compile(r"^```.*?^```$", flags=re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub names them; a second heading of one name ends in -1."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", FENCED.sub("", text), flags=re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(f"{words}-{seen[words]}" if seen[words] else words)
        seen[words] += 1
    return found


def broken(page: Path, text: str) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for link in LINK.findall(CODE.sub("", FENCED.sub("", text))):
        if ELSEWHERE.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            yield f"{page.name}: {link}"


def test_every_link_of_the_docs_leads_somewhere() -> None:
    assert [link for page in PAGES for link in broken(page, page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("link", ["gone.md", "README.md#no-such-heading", "#nor-here", "docs/gone.png"])
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    page = ROOT / "README.md"
    assert list(broken(page, f"# Here\n[a](LICENSE) [b](https://example.org/x#y) `[c](code.md)` ![d]({link})\n")) == [
        f"README.md: {link}"
    ]


def test_headings_have_the_anchors_that_a_reader_gets() -> None:
    text = "# On a GPU, again\n```\n# no heading\n```\n## 2026-11-20: `fit`\n## 2026-11-20: fit\n"
    assert anchors(text) == {"on-a-gpu-again", "2026-11-20-fit", "2026-11-20-fit-1"}
