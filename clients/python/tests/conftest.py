"""A real server, on a free port and a data directory of its own. It is the one in dist/, which `npm run build` makes."""

import os
import re
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KEY = "the-admin-key-of-tests"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    folder = tmp_path_factory.mktemp("server")
    names = re.findall(r"^\| `(\w+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    # An empty value keeps one that a .env in this clone has out.
    settings = dict.fromkeys(names, "") | {
        "ADMIN_API_KEY": KEY,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATA_DIR": str(folder / "data"),
        "MODELS_DIR": str(folder / "models"),
        "CACHE_DIR": str(ROOT / "dist/test-cache"),
    }
    process = subprocess.Popen(
        ["node", "dist/src/main.js"], cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process:
        try:
            for line in process.stdout:
                if address := re.search(r"Server listening at (http:[^\"]+)", line):
                    yield address[1]
                    break
            else:
                pytest.fail("the server ended before it listened")
        finally:
            process.terminate()
            process.stdout.read()


def png(red: int, green: int, blue: int, seed: int) -> bytes:
    """64 by 64 pixels of about that colour, of another shade in each row."""
    rows = b"".join(
        b"\0" + bytes(min(255, value + (row * seed) % 40) for value in (red, green, blue)) * 64 for row in range(64)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


COLOURS = {"red": (200, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 200)}


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of class folders, with one file that is no image."""
    folder = tmp_path_factory.mktemp("folder") / "photos"
    for label, colour in COLOURS.items():
        (folder / label).mkdir(parents=True)
        for number in range(12):
            (folder / label / f"{number}.png").write_bytes(png(*colour, seed=number + 1))
    (folder / "red" / "broken.png").write_text("no image")
    (folder / "red" / "notes.txt").write_text("no image either")
    return folder
