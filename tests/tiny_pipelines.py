"""Tiny diffusers pipelines with random weights, of every family that AlignVid has a preset for.

Each builder gives a `TinyPipeline`; `save` and `load` take it through `save_pretrained` and
`from_pretrained`, as a real one would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import diffusers
import tiny_parts as parts
import torch
import transformers
from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder
from PIL import Image
from tokenizers import Regex, normalizers

STEPS = 4


@dataclass(frozen=True)
class TinyPipeline:
    """A pipeline and what it is called with.

    Attributes:
        pipe: The diffusers pipeline.
        call: Keyword arguments of a call that takes 4 steps and gives latents.
        blocks: Blocks to act on that this tiny depth has.
        lengths: Attributes of the pipeline with the length of a prompt, where no argument of the
            call gives it; not saved with the pipeline.
    """

    pipe: Any
    call: dict[str, Any]
    blocks: tuple[int, ...] = (0, 2)
    lengths: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vars(self.pipe).update(self.lengths)

    def run(self, **changes: Any) -> torch.Tensor:
        """The latents of one call with a fixed seed."""
        call = self.call | {"generator": torch.Generator().manual_seed(0)} | changes
        out = self.pipe(**call)[0]
        # FramePack gives its history after each section.
        return torch.cat([part.flatten() for part in out]) if isinstance(out, list) else out


def reference_image(side: int = 32) -> Image.Image:
    """A picture that is not uniform."""
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (side, side, 3), generator=generator, dtype=torch.uint8)
    return Image.fromarray(pixels.numpy())


def save(tiny: TinyPipeline, folder: Path) -> Path:
    """Write the pipeline as a local folder that `from_pretrained` reads."""
    tiny.pipe.save_pretrained(folder)
    return folder


def load(name: str, folder: Path) -> TinyPipeline:
    """The pipeline `name` of `BUILDERS`, loaded from a folder that `save` wrote."""
    tiny = BUILDERS[name]()
    pipe = type(tiny.pipe).from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    return replace(tiny, pipe=pipe)


def wan_i2v_transformer(**changes: Any) -> Any:
    """A Wan2.1 I2V transformer: 4 blocks with an image branch."""
    return _wan_transformer(
        **{"in_channels": 36, "image_dim": 4, "added_kv_proj_dim": 24, **changes}
    )


def wan_t2v_transformer(**changes: Any) -> Any:
    """A Wan T2V transformer: 4 blocks, text branch only."""
    return _wan_transformer(**changes)


def wan_i2v() -> TinyPipeline:
    """Wan2.1 I2V, classifier-free guidance in two separate passes."""
    pipe = diffusers.WanImageToVideoPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        image_processor=parts.clip_image_processor(),
        image_encoder=parts.clip_vision(transformers.CLIPVisionModel),
        transformer=wan_i2v_transformer(),
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan22_i2v() -> TinyPipeline:
    """Wan2.2 I2V: two experts, no image branch; the high-noise expert runs from t = 900 up."""
    pipe = diffusers.WanImageToVideoPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        transformer=_wan_transformer(in_channels=36),
        transformer_2=_wan_transformer(in_channels=36, seed=1),
        boundary_ratio=0.9,
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan22_ti2v() -> TinyPipeline:
    """Wan2.2 5B I2V: a timestep per token, zero on the conditioning frame."""
    pipe = diffusers.WanImageToVideoPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        transformer=_wan_transformer(),
        expand_timesteps=True,
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan_t2v() -> TinyPipeline:
    """Wan2.1 T2V."""
    pipe = diffusers.WanPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        transformer=wan_t2v_transformer(),
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0))


def framepack() -> TinyPipeline:
    """FramePack v1: sections from the last to the first."""
    torch.manual_seed(0)
    transformer = diffusers.HunyuanVideoFramepackTransformer3DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=10,
        num_layers=2,
        num_single_layers=4,
        num_refiner_layers=1,
        guidance_embeds=True,
        text_embed_dim=16,
        pooled_projection_dim=8,
        rope_axes_dim=(2, 4, 4),
        has_image_proj=True,
        image_proj_dim=8,
        has_clean_x_embedder=True,
    )
    pipe = diffusers.HunyuanVideoFramepackPipeline(
        text_encoder=parts.seeded(transformers.LlamaModel, parts.llama_config()),
        tokenizer=parts.tokenizer(),
        transformer=transformer,
        vae=parts.hunyuan_vae(),
        scheduler=parts.euler(shift=7.0),
        text_encoder_2=parts.clip_text(),
        tokenizer_2=parts.tokenizer(),
        image_encoder=parts.siglip_vision(),
        feature_extractor=parts.siglip_image_processor(),
    )
    call = _video_call(guidance_scale=6.0, max_sequence_length=16) | {
        "image": reference_image(),
        # Two sections of 9 frames.
        "num_frames": 13,
        "latent_window_size": 3,
        "prompt_template": {"template": "{}", "crop_start": 0},
    }
    return _tiny(pipe, call)


def framepack_f1() -> TinyPipeline:
    """FramePack F1: the same classes, sections in the order of the video."""
    tiny = framepack()
    return TinyPipeline(tiny.pipe, tiny.call | {"sampling_type": "vanilla"}, tiny.blocks)


def hunyuanvideo_i2v() -> TinyPipeline:
    """HunyuanVideo I2V, its prompt read by a tiny LLaVA together with the image."""
    torch.manual_seed(0)
    transformer = diffusers.HunyuanVideoTransformer3DModel(
        in_channels=2 * 4 + 1,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=10,
        num_layers=1,
        num_single_layers=4,
        num_refiner_layers=1,
        patch_size=1,
        patch_size_t=1,
        guidance_embeds=False,
        text_embed_dim=16,
        pooled_projection_dim=8,
        rope_axes_dim=(2, 4, 4),
        image_condition_type="latent_concat",
    )
    llava = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(
            hidden_size=8,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=32,
            patch_size=16,
            projection_dim=8,
        ),
        text_config=parts.llama_config(),
        image_token_index=parts.IMAGE,
        pad_token_id=parts.PAD,
        image_seq_length=4,
    )
    pipe = diffusers.HunyuanVideoImageToVideoPipeline(
        text_encoder=parts.seeded(transformers.LlavaForConditionalGeneration, llava),
        tokenizer=parts.tokenizer(),
        transformer=transformer,
        vae=parts.hunyuan_vae(),
        scheduler=parts.euler(shift=7.0),
        text_encoder_2=parts.clip_text(),
        tokenizer_2=parts.tokenizer(),
        image_processor=parts.clip_image_processor(),
    )
    head = "<|start_header_id|>{}<|end_header_id|>"
    template = {
        "template": f"{head.format('s')}<image>b<|eot_id|>{head.format('u')}{{}}<|eot_id|>"
        f"{head.format('a')}",
        "crop_start": 9,
        "image_emb_start": 3,
        "image_emb_end": 7,
        "image_emb_len": 4,
    }
    call = _video_call(max_sequence_length=24) | {
        "image": reference_image(),
        "prompt_template": template,
    }
    return _tiny(pipe, call)


def cogvideox_i2v() -> TinyPipeline:
    """CogVideoX I2V: batched guidance, integer timesteps, a scheduler without a step index."""
    torch.manual_seed(0)
    transformer = diffusers.CogVideoXTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=8,
        out_channels=4,
        time_embed_dim=2,
        text_embed_dim=32,
        num_layers=4,
        sample_width=4,
        sample_height=4,
        sample_frames=9,
        patch_size=2,
        temporal_compression_ratio=4,
        max_text_seq_length=16,
        use_rotary_positional_embeddings=True,
        use_learned_positional_embeddings=True,
    )
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=2,
        temporal_compression_ratio=4,
    )
    pipe = diffusers.CogVideoXImageToVideoPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.t5(),
        vae=vae,
        transformer=transformer,
        scheduler=diffusers.CogVideoXDDIMScheduler(timestep_spacing="trailing"),
    )
    call = _video_call(guidance_scale=6.0, max_sequence_length=16)
    return _tiny(pipe, call | {"image": reference_image()})


def ltx_i2v() -> TinyPipeline:
    """LTX I2V: batched guidance, a timestep per token, zero on the conditioning frame."""
    torch.manual_seed(0)
    transformer = diffusers.LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=4,
        caption_channels=32,
    )
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
        encoder_causal=True,
        decoder_causal=False,
    )
    vae.use_framewise_encoding = False
    vae.use_framewise_decoding = False
    pipe = diffusers.LTXImageToVideoPipeline(
        scheduler=parts.euler(shift=3.0),
        vae=vae,
        text_encoder=parts.t5(),
        tokenizer=parts.tokenizer(),
        transformer=transformer,
    )
    call = _video_call(guidance_scale=3.0, max_sequence_length=16)
    return _tiny(pipe, call | {"image": reference_image()})


def wan_vace() -> TinyPipeline:
    """Wan VACE: a control block beside blocks 0 and 2, the first frame given and the rest asked."""
    pipe = diffusers.WanVACEPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        transformer=_wan_transformer(diffusers.WanVACETransformer3DModel, vace_layers=[0, 2]),
    )
    gray = [Image.new("RGB", (32, 32), "gray")] * 8
    asked = [Image.new("L", (32, 32), 255)] * 8
    call = _video_call(guidance_scale=5.0) | {
        "video": [reference_image(), *gray],
        "mask": [Image.new("L", (32, 32), 0), *asked],
    }
    return _tiny(pipe, call)


def skyreels_v2_i2v() -> TinyPipeline:
    """SkyReels-V2 I2V: a Wan2.1 I2V of classes of its own."""
    pipe = diffusers.SkyReelsV2ImageToVideoPipeline(
        tokenizer=parts.tokenizer(),
        text_encoder=parts.umt5(),
        vae=parts.wan_vae(),
        scheduler=parts.euler(shift=3.0),
        image_processor=parts.clip_image_processor(),
        image_encoder=parts.clip_vision(transformers.CLIPVisionModelWithProjection),
        transformer=_wan_transformer(
            diffusers.SkyReelsV2Transformer3DModel,
            in_channels=36,
            image_dim=4,
            added_kv_proj_dim=24,
        ),
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def hunyuanvideo_15_i2v() -> TinyPipeline:
    """HunyuanVideo 1.5 I2V: guidance by a guider, a size that follows from the image."""
    torch.manual_seed(0)
    transformer = diffusers.HunyuanVideo15Transformer3DModel(
        in_channels=2 * 4 + 1,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=10,
        num_layers=4,
        num_refiner_layers=1,
        mlp_ratio=2.0,
        text_embed_dim=16,
        text_embed_2_dim=32,
        image_embed_dim=8,
        rope_axes_dim=(2, 4, 4),
        target_size=32,
    )
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLHunyuanVideo15(
        latent_channels=4, block_out_channels=(8,) * 5, layers_per_block=1
    )
    tokenizer = parts.tokenizer()
    # The pipeline drops 108 tokens, which are those of its system message.
    tokenizer.chat_template = "{{ 'a' * 108 }}{{ messages[-1].content }}"
    text_config = parts.qwen_vl_config(layers=3).text_config
    pipe = diffusers.HunyuanVideo15ImageToVideoPipeline(
        text_encoder=parts.seeded(transformers.Qwen2_5_VLTextModel, text_config),
        tokenizer=tokenizer,
        transformer=transformer,
        vae=vae,
        scheduler=parts.euler(shift=7.0),
        text_encoder_2=parts.t5(),
        tokenizer_2=parts.tokenizer(),
        guider=diffusers.ClassifierFreeGuidance(guidance_scale=6.0),
        image_encoder=parts.siglip_vision(),
        feature_extractor=parts.siglip_image_processor(),
    )
    call = _video_call() | {"image": reference_image()}
    for name in ("height", "width"):
        del call[name]
    return _tiny(pipe, call, lengths={"tokenizer_max_length": 16, "tokenizer_2_max_length": 8})


def ltx_2_i2v() -> TinyPipeline:
    """LTX-2 I2V: video and audio, three passes with guidance, a timestep per video token."""
    torch.manual_seed(0)
    transformer = diffusers.LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=4,
        caption_channels=16,
        perturbed_attn=True,
    )
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLLTX2Video(
        latent_channels=4,
        block_out_channels=(8,) * 4,
        decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1,) * 5,
        decoder_layers_per_block=(1,) * 4,
        decoder_spatial_padding_mode="zeros",  # a latent frame here is one pixel
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )
    torch.manual_seed(0)
    audio_vae = diffusers.AutoencoderKLLTX2Audio(
        base_channels=4,
        ch_mult=(1, 1, 1),
        num_res_blocks=1,
        latent_channels=2,
        mel_bins=8,
        resolution=32,
    )
    connector = {
        "num_attention_heads": 2,
        "attention_head_dim": 8,
        "num_layers": 1,
        "num_learnable_registers": None,
    }
    torch.manual_seed(0)
    connectors = LTX2TextConnectors(
        caption_channels=16,
        text_proj_in_factor=2,
        **{
            f"{stream}_connector_{name}": value
            for stream in ("video", "audio")
            for name, value in connector.items()
        },
    )
    torch.manual_seed(0)
    vocoder = LTX2Vocoder(
        in_channels=16,
        hidden_channels=8,
        upsample_kernel_sizes=[4],
        upsample_factors=[2],
        resnet_kernel_sizes=[3],
        resnet_dilations=[[1]],
    )
    pipe = diffusers.LTX2ImageToVideoPipeline(
        scheduler=parts.euler(shift=3.0),
        vae=vae,
        audio_vae=audio_vae,
        text_encoder=parts.gemma3(),
        tokenizer=parts.tokenizer(),
        connectors=connectors,
        transformer=transformer,
        vocoder=vocoder,
    )
    call = _video_call(guidance_scale=3.0, max_sequence_length=16)
    call |= {"image": reference_image(), "spatio_temporal_guidance_blocks": [0]}
    return _tiny(pipe, call)


def kandinsky_5_i2v() -> TinyPipeline:
    """Kandinsky 5 I2V: cross-attention to the text, guidance in two passes."""
    torch.manual_seed(0)
    transformer = diffusers.Kandinsky5Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=16,
        in_text_dim2=8,
        time_dim=16,
        model_dim=20,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=4,
        axes_dims=(2, 4, 4),
        visual_cond=True,
    )
    for name, weight in transformer.named_parameters():
        if "modulation" in name:  # zero until trained, so that no block would count
            torch.nn.init.normal_(weight, std=0.2)
    tokenizer = parts.tokenizer()
    # The pipeline drops 128 tokens, which are those of its template.
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace(
        Regex(r"(?m)^.*<\|im_start\|>user\n"), "a" * 128
    )
    pipe = diffusers.Kandinsky5I2VPipeline(
        transformer=transformer,
        vae=parts.hunyuan_vae(),
        text_encoder=parts.seeded(
            transformers.Qwen2_5_VLForConditionalGeneration, parts.qwen_vl_config()
        ),
        tokenizer=tokenizer,
        text_encoder_2=parts.clip_text(),
        tokenizer_2=parts.tokenizer(),
        scheduler=parts.euler(shift=3.0),
    )
    call = _video_call(guidance_scale=5.0) | {"image": reference_image()}
    # It evens out the first four latent frames by those after them.
    return _tiny(pipe, call | {"num_frames": 17})


def flux_kontext() -> TinyPipeline:
    """FLUX.1 Kontext: image editing, timesteps from 1 to 0."""
    pipe = diffusers.FluxKontextPipeline(**_flux_parts())
    call = _image_call(guidance_scale=3.5) | {
        "image": reference_image(),
        "max_area": 32 * 32,
        "_auto_resize": False,
    }
    return _tiny(pipe, call)


def flux() -> TinyPipeline:
    """FLUX.1: text to image."""
    pipe = diffusers.FluxPipeline(**_flux_parts())
    return _tiny(pipe, _image_call(guidance_scale=3.5))


def qwen_image_transformer() -> Any:
    """A Qwen-Image transformer: 4 dual-stream blocks."""
    torch.manual_seed(0)
    return diffusers.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=4,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
    )


def qwen_image() -> TinyPipeline:
    """Qwen-Image: text to image, guidance in two separate passes, timesteps from 1 to 0."""
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLQwenImage(
        base_dim=4,
        z_dim=4,
        dim_mult=[1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    pipe = diffusers.QwenImagePipeline(
        scheduler=parts.euler(shift=3.0),
        vae=vae,
        text_encoder=parts.seeded(
            transformers.Qwen2_5_VLForConditionalGeneration, parts.qwen_vl_config()
        ),
        tokenizer=parts.tokenizer(),
        transformer=qwen_image_transformer(),
    )
    return _tiny(pipe, _image_call(true_cfg_scale=4.0, negative_prompt="blurred"))


BUILDERS: dict[str, Callable[[], TinyPipeline]] = {
    "wan2.1-i2v": wan_i2v,
    "wan2.1-t2v": wan_t2v,
    "framepack": framepack,
    "framepack-f1": framepack_f1,
    "wan2.2-i2v": wan22_i2v,
    "wan2.2-ti2v": wan22_ti2v,
    "wan-vace": wan_vace,
    "skyreels-v2-i2v": skyreels_v2_i2v,
    "hunyuanvideo-i2v": hunyuanvideo_i2v,
    "hunyuanvideo-1.5-i2v": hunyuanvideo_15_i2v,
    "cogvideox-i2v": cogvideox_i2v,
    "ltx-i2v": ltx_i2v,
    "ltx-2-i2v": ltx_2_i2v,
    "kandinsky-5-i2v": kandinsky_5_i2v,
    "flux": flux,
    "flux-kontext": flux_kontext,
    "qwen-image": qwen_image,
}


def _tiny(pipe: Any, call: dict[str, Any], **others: Any) -> TinyPipeline:
    pipe.set_progress_bar_config(disable=True)
    return TinyPipeline(pipe, call, **others)


def _video_call(**changes: Any) -> dict[str, Any]:
    return {
        "prompt": "a red cup",
        "height": 32,
        "width": 32,
        "num_frames": 9,
        "num_inference_steps": STEPS,
        "output_type": "latent",
        **changes,
    }


def _image_call(**changes: Any) -> dict[str, Any]:
    call = _video_call(max_sequence_length=16, **changes)
    return {key: value for key, value in call.items() if key != "num_frames"}


def _wan_transformer(
    cls: Any = diffusers.WanTransformer3DModel, *, seed: int = 0, **changes: Any
) -> Any:
    torch.manual_seed(seed)
    settings = {
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "in_channels": 16,
        "out_channels": 16,
        "text_dim": 32,
        "freq_dim": 32,
        "ffn_dim": 48,
        "num_layers": 4,
        "rope_max_seq_len": 32,
    }
    return cls(**(settings | changes))


def _flux_parts() -> dict[str, Any]:
    torch.manual_seed(0)
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=4,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=8,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKL(
        block_out_channels=(4,),
        latent_channels=4,
        norm_num_groups=1,
        use_quant_conv=False,
        use_post_quant_conv=False,
        shift_factor=0.0609,
        scaling_factor=1.5035,
    )
    return {
        "scheduler": parts.euler(shift=3.0),
        "vae": vae,
        "text_encoder": parts.clip_text(),
        "tokenizer": parts.tokenizer(),
        "text_encoder_2": parts.t5(),
        "tokenizer_2": parts.tokenizer(),
        "transformer": transformer,
    }
