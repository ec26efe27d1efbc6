"""`python -m lab.tiny_wan.experiment.report --results FOLDER --out docs/tiny-wan.md`.

Writes the page and its figures from a results folder alone; no model is run.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from lab.tiny_wan.experiment import figures, findings, tables
from lab.tiny_wan.experiment.claims import DYNAMIC, STILL, hold_against
from lab.tiny_wan.experiment.judge_check import judge_against_pixels
from lab.tiny_wan.experiment.results import Results, read_results
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, DEFAULT, GUIDED
from lab.tiny_wan.experiment.statistics import (
    LOOKED_AT,
    Key,
    differences,
    estimates,
    halves,
    is_idle,
)
from lab.tiny_wan.experiment.work import EXAMPLES
from omiti2v.comparison import Difference
from omiti2v.errors import UserError
from omiti2v.records import write_atomically

logger = logging.getLogger(__name__)

INTRODUCTION = """\
# AlignVid on a model that fits a laptop

A [tiny Wan](../lab/tiny_wan/__init__.py) of Wan2.1's own classes was trained on the
known-answer world with captions that don't always say what moves. Here AlignVid acts on it, the
tiny judge answers, and the benchmark's paired statistics compare. What is compared, the primary
measure and the rule of choice were written down before the model was trained to the end:
[`lab.tiny_wan.experiment`](../lab/tiny_wan/experiment/__init__.py), which also
says what was looked at before this run. Whatever came out is on this page, which is written from
the result files by a program.

```
python -m lab.tiny_wan.experiment --out {results}
python -m lab.tiny_wan.experiment.report --results {results} --out {page}
```

What a method does to this model says what it does to this model. Whether 14 billion parameters and
photographs behave alike is another question; nothing here is a measurement of the paper's models.
The model was trained once, from one seed: intervals are over scenes of this world, and say nothing
of what another training would have given.
"""

NOTES = """\
## How to read it

- Intervals are 95 %, bootstrap over samples, paired for differences; the seeds of a sample are
  averaged first. p is of the paired sign-flip permutation test, another method: near zero the two
  may disagree, and then no effect is claimed. MDD is the true difference that a comparison of this
  size finds in 80 % of cases: a smaller effect could be there and not be seen.
- `negligent`: every question about the edit got the answer of the untouched picture, and what
  had to stay stayed. Such a clip may still change something that no question asks about.
  `broken`: something that had to stay was lost; outcomes are tried in the benchmark's order, so a
  clip that breaks counts there whether or not its edit was done. `success`: every question right.
  `edit success` asks about the edit alone.
- `change` needs no judge: the last frame's way from the rendered still clip to the rendered edit.
  `elsewhere` is the mean difference from the still clip where the edit changes nothing: damage,
  but also an edit that was done in another way or on another object than rendered. A setting that
  does more therefore tends to have more of it.
- The judge errs, and the autoencoder blurs: the two controls tell what a perfect model, and one
  that never listens, would get in the same tables.
- Added after results had been seen, to doubt them: the comparison without the scenes looked at,
  the one with guidance in the first section, *The judge against the pixels*, the price of the
  chosen setting.
- Dynamic degree is VBench's rule with DIS flow, 5 % of the picture moving being enough.
  `first frame` is near its bound in every setting, the first frame being given. The blur
  baseline's radius of 1 pixel is much for 64 pixels; the paper's images are ten times as large.
"""


def write_report(results: Results, folder: Path, page: Path) -> None:
    """Write the page, and its figures into a folder of its name.

    Args:
        results: Of the experiment.
        folder: Where they were read from, for the example clips.
        page: The Markdown file.

    Raises:
        UserError: A file can't be written, or matplotlib is absent.
    """
    pictures = page.with_suffix("")
    samples = results.samples
    found = {name: estimates(samples, clips) for name, clips in results.clips.items()}
    against: dict[str, tuple[str, Mapping[Key, Difference]]] = {
        setting.name: (
            setting.against,
            differences(samples, results.clips[setting.against], results.clips[setting.name]),
        )
        for setting in results.settings
        if setting.name not in (BASELINE, *CONTROLS) and setting.against in results.clips
    }
    figures.draw_gammas(found, pictures / "gamma.png")
    figures.draw_outcomes(found, pictures / "outcomes.png")
    if against:
        figures.draw_differences(against, pictures / "differences.png")
    parts = [
        INTRODUCTION.format(results=folder.as_posix(), page=page.as_posix()),
        findings.describe_run(results),
        findings.headline(
            against.get(DEFAULT),
            found[BASELINE],
            guided=against[GUIDED][1] if GUIDED in against else None,
            unseen=differences(samples[LOOKED_AT:], results.clips[BASELINE], results.clips[DEFAULT])
            if DEFAULT in results.clips and len(samples) > LOOKED_AT
            else None,
        ),
        "## What the paper predicts, and what was seen\n",
        findings.claim_table(
            hold_against(samples, results.clips),
            idle=[
                setting.name
                for setting in results.settings
                if setting.config is not None
                and setting.against == BASELINE
                and is_idle(results.clips[setting.name], results.clips[BASELINE])
            ],
            still_dynamic=found[STILL][DYNAMIC].value if STILL in found else None,
        ),
        "## All settings\n",
        tables.score_table(results, found),
        tables.windows(results),
        f"![Scores against gamma]({pictures.name}/gamma.png)\n",
        "Bars are the intervals of each score alone; they overlap far more than the paired "
        "differences do.\n",
        f"![Outcomes]({pictures.name}/outcomes.png)\n",
        "## Differences\n",
        tables.difference_table(against),
        f"![Differences]({pictures.name}/differences.png)\n" if against else "",
        findings.choice(results, *halves(results.scenes)),
        tables.by_kind(results, found) if BLUR in found and DEFAULT in found else "",
        judge_against_pixels(results),
        tables.blocks(results),
    ]
    if results.attention:
        figures.draw_attention(results.attention, pictures / "attention.png")
        parts += [
            tables.attention(results),
            f"![Attention by block and step]({pictures.name}/attention.png)\n",
        ]
    if (folder / EXAMPLES).exists():
        examples = Path(os.path.relpath(folder / EXAMPLES, page.parent)).as_posix()
        parts += [
            "## Clips\n",
            "The first two scenes of each kind of edit, not picked: above the model alone, below "
            "with gamma 1.35, from the same noise.\n",
            f"![Clips without and with AlignVid]({examples})\n",
        ]
    parts.append(NOTES)
    write_atomically(page, "\n".join(part for part in parts if part))


def main() -> None:
    """Parse the command line and write the report."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.tiny_wan.experiment.report",
        description="The experiment's page and figures, from its results alone.",
    )
    parser.add_argument("--results", type=Path, required=True, help="the experiment's --out")
    parser.add_argument("--out", type=Path, required=True, help="the page, as docs/tiny-wan.md")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        write_report(read_results(options.results), options.results, options.out)
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    logger.info("wrote %s and %s", options.out, options.out.with_suffix(""))


if __name__ == "__main__":
    main()
