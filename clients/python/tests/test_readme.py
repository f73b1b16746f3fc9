"""The snippets of both READMEs, run as they stand but for the server's address and the key."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import KEY, ROOT

SNIPPETS = [
    (file, number, text)
    for file in ("README.md", "clients/python/README.md")
    for number, text in enumerate(
        re.findall(r"^```python\n(.*?)^```", (ROOT / file).read_text(), re.MULTILINE | re.DOTALL)
    )
]


def test_both_have_one() -> None:
    assert {file for file, _, _ in SNIPPETS} == {"README.md", "clients/python/README.md"}


@pytest.mark.parametrize(("file", "number", "text"), SNIPPETS, ids=lambda value: str(value).partition("\n")[0])
def test_a_snippet_runs(file: str, number: int, text: str, server: str, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes((ROOT / "test/fixtures/images/scene.jpg").read_bytes())
    (tmp_path / "photos").symlink_to(photos)
    script = text.replace("http://localhost:3000", server).replace('"…"', repr(KEY))
    assert server in script
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
