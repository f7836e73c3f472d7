"""The headers that stand on every answer, errors too.

In: nothing. Out: pairs of bytes, as ASGI wants them. Source: OWASP ASVS 5.0, 3.4.3 to 3.4.8. No HSTS: the service
speaks plain HTTP, and what stands before it decides.
"""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)

NO_STORE = (b"cache-control", b"no-store")
"""On answers of the API; the files of the page are kept and asked about."""


def lines(pairs: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Headers as they stand on the wire."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in pairs)


def first(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of the first header of that name, None where there is none; ASGI has the names in lower case."""
    for key, value in headers:
        if key == name:
            return value
    return None


def every(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """The values of all headers of that name."""
    return [value for key, value in headers if key == name]
