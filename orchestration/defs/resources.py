"""What ops are handed: the settings, and the lock that makes a run the only one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.settings import Settings, load_settings
from orchestration.warehouse.lock import hold_warehouse


class WarehouseLock(dg.ConfigurableResource["WarehouseLock"]):
    """Held for the whole run by whichever op asks first: every writing op requires it.

    A pool with limit 1 lets two runs interleave between gate and build; this does not. The
    in-process executor makes one resource per run, so the lock is taken once.
    """

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> "Iterator[WarehouseLock]":
        """Take the lock, or wait for it."""

        def tell(text: str) -> None:
            if context.log:
                context.log.info(text)
            # Not of a step, so the terminal would not hear of it from Dagster.
            logging.getLogger("drivewheel.progress").info(text)

        with hold_warehouse(load_settings(), holder=f"run {context.run_id}", on_wait=tell):
            yield self

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return load_settings()
