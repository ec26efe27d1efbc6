"""What a decoded video is, for the kinds of files that people send."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import numpy as np
import pytest

from evaluators.frames import DecodeError, decode_video
from evaluators.frames.source import hash_file


def solid(rgb, *, frames=4, height=48, width=64):
    return np.tile(np.array(rgb, dtype=np.uint8), (frames, height, width, 1))


def pointing_up(height, width, *, frames=2):
    """Red in the top half, green in the bottom left, blue in the bottom right."""
    image = np.zeros((frames, height, width, 3), dtype=np.uint8)
    image[:, : height // 2, :, 0] = 255
    image[:, height // 2 :, : width // 2, 1] = 255
    image[:, height // 2 :, width // 2 :, 2] = 255
    return image


def test_frames_come_back_in_order_and_bit_by_bit(tmp_path, write_video, noise, lossless):
    path = write_video(tmp_path / "a.mp4", noise, fps=16, **lossless)
    video = decode_video(path)
    assert np.array_equal(video.frames, noise)
    assert video.frames.dtype == np.uint8
    assert (video.height, video.width, video.fps) == (48, 64, 16.0)
    assert video.times.tolist() == [i / 16 for i in range(8)]
    assert video.duration == 0.5
    assert (video.codec, video.pixel_format, video.rotation) == ("h264", "gbrp", 0)
    assert not video.truncated
    assert not video.variable_rate


def test_frames_and_times_can_not_be_written_to(tmp_path, write_video, noise):
    video = decode_video(write_video(tmp_path / "a.mp4", noise))
    with pytest.raises(ValueError, match="read-only"):
        video.frames[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        video.times[0] = 1


def test_the_array_holds_no_more_than_the_frames(tmp_path, write_video, noise):
    video = decode_video(write_video(tmp_path / "a.mp4", noise))
    assert video.frames.base is None
    assert video.frames.nbytes == noise.nbytes


def test_the_digest_is_that_of_the_file(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise)
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert decode_video(path).sha256 == expected
    assert hash_file(path) == expected


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt", "name"),
    [
        (".mp4", "libx264", "yuv420p", "h264"),
        (".mov", "libx264", "yuv420p", "h264"),
        (".mkv", "libx264", "yuv420p", "h264"),
        (".webm", "libvpx-vp9", "yuv420p", "vp9"),
        (".webm", "libvpx", "yuv420p", "vp8"),
        (".mp4", "libx265", "yuv420p", "hevc"),
        (".avi", "mpeg4", "yuv420p", "mpeg4"),
        (".avi", "mjpeg", "yuvj420p", "mjpeg"),
        (".mkv", "ffv1", "yuv420p", "ffv1"),
        (".gif", "gif", "rgb8", "gif"),
    ],
)
def test_the_common_containers_and_codecs_are_read(
    tmp_path, write_video, suffix, codec, pix_fmt, name
):
    frames = np.concatenate([solid((250, 10, 10)), solid((10, 10, 250))])
    options = {"log-level": "none"} if codec == "libx265" else {}
    path = write_video(
        tmp_path / f"a{suffix}", frames, fps=10, codec=codec, pix_fmt=pix_fmt, options=options
    )
    video = decode_video(path)
    assert video.codec == name
    assert video.frames.shape == frames.shape
    assert video.fps == pytest.approx(10, abs=0.05)
    assert not video.truncated
    assert not video.variable_rate
    assert np.abs(video.frames.mean(axis=(1, 2)) - frames.mean(axis=(1, 2))).max() < 40


def test_av1_is_read(tmp_path, write_video, capfd):
    path = write_video(tmp_path / "a.mp4", solid((200, 30, 60)), codec="libsvtav1")
    capfd.readouterr()  # the encoder prints its settings
    video = decode_video(path)
    assert video.codec == "av1"
    assert np.abs(video.frames.astype(int) - (200, 30, 60)).max() < 12
    assert capfd.readouterr().err == ""


def test_a_fragmented_file_is_read(tmp_path, write_video, noise):
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = write_video(tmp_path / "a.mp4", noise, container_options=options)
    video = decode_video(path)
    assert len(video.frames) == 8
    assert not video.truncated


@pytest.mark.parametrize(("width", "height"), [(63, 47), (65, 48), (64, 33), (17, 15), (2, 2)])
def test_odd_sizes_keep_every_row_and_column(tmp_path, write_video, lossless, width, height):
    frames = np.random.default_rng(1).integers(0, 256, (3, height, width, 3), dtype=np.uint8)
    video = decode_video(write_video(tmp_path / "a.mp4", frames, **lossless))
    assert np.array_equal(video.frames, frames)


def test_a_portrait_video_stays_one(tmp_path, write_video):
    frames = pointing_up(96, 32)
    video = decode_video(write_video(tmp_path / "a.mp4", frames))
    assert (video.height, video.width) == (96, 32)
    assert video.frames[0, 5, 5, 0] > 200


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_rotated_video_is_stood_upright(tmp_path, write_video, lossless, clockwise):
    upright = pointing_up(48, 64)
    stored = np.rot90(upright, clockwise // 90, axes=(1, 2))
    path = write_video(tmp_path / "a.mp4", stored, rotation=-clockwise, **lossless)
    video = decode_video(path)
    assert np.array_equal(video.frames, upright)
    assert video.rotation == clockwise


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("color_range", ["limited", "full", None])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", None])
def test_a_colour_comes_back_whatever_its_matrix_range_and_depth(
    tmp_path, write_video, matrix, color_range, pix_fmt
):
    for index, rgb in enumerate([(200, 30, 60), (10, 200, 90), (250, 250, 250), (5, 5, 5)]):
        path = write_video(
            tmp_path / f"{index}.mp4",
            solid(rgb),
            pix_fmt=pix_fmt,
            matrix=matrix,
            color_range=color_range,
            options={"crf": "4", "preset": "ultrafast"},
        )
        frames = decode_video(path).frames.astype(int)
        assert np.abs(frames - rgb).max() <= 2


def test_the_times_of_a_variable_rate_are_kept_and_start_at_zero(tmp_path, write_video, noise):
    times = [0.5, 0.6, 0.65, 0.9, 1.5, 1.51, 1.6, 2.5]
    path = write_video(tmp_path / "a.mkv", noise, times=times)
    video = decode_video(path)
    assert video.variable_rate
    assert video.times == pytest.approx([t - 0.5 for t in times], abs=1e-9)
    assert video.fps == pytest.approx(7 / 2.0)


def test_sound_is_passed_over(tmp_path, write_video, noise, lossless):
    path = write_video(tmp_path / "a.mp4", noise, sound=True, **lossless)
    with av.open(str(path)) as container:
        assert [s.type for s in container.streams] == ["audio", "video"]
    video = decode_video(path)
    assert np.array_equal(video.frames, noise)
    assert not video.truncated


def test_a_single_frame_has_the_rate_that_the_file_states(tmp_path, write_video, noise):
    video = decode_video(write_video(tmp_path / "a.mp4", noise[:1], fps=12))
    assert len(video.frames) == 1
    assert (video.fps, video.times.tolist()) == (12.0, [0.0])


def test_decoding_twice_gives_the_same_bytes(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", np.tile(noise, (6, 1, 1, 1)))
    assert np.array_equal(decode_video(path).frames, decode_video(path).frames)


@pytest.mark.parametrize("container_options", [{}, {"movflags": "use_metadata_tags"}])
def test_a_prompt_kept_in_the_file_does_no_harm(tmp_path, write_video, noise, container_options):
    path = write_video(
        tmp_path / "a.mp4",
        noise,
        metadata={"comment": "a tree trunk beside a wheelstand, cmov stsz trun elst"},
        container_options=container_options,
    )
    assert b"tree trunk" in path.read_bytes()
    assert len(decode_video(path).frames) == 8


def test_metadata_in_another_encoding_does_no_harm(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mkv", noise, metadata={"title": "Cafe Muenchen"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Cafe Muenchen", b"Caf\xe9 M\xfcnchen!"))
    assert path.read_bytes() != data
    assert len(decode_video(path).frames) == 8


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_what_is_left_of_a_cut_file_is_kept_and_marked(tmp_path, write_video, noise, suffix):
    frames = np.tile(noise, (4, 1, 1, 1))
    codec = "mpeg4" if suffix == ".avi" else "libx264"
    whole = write_video(
        tmp_path / f"whole{suffix}",
        frames,
        codec=codec,
        container_options={"movflags": "faststart"} if suffix == ".mp4" else {},
    ).read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole[: len(whole) // 2])
    video = decode_video(cut)
    assert video.truncated
    assert 0 < len(video.frames) < 32
    intact = decode_video(tmp_path / f"whole{suffix}")
    assert not intact.truncated
    assert np.array_equal(video.frames[:3], intact.frames[:3])


def test_a_file_cut_before_its_first_frame_is_refused(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise, container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 30])
    with pytest.raises(DecodeError, match=r"a\.mp4: no frame of the video stream can be decoded"):
        decode_video(path)


def test_a_damaged_file_decodes_to_the_same_frames_each_time(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", np.tile(noise, (4, 1, 1, 1)))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov")
    for position in np.random.default_rng(3).integers(start + 2000, end, 12):
        data[position] ^= 0x10
    path.write_bytes(data)
    first, *others = [decode_video(path) for _ in range(5)]
    assert first.truncated
    assert all(np.array_equal(first.frames, other.frames) for other in others)


def test_a_path_is_kept_as_it_was_given(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise)
    assert decode_video(path).path == Path(path)
