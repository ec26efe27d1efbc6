"""The leaderboard's web pages, for `omiti2v leaderboard serve`.

`pages` has a module for each page; the modules beside it make what the pages show out of a board;
`app` is the script that Streamlit runs. The site only reads: nothing that a visitor
does changes the board.
"""
