"""Client of Taxon, the image-classification server that you own and can retrain."""

from . import models
from ._async import AsyncTaxon
from ._errors import TaxonError, TrainingFailed
from ._events import TrainingEvent
from ._files import Image, Uploaded
from ._results import Classifications, ClassifiedImage
from ._sync import Taxon

__all__ = [
    "AsyncTaxon",
    "Classifications",
    "ClassifiedImage",
    "Image",
    "Taxon",
    "TaxonError",
    "TrainingEvent",
    "TrainingFailed",
    "Uploaded",
    "models",
]
