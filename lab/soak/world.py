"""An edition with several takes a sample: honest videos, and hostile files among them."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from evaluators.world import Behaviour, Nuisances, WorldSettings, make_scenes, write_edition
from evaluators.world.render import render_frames
from lab.soak.hostile_files import PLACERS
from lab.soak.hostile_videos import COSTLY, MAKERS, ODD
from omiti2v.mp4 import encode_mp4
from omiti2v.records import Record, read_record, write_atomically
from omiti2v.takes import video_id_of

SETTINGS = WorldSettings(width=96, height=64, frames=8, fps=8, backgrounds=("plain", "gradient"))
TAKES = 8
PLAYED: tuple[Behaviour, ...] = ("done", "still", "wrong_object", "camera_only")


class WorldPlan(Record):
    """What a world is made from.

    Attributes:
        videos: All of them, hostile ones included; of `TAKES` a sample.
        hostile: Share of the videos, 0 to 1.
        costly: Whether those that cost seconds or minutes are among them.
        seed: Of everything that is random.
    """

    videos: int
    hostile: float
    costly: bool
    seed: int


class World(Record):
    """A world on disk.

    Attributes:
        plan: What it was made from.
        hostile: Kinds of the videos that can't be scored, by the video's id.
        odd: Kinds of those that may be scored or not.
        honest: Ids of all the others.
    """

    plan: WorldPlan
    hostile: dict[str, str]
    odd: dict[str, str]
    honest: tuple[str, ...]


def edition_of(folder: Path) -> Path:
    """Where a world's edition lies."""
    return folder / "edition"


def videos_of(folder: Path) -> Path:
    """Where a world's videos lie."""
    return folder / "videos"


def make_world(folder: Path, plan: WorldPlan) -> World:
    """Write a world into a folder; one that is there already is kept."""
    stamp = folder / "world.json"
    if stamp.exists() and (world := read_record(stamp, World)).plan == plan:
        return world
    shutil.rmtree(folder, ignore_errors=True)
    scenes = make_scenes(-(-plan.videos // TAKES), seed=plan.seed, settings=SETTINGS)
    write_edition(edition_of(folder), scenes)
    places = [(scene, take) for scene in scenes for take in range(TAKES)][: plan.videos]
    rng = random.Random(plan.seed)
    kinds = _kinds(round(plan.hostile * plan.videos), costly=plan.costly)
    chosen = dict(zip(rng.sample(range(len(places)), len(kinds)), kinds, strict=True))
    hostile: dict[str, str] = {}
    odd: dict[str, str] = {}
    honest: list[str] = []
    for number, (scene, take) in enumerate(places):
        video = video_id_of(scene.sample.id, take)
        path = videos_of(folder) / scene.sample.id / f"{take}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        # The noise differs by take, so that no two files are the same.
        nuisances = Nuisances(motion=0.0, noise=1 + take / TAKES)
        frames = render_frames(scene.stage, PLAYED[take % len(PLAYED)], nuisances=nuisances)
        whole = encode_mp4(frames, fps=SETTINGS.fps)
        kind = chosen.get(number)
        if kind is None:
            path.write_bytes(whole)
            honest.append(video)
            continue
        (odd if kind in ODD else hostile)[video] = kind
        if kind in PLACERS:
            PLACERS[kind](path)
        else:
            suffix, make = (MAKERS | COSTLY | ODD)[kind]
            path.with_suffix(f".{suffix}").write_bytes(make(whole, rng))
    world = World(plan=plan, hostile=hostile, odd=odd, honest=tuple(honest))
    write_atomically(stamp, world.model_dump_json(indent=1) + "\n")
    return world


def _kinds(count: int, *, costly: bool) -> list[str]:
    """So many kinds: each that is costly once, the others in turn."""
    others = [*MAKERS, *PLACERS, *ODD]
    once = list(COSTLY) if costly else []
    rounds = -(-count // len(others))
    return [*once, *others * rounds][:count]
