"""How fast pictures are read, each figure from whole processes: python benchmarks/reading_speed.py

Cold: `inkdigit read --single` of one small PNG, by the wall clock. Many: a folder of 10,000 PNGs of 28x28 with
`--single --json`, and the most memory it took. Page: a photograph of 12 megapixels, whole process and warm.
The pictures are synthetic (`strokes`), made in a temporary folder. Prints JSON.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

import inkdigit
from inkdigit.data.strokes import draw, strokes
from machine import emit, progress

COLD_RUNS, PAGE_RUNS, MANY = 15, 5, 10_000
COMMAND = [str(Path(sys.executable).parent / "inkdigit"), "read"]


def main() -> None:
    """Measure the three."""
    with tempfile.TemporaryDirectory() as folder:
        figures = {"cold": cold(Path(folder)), "many": many(Path(folder)), "page": page(Path(folder))}
    emit("reading speed", figures)


def cold(folder: Path) -> dict[str, float]:
    """Seconds of a process that reads one picture."""
    path = folder / "digit.png"
    cv2.imwrite(str(path), 255 - strokes(1, seed=5).images[0])
    seconds = [_seconds([*COMMAND, "--single", str(path)]) for _ in range(COLD_RUNS + 1)][1:]
    progress(f"cold: {statistics.median(seconds):.3f} s")
    return {"n": COLD_RUNS, "median_s": statistics.median(seconds), "least_s": min(seconds), "most_s": max(seconds)}


def many(folder: Path) -> dict[str, float]:
    """Pictures a second of a process that reads a folder."""
    small = folder / "small"
    small.mkdir()
    for i, image in enumerate(strokes(MANY, seed=6).images):
        cv2.imwrite(str(small / f"{i:05}.png"), 255 - image)
    seconds = _seconds([*COMMAND, "--single", "--json", str(small)])
    # The largest of all children so far: pages, which take more, come later.
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    progress(f"many: {MANY / seconds:.0f} a second, {memory:.0f} MB")
    return {"n": MANY, "seconds": seconds, "a_second": MANY / seconds, "most_mb": memory}


def page(folder: Path) -> dict[str, float]:
    """Seconds for a photograph of 12 megapixels, as a process and within one."""
    path = folder / "page.jpg"
    cv2.imwrite(str(path), photograph(), [cv2.IMWRITE_JPEG_QUALITY, 88])
    process = [_seconds([*COMMAND, str(path)]) for _ in range(PAGE_RUNS)]
    reader, warm = inkdigit.load(), []
    for _ in range(PAGE_RUNS):
        began = time.perf_counter()
        reader.read(path)
        warm.append(time.perf_counter() - began)
    progress(f"page: {statistics.median(process):.2f} s, warm {statistics.median(warm):.2f} s")
    return {"n": PAGE_RUNS, "process_median_s": statistics.median(process), "warm_median_s": statistics.median(warm)}


def photograph() -> np.ndarray:
    """A sheet of 4000x3000 with twelve lines of twelve digits, a shadow and grain."""
    random = np.random.default_rng(7)
    ink = np.zeros((3000, 4000), np.float32)
    for row in range(12):
        left = 250
        for column in range(12):
            digit = draw(int(random.integers(10)), random=random, height=110, wildness=0.3)
            top = 150 + 225 * row
            place = ink[top : top + digit.shape[0], left : left + digit.shape[1]]
            np.maximum(place, digit, out=place)
            left += 130 + (150 if column % 4 == 3 else 0)
    light = np.linspace(225, 150, 4000, dtype=np.float32) * np.linspace(1, 0.85, 3000, dtype=np.float32)[:, None]
    grey = light * (1 - 0.75 * cv2.GaussianBlur(ink, (0, 0), 1.5)) + random.normal(0, 3, ink.shape)
    return cv2.merge([np.clip(grey * factor, 0, 255).astype(np.uint8) for factor in (0.9, 0.97, 1.0)])


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
