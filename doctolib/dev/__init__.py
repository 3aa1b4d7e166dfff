"""Two commands on a fresh machine: what ``make run`` and ``make test`` do, step by step.

``python -m doctolib.dev`` lists the steps. Until the virtual environment exists only the standard library is there, so
modules of this package import anything else inside functions; nothing of the running application imports this package.
"""
