"""What is measured, how, and what to doubt, from the same definitions as the tables."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries import BADGES
from leaderboard.report.run_facts import RANKED_FROM
from leaderboard.site.state import Site
from omiti2v.definitions import COVERAGE, OUTCOMES, SCORES, SUCCESS

TITLE = "About"
ORDER = 70

MEASURED = """
Text-guided image-to-video models often ignore the edit that a prompt asks for and merely animate
the input image: *semantic negligence*. The benchmark gives a model a reference image and a prompt
that asks for one visible change (something comes, goes, or changes), and asks yes/no questions
about the video it makes.

- An **edit question** has another answer after the edit than on the untouched image.
- A **preserve question** is about something that must stay as it is.

It follows the question protocol of *AlignVid* and *OmitI2V* (Liu et al.,
[arXiv 2512.01334](https://arxiv.org/abs/2512.01334)) and is an independent implementation.
"""

FORMULAS = r"""
For sample $s$ with questions $Q(s)$, $a(q) = 1$ where the judge's answer is the expected one;
unknown and error count 0 and are shown as coverage.

$$
\text{accuracy} = \frac{1}{|S|}\sum_{s}\frac{1}{|Q(s)|}\sum_{q \in Q(s)} a(q)
$$

$$
\text{lift} = \frac{\text{accuracy} - \text{floor}}{1 - \text{floor}}
$$

Every sample has exactly one outcome, tried in this order: unscored, broken, success, negligent,
partial. A missing video counts 0. Intervals: bootstrap over samples, 95 %.
"""

RANKS = f"""
Rows stand in the order of the score. The first leads the first group. Each row after it joins the
group while the 95 % interval of its paired difference from the group's leader includes 0; the
first row whose interval does not leads the next group. All rows of a group have one rank.
Intervals are not adjusted for the number of rows. Published numbers, reference lines and rows
under {100 * RANKED_FROM:.0f} % coverage have no rank.
"""

PROTOCOLS = """
A judge answers each question about a video with yes or no, or with neither; "unknown" and "error"
are never folded into a wrong or a right answer in silence.

- **paper**: one question a call, the authors' prompt form and parsing, up to 128 greedy tokens.
- **fast**: the video once as a shared prefix, all its questions on top, the first answer token
  only. P(yes) = p(yes variants) / (p(yes variants) + p(no variants)); unknown where the two
  together have less than half of the probability.

Prompt, threshold, frames and protocol are part of the judge's fingerprint, and a board never puts
answers of two judges into one table. How often a judge errs is measured on rendered clips in which
every answer is known (`omiti2v calibrate`) and shown above its table.
"""

REPRODUCE = """
```bash
pip install .                                 # in a checkout
omiti2v leaderboard verify EDITION/NAME       # every number again from the log, on any computer
omiti2v score VIDEOS -o RUN --judge JUDGE     # the answers again, given the videos
omiti2v compare RUN_A RUN_B                   # paired differences, tests, flipped samples
```
"""

WEAKNESSES = """
- A judge errs, and errs more on rendered text, small things and quick events. Differences smaller
  than its errors mean nothing; Compare says what they could make.
- Yes/no questions see what they ask about. A video can answer all of them rightly and be ugly, or
  change something that nobody asked about.
- OmitI2V-Open is machine-made. Blind machine reviews agreed with it (see Dataset); people have not
  confirmed its questions yet unless the page says so.
- The log proves the arithmetic. Whoever forges the answers forges the numbers: only judging the
  real videos again finds that, and only rows with the badge `videos` have had it done.
- The published rows have no log. Those of the paper state 367 samples, but their ratios fit 389
  only; the rerun in the authors' README fits 367.
- With 367 samples two entries closer than some 5 points are rarely told apart: hence groups.
"""


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    st.markdown(MEASURED)
    st.subheader("Formulas")
    st.markdown(FORMULAS)
    for title, definitions in {
        "Scores": (SUCCESS, *SCORES.values()),
        "Outcomes": OUTCOMES.values(),
        "Coverage": COVERAGE.values(),
    }.items():
        with st.expander(title):
            for definition in definitions:
                st.markdown(f"**{definition.label}.** {definition.meaning}")
    st.subheader("Ranks")
    st.markdown(RANKS)
    st.subheader("Badges")
    for name, meaning in BADGES.items():
        st.markdown(f"**{name}.** {meaning}")
    st.subheader("How videos are judged")
    st.markdown(PROTOCOLS)
    st.subheader("Reproduce a row")
    st.markdown(REPRODUCE)
    st.subheader("Known weaknesses")
    st.markdown(WEAKNESSES)
