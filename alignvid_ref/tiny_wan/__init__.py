"""A tiny image-to-video model of Wan's own classes, trained on the known-answer world.

The saved model is an ordinary `WanImageToVideoPipeline`; nothing here is needed to run it. This
package trains it and looks at it, and is the only one of `alignvid_ref` that imports `evaluators`:
scenes, pictures and words from `evaluators.world`, and the tiny judge to measure with. What
AlignVid does to the model is in `alignvid_ref.tiny_wan.experiment`.
"""
