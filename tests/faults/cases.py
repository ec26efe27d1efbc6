"""The commands that write files, each on what it starts from."""

from __future__ import annotations

from faults.engine import Case

SCORE = "score videos -e annotations -o run --judge brighter --no-cache"
GENERATE = "generate -e annotations -o made --method still --frames 5 --limit 3"
BOARD = "leaderboard add run --board board --new-edition"
RELEASE = "data export -e annotations --format meta.json release"

CASES = (
    Case("score", SCORE),
    Case("score_cache", "score videos -e annotations -o run --judge brighter"),
    Case("score_resumed", SCORE, before=(SCORE,), half="run"),
    Case("score_controls", f"{SCORE} --controls --limit 2 --metrics motion"),
    Case("rescore", "rescore run --write", before=(SCORE,)),
    Case("report", "report run --videos videos -o page.html", before=(SCORE,)),
    Case("plan", "plan -e annotations -o plan.json --effect 70 --looks 1 --spread 10"),
    Case("generate", GENERATE),
    Case("generate_seeds", f"{GENERATE} --seeds 0,1", before=(f"{GENERATE} --seed 0",)),
    Case(
        "calibrate",
        "calibrate -o made --judge brighter --scenes 2 --no-photographs --size 64x64 "
        "--clip-frames 8 --no-other-frames",
    ),
    Case("data_build", "data build --annotations annotations -o package"),
    Case("data_export", "data export -e annotations made"),
    Case("data_release", "data export -e annotations --format meta.json made"),
    Case("data_import", "data import release -o made", before=(RELEASE,)),
    Case("data_stats", "data stats -e annotations --figure figure.svg --card card.md"),
    Case("data_sheet", "data sheet -e annotations -o sheet.html"),
    Case(
        "edition_cache", "call unpack", before=("data build --annotations annotations -o package",)
    ),
    Case("review", "call review", before=(SCORE,)),
    Case("board_add", BOARD, before=(SCORE,)),
    Case("board_remove", "leaderboard remove --yes custom/brightly --board board", (SCORE, BOARD)),
    Case("board_replace", "call replace_entry", before=(SCORE, BOARD)),
    Case("board_fetch", "leaderboard verify --board file://PLACE/board", before=(SCORE, BOARD)),
    Case(
        "rejudge",
        "leaderboard rejudge custom/brightly videos --board board -e annotations "
        "--judge brighter --share 1 --seed 1 -o again",
        before=(SCORE, BOARD),
    ),
    Case("upload", "call upload", before=(SCORE, BOARD), names="zip"),
    Case("inspect", "judge inspect videos/s000.mp4 --judge brighter -o sheet.png"),
)
