"""What a training may compute on: every test of a computation names one of these, and runs the same on any machine."""

from inkdigit.training.device import Device

PLAIN = Device("cpu", fast_bfloat16=False, name="a processor")
"""A processor without a unit for bfloat16, as most are."""

FAST = Device("cpu", fast_bfloat16=True, name="a processor with AMX")
"""XLA multiplies bfloat16 matrices on every processor, only not on every one fast."""

GPU = Device("gpu", fast_bfloat16=True, name="a GPU")
"""What a GPU would be given to do, which a processor can do as well."""

ALL = {"processor": PLAIN, "processor with fast bfloat16": FAST, "GPU": GPU}
