"""For mypy only: Django's plugin types a model's arguments by attname, but a sealed field is assigned by its name.

Listed before mypy_django_plugin in pyproject.toml, as it must have changed the field before models are made.
"""

import sys
from pathlib import Path

from mypy.plugin import Plugin


def plugin(version: str) -> type[Plugin]:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from crypto.fields import SealedField

    SealedField.get_attname = lambda self: self.name  # type: ignore[method-assign]
    return Plugin
