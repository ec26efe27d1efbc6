"""A server on loopback that speaks as much of the Hugging Face hub's protocol as is needed here.

Its answers are those that the installed `huggingface_hub` reads: repositories of data sets with
commits, branches and tags, files in git and in LFS, tokens, and faults that a test asks for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_of_a_writer"  # noqa: S105 (of no account)
PAGE = 12
"""Files that a page of a listing holds."""

Files = dict[str, bytes]


@dataclass
class Repository:
    """A data set: commits by id, and what branches and tags stand for."""

    commits: dict[str, Files] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    private: bool = False

    def commit(self, files: Files, message: str) -> str:
        oid = sha1(f"{len(self.commits)}{message}".encode())
        self.commits[oid] = files
        self.messages.append(message)
        self.refs["main"] = oid
        return oid

    @property
    def head(self) -> Files:
        return self.commits[self.refs["main"]]


@dataclass
class Fault:
    """What goes wrong with requests of a method, on paths that hold a text, so many times.

    Attributes:
        status: The answer; None where the connection breaks: after half of what is read, and
            before any answer to what is written.
    """

    method: str
    path: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1_000_000


@dataclass
class Hub:
    """What the server holds, what it was asked, and what is to go wrong."""

    url: str = ""
    repos: dict[str, Repository] = field(default_factory=dict)
    stored: Files = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, name: str, files: Files, *, private: bool = False) -> str:
        """Make a repository with one commit; gives the commit's id."""
        self.repos[name] = Repository(private=private)
        return self.repos[name].commit(files, "first")


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def blob_id(content: bytes) -> str:
    """As git names a file's content."""
    return sha1(b"blob %d\0" % len(content) + content)


