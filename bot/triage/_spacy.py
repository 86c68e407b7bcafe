"""spaCy without what thinc would import with it for trained models: frameworks and HDF5 files."""

from __future__ import annotations

import importlib
import importlib.abc
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_HEAVY = ("tensorflow", "torch", "jax", "jaxlib", "mxnet", "cupy", "h5py")


class _Blocker(importlib.abc.MetaPathFinder):
    """Says that the heavy packages are not installed, for as long as it is in place."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """None for every other module; raises ImportError for a blocked one."""
        del path, target
        if name.partition(".")[0] in _HEAVY:
            raise ModuleNotFoundError(f"{name} is not needed for triage", name=name)


def import_spacy() -> Any:
    """The spacy module; afterwards the heavy packages can be imported as before."""
    blocker = _Blocker()
    sys.meta_path.insert(0, blocker)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of spaCy's own command line
            return importlib.import_module("spacy")
    finally:
        sys.meta_path.remove(blocker)
