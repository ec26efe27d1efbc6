"""A board as plain files: pages without a server, the data, and every log."""

from leaderboard.export.folder import export_board

__all__ = ["export_board"]
