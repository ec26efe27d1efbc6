"""`python -m lab.tiny_wan.experiment --out FOLDER`."""

from lab.tiny_wan.experiment.run import main

if __name__ == "__main__":
    main()
