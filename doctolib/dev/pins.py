"""Pinned requirements: every file with its hash, no address of an index, nothing of this machine."""

import os
import subprocess

from doctolib.dev.install import VENV
from doctolib.dev.paths import ROOT

OPTIONS = (
    "--generate-hashes", "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--strip-extras",
    "--allow-unsafe", "--quiet",
)  # fmt: skip


def compile_all() -> int:
    """Compile base.txt, then dev.txt, which contains it. Versions already pinned stay unless the .in files forbid them."""
    for name in ("base", "dev"):
        command = [VENV / "bin" / "pip-compile", *OPTIONS, "-o", f"requirements/{name}.txt", f"requirements/{name}.in"]
        environment = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make pins"}
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            return 1
    return 0
