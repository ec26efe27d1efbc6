"""A tiny image-to-video model of Wan's own classes, trained on the known-answer world.

The saved model, `alignvid_ref/tiny_wan/weights`, is an ordinary `WanImageToVideoPipeline`; nothing
here is needed to run it. This package trains it and looks at it; what AlignVid does to the model
is in `lab.tiny_wan.experiment`.
"""
