"""The learning stream as one composition: data -> recipe -> network -> training -> run directory -> report."""
