"""What lies on a strip before there is a paper."""

import numpy as np

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.scenes import HEIGHT, WIDEST, written_scene


def test_ink_and_walls_are_apart_and_of_one_size(source: DigitSource) -> None:
    random = np.random.default_rng(0)
    scenes = [written_scene(source, random) for _ in range(200)]
    assert all(scene.ink.shape == scene.walls.shape for scene in scenes)
    assert all(scene.ink.shape[1] * HEIGHT / scene.ink.shape[0] <= 1.2 * WIDEST for scene in scenes)
    walled = [scene for scene in scenes if scene.walls.max() > 0.3]
    assert 0.2 < len(walled) / len(scenes) < 0.7


def test_a_scene_without_text_has_no_ink_and_often_walls_that_are_no_ones(source: DigitSource) -> None:
    random = np.random.default_rng(1)
    empty = [scene for scene in (written_scene(source, random) for _ in range(400)) if not scene.text]
    assert len(empty) > 8
    assert all(scene.ink.max() == 0 for scene in empty)
    assert np.mean([scene.walls.max() > 0.3 for scene in empty]) > 0.4


def test_what_is_written_is_mostly_inside(source: DigitSource) -> None:
    random = np.random.default_rng(2)
    cut = []
    for _ in range(200):
        scene = written_scene(source, random)
        border = np.concatenate([scene.ink[0], scene.ink[-1]])
        cut.append(np.mean(border > 0.5) > 0.05)
    assert np.mean(cut) < 0.3
