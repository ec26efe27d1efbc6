"""The leaderboard's web pages, for `omiti2v leaderboard serve`.

`prepared` makes what the pages show out of a board, without Streamlit; `views` has a module for
each page; `app` is the script that Streamlit runs. The site only reads: nothing that a visitor
does changes the board.
"""
