"""Images as they are handed over, and folders of class folders: which class and part of the split a file belongs to."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .models import FileResult, Split, UploadResult

# A path, the bytes of an image file, or an open one.
Image = str | os.PathLike[str] | bytes | IO[bytes]

Part = tuple[str, tuple[str, bytes | IO[bytes]]]

SPLIT_FOLDERS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
IMAGE_NAME = re.compile(r"\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf])$", re.IGNORECASE)
BATCH_FILES = 50
BATCH_BYTES = 32 * 2**20


def open_image(image: Image, files: ExitStack) -> Part:
    """A part of a multipart body; a file that is opened for it is closed with `files`. Raises OSError."""
    if isinstance(image, bytes):
        return "image", ("image", image)
    if isinstance(image, str | os.PathLike):
        return "image", (os.path.basename(image), files.enter_context(open(image, "rb")))
    name = getattr(image, "name", None)
    return "image", (os.path.basename(name) if isinstance(name, str) else "image", image)


def meaning_of(path: str) -> tuple[str, Split | None] | None:
    """Label and split of a file, by its path within the folder. None: no image in a class folder. The layouts are those of the server's
    archives: class/image, split/class/image."""
    *folders, name = path.split("/")
    if not IMAGE_NAME.search(name) or any(part.startswith(".") or part == "__MACOSX" for part in (*folders, name)):
        return None
    for at, folder in enumerate(folders[:2]):
        if split := SPLIT_FOLDERS.get(folder.lower()):
            return (folders[at + 1], split) if at + 1 < len(folders) else None
    return (folders[-1], None) if folders else None


@dataclass(frozen=True)
class Batch:
    """One request: images of one class, for one part."""

    label: str
    split: Split | None
    files: Sequence[tuple[str, Path]]

    @property
    def params(self) -> dict[str, str]:
        return {"label": self.label, **({"split": self.split} if self.split else {})}

    def open(self, files: ExitStack) -> list[Part]:
        return [("image", (name, files.enter_context(path.open("rb")))) for name, path in self.files]


def batches_of(folder: str | os.PathLike[str]) -> Iterator[Batch]:
    """Of at most 50 images and, unless a single one is larger, 32 MiB. Raises OSError."""
    root = Path(folder)
    gathered: dict[tuple[str, Split | None], tuple[list[tuple[str, Path]], int]] = {}
    for directory, folders, names in os.walk(root, onerror=_raise):
        folders.sort()
        for path in (Path(directory, name) for name in sorted(names)):
            relative = path.relative_to(root).as_posix()
            meaning = meaning_of(relative)
            if meaning is None:
                continue
            size = path.stat().st_size
            files, total = gathered.pop(meaning, ([], 0))
            if files and (len(files) == BATCH_FILES or total + size > BATCH_BYTES):
                yield Batch(*meaning, files)
                files, total = [], 0
            gathered[meaning] = ([*files, (relative, path)], total + size)
    for meaning, (files, _) in gathered.items():
        yield Batch(*meaning, files)


def _raise(error: OSError) -> None:
    raise error


def dataset_of(folder: str | os.PathLike[str]) -> str:
    """The name that the dataset of a folder has, unless it is given one."""
    return Path(folder).resolve().name


@dataclass(frozen=True)
class Uploaded:
    """What became of the images of a folder; `duplicates`: the same bytes were there under the same label."""

    dataset: str
    files: int = 0
    added: int = 0
    duplicates: int = 0
    failures: tuple[FileResult, ...] = ()

    def plus(self, result: UploadResult) -> "Uploaded":
        totals = result["totals"]
        return Uploaded(
            self.dataset,
            self.files + totals["files"],
            self.added + totals["added"],
            self.duplicates + totals["duplicates"],
            (*self.failures, *(one for one in result["results"] if one["outcome"] == "failed")),
        )


OnProgress = Callable[[Uploaded], object]
