"""`python -m omiti2v` is the `omiti2v` command."""

from omiti2v.import_path import leave_working_directory

# Before anything else is imported: a file there may have the name of any module.
leave_working_directory()

from omiti2v.cli import main  # noqa: E402

main()
