"""The pages. Each puts on the screen what `leaderboard.site.prepared` made."""
