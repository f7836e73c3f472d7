from inkdigit.data.strokes import strokes
from inkdigit.server.limits import Limits
from inkdigit.server.model import Served
from inkdigit.server.problems import Problem
from inkdigit.server.tasks import SMALL, TOGETHER, Tasks, classify
from inkdigit.server.uploads import Sent

RAW = "application/octet-stream"


def test_small_requests_for_digits_are_done_together_and_pages_alone(served: Served) -> None:
    tasks = Tasks(served.reader, Limits())
    small, large = Sent(RAW, bytes(784)), Sent(RAW, bytes(SMALL + 1))
    assert tasks.reading(small, single=True).most == tasks.classifying(small).most == TOGETHER
    assert tasks.reading(small, single=True) is tasks.reading(small, single=True)
    for alone in (tasks.reading(large, single=True), tasks.reading(small, single=False), tasks.classifying(large)):
        assert alone.most == 1


def test_together_each_has_what_it_has_alone(served: Served) -> None:
    images = strokes(6, seed=4).images
    sent = [Sent(RAW, images[:3].tobytes()), Sent(RAW, b"1"), Sent(RAW, images[3:].tobytes()), Sent("text/plain", b"")]
    together = classify(served.reader, sent, limits=Limits())
    alone = [classify(served.reader, [one], limits=Limits())[0] for one in sent]
    assert together[0] == alone[0]
    assert together[2] == alone[2]
    assert [one.code for one in together if isinstance(one, Problem)] == ["wrong-shape", "unsupported-media-type"]
