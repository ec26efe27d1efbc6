"""OmitI2V-Open as a data set: compiled, loaded, counted, shown, exported; and the authors' release.

`annotations/` is what people read and write; `omiti2v/data/*.parquet` is compiled from it, with the
images' bytes unchanged, so that both have one fingerprint.
"""
