"""The composition of learning: data -> recipe -> network -> training -> run directory -> evaluation -> report.

`train` is read from top to bottom; `settings` decides what is trained, `teach` opens the models that it is taught by,
`calibrate` finds out how sure its answers are, and `evaluate` is the one place that opens test images.
"""
