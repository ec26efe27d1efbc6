"""omiti2v: does an image-to-video model do what the prompt asks of its first image?"""
