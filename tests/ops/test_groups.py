"""Tests that cannot run side by side are a group, and one process runs a group (pytest-dev/pytest-xdist#1386)."""

import re
import subprocess
import sys

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(6))
@pytest.mark.xdist_group("together")
def test(number):
    pass
"""


def test_one_process_runs_a_group(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_group.py").write_text(TESTS)
    arguments = ["-p", "no:django", "-n", "2", "--dist", "loadgroup", "--verbose"]

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    passed = re.findall(r"\[(gw\d)\] .*PASSED", ran.stdout)
    assert ran.returncode == 0, ran.stdout
    assert len(passed) == 6
    assert len(set(passed)) == 1
