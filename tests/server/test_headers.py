from inkdigit.server.headers import POLICY, SECURITY, every, first, lines


def test_the_policy_allows_the_page_and_nothing_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["object-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    for kind in ("script", "style", "connect", "font", "manifest", "worker"):
        assert rules[f"{kind}-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_headers_are_found_and_written() -> None:
    headers = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
    assert (first(headers, b"a"), first(headers, b"c"), every(headers, b"a")) == (b"1", None, [b"1", b"3"])
    assert lines(tuple(headers[:2])) == b"a: 1\r\nb: 2\r\n"
    assert lines(SECURITY).count(b"\r\n") == len(SECURITY)
