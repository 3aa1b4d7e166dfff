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
    """Compile base.txt and build.txt, then dev.txt, which has both. Pinned versions stay while the .in files allow."""
    for name in ("base", "build", "dev"):
        command = [str(VENV / "bin/pip-compile"), *OPTIONS, "-o", f"requirements/{name}.txt", f"requirements/{name}.in"]
        environment = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make pins"}
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            return 1
    return 0
