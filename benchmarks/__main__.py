"""Run the benchmarks: JSON lines with name, value, unit, floor and ratio (value ÷ floor, measured in the same run).

    python -m benchmarks [name …]     all of them unless named (MODULES below)

Each line is printed and appended to benchmarks/results/<day>.jsonl. Machines are noisy: compare ratios.
"""

import importlib
import json
import os
import sys
import time
from datetime import date
from pathlib import Path

MODULES = (
    "crypto",
    "availability",
    "calendar",
    "desk",
    "statistics",
    "pages",
    "flow",
    "booking",
    "series",
    "overload",
    "sign_in",
    "outbox",
)
RESULTS = Path(__file__).with_name("results")


def main(names: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    import django

    django.setup()
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{date.today()}.jsonl").open("a") as results:
        for name in names or MODULES:
            began = time.monotonic()
            for line in importlib.import_module(f"benchmarks.{name}").run():
                text = json.dumps({"benchmark": name, **line}, ensure_ascii=False)
                print(text, flush=True)
                results.write(text + "\n")
                results.flush()
            print(f"# {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
