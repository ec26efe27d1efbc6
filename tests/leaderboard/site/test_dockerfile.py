"""The Space's Dockerfile, followed line by line where no Docker runs, until its server answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_hub import serve_hub

from leaderboard.entries import PACKAGED

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "leaderboard" / "Dockerfile"
PORT = "7860"


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each as its name and the rest."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, rest)
        for name, _, rest in (line.partition(" ") for line in joined.split("\n") if line)
    ]


class Image:
    """What the instructions make, in folders of its own: a fresh Python, `/app` and a home.

    No user is made, and all runs as whoever runs this; the port is a free one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here = folder
        self.python = folder / "python"
        self.health = ""
        self.command: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        self.environment["PATH"] = f"{self.python / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def follow(self, name: str, rest: str) -> None:
        if name == "FROM":
            wanted = re.fullmatch(r"python:(\d+)\.(\d+)-slim", rest)
            assert wanted and (int(wanted[1]), int(wanted[2])) == sys.version_info[:2]
            subprocess.run([sys.executable, "-m", "venv", self.python], check=True)
        elif name == "WORKDIR":
            self.here = self.folder / rest.strip("/")
            self.here.mkdir()
        elif name == "COPY":
            assert rest == ". /app"
            make_space(self.folder / "app")
        elif name == "ENV":
            key, _, value = rest.partition("=")
            if key == "HOME":
                value = str(self.folder / value.strip("/"))
                Path(value).mkdir(parents=True)
            self.environment[key] = value.strip('"')
        elif name == "RUN":
            if not rest.startswith("useradd "):
                self.shell(rest)
        elif name == "HEALTHCHECK":
            self.health = rest.removeprefix("CMD ").replace(PORT, self.port)
        elif name == "CMD":
            self.command = [word.replace(PORT, self.port) for word in json.loads(rest)]
        else:
            assert (name, rest) in (("USER", "user"), ("EXPOSE", PORT))

    def shell(self, line: str) -> None:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.here,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    @contextmanager
    def running(self, **environment: str) -> Iterator[Path]:
        """The server, healthy; gives the file of what it says."""
        said = self.folder / "said.txt"
        with said.open("w") as file:
            server = subprocess.Popen(
                self.command,
                cwd=self.here,
                env=self.environment | environment,
                stdout=file,
                stderr=file,
            )
        try:
            for attempt in range(60):
                try:
                    self.shell(self.health)
                    break
                except AssertionError:
                    if attempt == 59 or server.poll() is not None:
                        raise AssertionError(said.read_text()) from None
                    time.sleep(1)
            yield said
        finally:
            server.terminate()
            server.wait(timeout=20)


def make_space(folder: Path) -> None:
    """A copy of the checkout as docs/publishing.md sends it to the Space."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "leaderboard/SPACE.md", folder / "README.md")
    shutil.copyfile(DOCKERFILE, folder / "Dockerfile")


def test_the_space_and_the_image_agree() -> None:
    steps = instructions(DOCKERFILE.read_text())
    assert steps[0][0] == "FROM"
    (port,) = (rest for name, rest in steps if name == "EXPOSE")
    assert f"\napp_port: {port}\n" in (ROOT / "leaderboard/SPACE.md").read_text()
    for name in ("HEALTHCHECK", "CMD"):
        (rest,) = (rest for other, rest in steps if other == name)
        assert port in rest


@pytest.mark.slow
def test_the_image_is_made_and_its_server_answers(tmp_path: Path) -> None:
    image = Image(tmp_path)
    for name, rest in instructions(DOCKERFILE.read_text()):
        image.follow(name, rest)
        if (
            name == "FROM"
            and subprocess.run(
                [image.python / "bin/pip", "download", "--quiet", "--no-deps", "platformdirs"],
                cwd=tmp_path,
                capture_output=True,
                check=False,
            ).returncode
        ):
            pytest.skip("needs a package index that pip can reach")
    # As the file that a line writes into the home says, which the server must find there.
    image.shell("streamlit config show | grep -q '^enableXsrfProtection = false'")
    with image.running() as said:
        with urllib.request.urlopen(f"http://127.0.0.1:{image.port}/") as page:
            assert b"<title>" in page.read()
        assert f"{image.python}" in said.read_text()  # the board of the package that was installed
    with serve_hub() as hub:
        files = [path for path in PACKAGED.rglob("*") if path.is_file()]
        hub.add("org/board", {p.relative_to(PACKAGED).as_posix(): p.read_bytes() for p in files})
        board = "hf://datasets/org/board"
        with image.running(BOARD=board, HF_ENDPOINT=hub.url, HF_HUB_DISABLE_XET="1") as said:
            assert f"{board}: http://0.0.0.0:{image.port}" in said.read_text()
        assert "GET /api/datasets/org/board/tree/main" in hub.asked
