import json

import pytest

from inkdigit.server.problems import STATUS, Problem


@pytest.mark.parametrize("code", STATUS)
def test_a_problem_is_an_answer_of_its_status(code: str) -> None:
    problem = Problem(code, "why\x1b[0m" + "x" * 5000)
    response = problem.response("id-1")
    record = json.loads(bytes(response.body))
    assert record["status"] == problem.status == response.status_code == STATUS[code]
    assert record["type"] == f"/problems/{code}"
    assert len(record["detail"]) <= 300
    assert "\x1b" not in record["detail"]
    assert ("retry-after" in response.headers) == (problem.status == 503)
    assert ("www-authenticate" in response.headers) == (problem.status == 401)
    assert response.headers["content-type"] == "application/problem+json"


def test_a_fault_of_the_input_is_never_one_of_the_server() -> None:
    assert {code for code, status in STATUS.items() if status >= 500} == {
        "internal", "overloaded", "draining", "deadline"
    }  # fmt: skip
