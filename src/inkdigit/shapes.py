"""The names of shaped arrays: jaxtyping's where they are checked, NumPy's own array where they are only read.

Importing jaxtyping takes a tenth of a second (it brings asyncio and unittest.mock), a third of what
`inkdigit read` may take from a cold start. So it is imported where something checks the shapes, a type checker
or the tests, which have imported it before; anywhere else `Float32[np.ndarray, "n 28 28"]` is `np.ndarray`.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Bool as Bool
    from jaxtyping import Float as Float
    from jaxtyping import Float32 as Float32
    from jaxtyping import Float64 as Float64
    from jaxtyping import Int as Int
    from jaxtyping import Int8 as Int8
    from jaxtyping import Int32 as Int32
    from jaxtyping import Int64 as Int64
    from jaxtyping import Num as Num
    from jaxtyping import Shaped as Shaped
    from jaxtyping import UInt8 as UInt8
else:

    class _Unchecked:
        """Stands for any kind of numbers; its index is the array type and a shape, of which the first stays."""

        def __class_getitem__(cls, item: tuple[Any, str]) -> Any:
            return item[0]

    Bool = Float = Float32 = Float64 = Int = Int8 = Int32 = Int64 = Num = Shaped = UInt8 = _Unchecked