def in_lfs(path: str) -> bool:
    return path.endswith((".parquet", ".gz", ".jpg", ".png"))


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, code: str = "", **said: str) -> None:
        self.status = status
        self.said = {"error": message, **said}
        self.headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two packets waits 40 ms for the first's receipt
    hub: Hub

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, self.query = unquote(parts.path), parse_qs(parts.query)
        length = int(self.headers.get("Content-Length") or 0)
        self.sent = self.rfile.read(length)
        self.hub.asked.append(f"{self.command} {path}")
        fault = next(
            (
                fault
                for fault in self.hub.faults
                if fault.times and fault.method == self.command and fault.path in path
            ),
            None,
        )
        if fault:
            fault.times -= 1
            if fault.status is None and self.command in ("POST", "PUT"):
                self.close_connection = True
                return None
            if fault.status:
                return self.answer(b"{}", status=fault.status, headers=fault.headers)
        try:
            content, headers = self.route(path)
        except RefusedError as refused:
            said = json.dumps(refused.said).encode()
            return self.answer(said, status=refused.status, headers=refused.headers)
        return self.answer(content, headers=headers, broken=fault is not None)

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 (as the server wants it)

    def answer(
        self, content: bytes, *, status: int = 200, headers: dict[str, str], broken: bool = False
    ) -> None:
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if span and status == 200 and self.command == "GET":
            first, last = int(span[1]), int(span[2] or len(content) - 1)
            extent = f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
            headers = {**headers, "Content-Range": extent}
            content, status = content[first : last + 1], 206
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if broken else content)
        if broken:
            self.close_connection = True

    def route(self, path: str) -> tuple[bytes, dict[str, str]]:
        """The body and headers of the answer."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != TOKEN:
            raise RefusedError(401, "Invalid credentials in Authorization header")
        if self.command in ("POST", "PUT") and not path.startswith("/lfs/") and not token:
            raise RefusedError(401, "Invalid username or password.")
        if path == "/api/repos/create":
            return self.as_json(self.create(json.loads(self.sent)))
        if path == "/api/validate-yaml":
            return self.as_json({"errors": [], "warnings": []})
        if path.startswith("/lfs/"):
            self.hub.stored[path.removeprefix("/lfs/")] = self.sent
            return b"", {}
        if found := re.fullmatch(r"/datasets/(.+/.+)\.git/info/lfs/objects/batch", path):
            return self.as_json(self.batch(json.loads(self.sent)))
        if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self.resolve(self.repo(found[1], token), *found.groups()[1:])
        found = re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/([^/]+)(?:/([^/]+)(/.+)?)?)?", path)
        if not found:
            raise RefusedError(404, f"no such page: {path}")
        name, action, revision, below = found.groups()
        repo = self.repo(name, token)
        if action in (None, "revision"):
            oid = self.oid(repo, revision or "main")
            siblings = [{"rfilename": path} for path in repo.commits[oid]]
            info = {"id": name, "sha": oid, "private": repo.private, "siblings": siblings}
            return self.as_json(info)
        if action == "tree":
            return self.tree(repo.commits[self.oid(repo, revision)], below or "", path)
        if action == "tag":
            repo.refs[json.loads(self.sent)["tag"]] = self.oid(repo, revision)
            return b"", {}
        if action == "preupload":
            return self.as_json({"files": list(self.upload_modes(json.loads(self.sent)))})
        if action == "commit":
            return self.as_json(self.commit(repo, name))
        raise RefusedError(404, f"no such action: {action}")

    def as_json(self, answer: Any) -> tuple[bytes, dict[str, str]]:
        return json.dumps(answer).encode(), {"Content-Type": "application/json"}

    def repo(self, name: str, token: str) -> Repository:
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not token):  # not told apart, without a token
            raise RefusedError(404 if token else 401, "Repository not found", "RepoNotFound")
        return repo

    def oid(self, repo: Repository, revision: str) -> str:
        oid = repo.refs.get(revision, revision)
        if oid not in repo.commits:
            raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return oid

    def create(self, wanted: dict[str, Any]) -> dict[str, str]:
        name = f"{wanted['organization']}/{wanted['name']}"
        url = f"{self.hub.url}/datasets/{name}"
        if name in self.hub.repos:
            raise RefusedError(409, "You already created this dataset repo", url=url)
        self.hub.add(name, {".gitattributes": b"*.parquet filter=lfs\n"})
        return {"url": url, "name": name}

    def upload_modes(self, wanted: dict[str, Any]) -> Iterator[dict[str, object]]:
        for file in wanted["files"]:
            mode = "lfs" if in_lfs(file["path"]) else "regular"
            yield {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}

    def batch(self, wanted: dict[str, Any]) -> dict[str, object]:
        objects = [
            {**item, "actions": {"upload": {"href": f"{self.hub.url}/lfs/{item['oid']}"}}}
            for item in wanted["objects"]
        ]
        return {"transfer": "basic", "objects": objects}

    def commit(self, repo: Repository, name: str) -> dict[str, object]:
        header, *operations = (json.loads(line) for line in self.sent.splitlines())
        files = dict(repo.head)
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif operation["key"] == "lfsFile":
                content = self.hub.stored[value["oid"]]
                if hashlib.sha256(content).hexdigest() != value["oid"]:
                    raise RefusedError(400, f"{value['path']}: not what was promised")
                files[value["path"]] = content
            else:
                raise RefusedError(400, f"unknown operation {operation['key']}")
        oid = repo.commit(files, header["value"]["summary"])
        address = f"{self.hub.url}/datasets/{name}/commit/{oid}"
        return {"success": True, "commitOid": oid, "commitUrl": address}

    def tree(self, files: Files, below: str, path: str) -> tuple[bytes, dict[str, str]]:
        prefix = below.strip("/") + "/" if below else ""
        rows: dict[str, dict[str, object]] = {}
        for name, content in sorted(files.items()):
            if not name.startswith(prefix):
                continue
            *folders, _ = name.removeprefix(prefix).split("/")
            shown = folders if "true" in self.query.get("recursive", ["False"])[0].lower() else []
            for depth in range(1, len(folders) + 1):
                folder = prefix + "/".join(folders[:depth])
                if depth == 1 or shown:
                    rows[folder] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": folder}
            if folders and not shown:
                continue
            rows[name] = {"type": "file", "oid": blob_id(content), "path": name}
            rows[name]["size"] = len(content)
            if in_lfs(name):
                sha256 = hashlib.sha256(content).hexdigest()
                rows[name]["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
        if prefix and not rows:
            raise RefusedError(404, f"{below}: does not exist", "EntryNotFound")
        first = int(self.query.get("cursor", ["0"])[0])
        body, headers = self.as_json(list(rows.values())[first : first + PAGE])
        if first + PAGE < len(rows):
            options = f"recursive={self.query.get('recursive', ['False'])[0]}&cursor={first + PAGE}"
            headers["Link"] = f'<{self.hub.url}{path}?{options}>; rel="next"'
        return body, headers

    def resolve(self, repo: Repository, revision: str, name: str) -> tuple[bytes, dict[str, str]]:
        oid = self.oid(repo, revision)
        if name not in repo.commits[oid]:
            raise RefusedError(404, "Entry not found", "EntryNotFound")
        content = repo.commits[oid][name]
        etag = hashlib.sha256(content).hexdigest() if in_lfs(name) else blob_id(content)
        return content, {"ETag": f'"{etag}"', "X-Repo-Commit": oid, "Accept-Ranges": "bytes"}


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """A hub that answers at its `url` as long as the block runs."""
    hub = Hub()
    handler = type("Handler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
