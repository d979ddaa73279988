"""The simulated company: landing files in the vendors' own shapes.

`story` says what is planted, `calendar` when, `company` who; `billing`, `product` and the
other subjects tell their part; `dirt` spoils a little of it; `writer` cuts it into files.
Nothing here reads the clock or the warehouse.
"""

from __future__ import annotations

from drivewheel_demo.demo import DemoError, DemoSummary, write_demo, write_next_day

__all__ = ["DemoError", "DemoSummary", "write_demo", "write_next_day"]
