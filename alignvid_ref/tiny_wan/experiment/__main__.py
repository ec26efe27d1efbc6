"""`python -m alignvid_ref.tiny_wan.experiment --out FOLDER`."""

from alignvid_ref.tiny_wan.experiment.run import main

if __name__ == "__main__":
    main()
