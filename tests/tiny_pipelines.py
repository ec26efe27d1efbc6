"""Tiny diffusers pipelines with random weights, of every family that AlignVid has a preset for.

Each builder gives a `TinyPipeline`; `save` and `load` take it through `save_pretrained` and
`from_pretrained`, as a real one would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from PIL import Image
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

_SPECIAL = (
    "<pad>",
    "</s>",
    "<unk>",
    "<image>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
)
_PAD, _END, _UNKNOWN, _IMAGE = range(4)
_VOCABULARY = len(_SPECIAL) + 95
STEPS = 4


@dataclass(frozen=True)
class TinyPipeline:
    """A pipeline and what it is called with.

    Attributes:
        pipe: The diffusers pipeline.
        call: Keyword arguments of a call that takes 4 steps and gives latents.
        blocks: Blocks to act on that this tiny depth has.
    """

    pipe: Any
    call: dict[str, Any]
    blocks: tuple[int, ...] = (0, 2)

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
    return TinyPipeline(pipe, tiny.call, tiny.blocks)


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
        tokenizer=_tokenizer(),
        text_encoder=_umt5(),
        vae=_wan_vae(),
        scheduler=_euler(shift=3.0),
        image_processor=_clip_image_processor(),
        image_encoder=_seeded(
            transformers.CLIPVisionModel,
            transformers.CLIPVisionConfig(
                hidden_size=4,
                intermediate_size=8,
                num_hidden_layers=2,
                num_attention_heads=2,
                image_size=32,
                patch_size=16,
            ),
        ),
        transformer=wan_i2v_transformer(),
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan22_i2v() -> TinyPipeline:
    """Wan2.2 I2V: two experts, no image branch; the high-noise expert runs from t = 900 up."""
    pipe = diffusers.WanImageToVideoPipeline(
        tokenizer=_tokenizer(),
        text_encoder=_umt5(),
        vae=_wan_vae(),
        scheduler=_euler(shift=3.0),
        transformer=_wan_transformer(in_channels=36),
        transformer_2=_wan_transformer(in_channels=36, seed=1),
        boundary_ratio=0.9,
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan22_ti2v() -> TinyPipeline:
    """Wan2.2 5B I2V: a timestep per token, zero on the conditioning frame."""
    pipe = diffusers.WanImageToVideoPipeline(
        tokenizer=_tokenizer(),
        text_encoder=_umt5(),
        vae=_wan_vae(),
        scheduler=_euler(shift=3.0),
        transformer=_wan_transformer(),
        expand_timesteps=True,
    )
    return _tiny(pipe, _video_call(guidance_scale=5.0) | {"image": reference_image()})


def wan_t2v() -> TinyPipeline:
    """Wan2.1 T2V."""
    pipe = diffusers.WanPipeline(
        tokenizer=_tokenizer(),
        text_encoder=_umt5(),
        vae=_wan_vae(),
        scheduler=_euler(shift=3.0),
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
        text_encoder=_seeded(transformers.LlamaModel, _llama_config()),
        tokenizer=_tokenizer(),
        transformer=transformer,
        vae=_hunyuan_vae(),
        scheduler=_euler(shift=7.0),
        text_encoder_2=_clip_text(),
        tokenizer_2=_tokenizer(),
        image_encoder=_seeded(
            transformers.SiglipVisionModel,
            transformers.SiglipVisionConfig(
                hidden_size=8,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                image_size=32,
                patch_size=16,
            ),
        ),
        feature_extractor=transformers.SiglipImageProcessor(size={"height": 32, "width": 32}),
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
        text_config=_llama_config(),
        image_token_index=_IMAGE,
        pad_token_id=_PAD,
        image_seq_length=4,
    )
    pipe = diffusers.HunyuanVideoImageToVideoPipeline(
        text_encoder=_seeded(transformers.LlavaForConditionalGeneration, llava),
        tokenizer=_tokenizer(),
        transformer=transformer,
        vae=_hunyuan_vae(),
        scheduler=_euler(shift=7.0),
        text_encoder_2=_clip_text(),
        tokenizer_2=_tokenizer(),
        image_processor=_clip_image_processor(),
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
        tokenizer=_tokenizer(),
        text_encoder=_t5(),
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
        scheduler=_euler(shift=3.0),
        vae=vae,
        text_encoder=_t5(),
        tokenizer=_tokenizer(),
        transformer=transformer,
    )
    call = _video_call(guidance_scale=3.0, max_sequence_length=16)
    return _tiny(pipe, call | {"image": reference_image()})


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
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": _VOCABULARY,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [1, 1, 2],
            },
            "pad_token_id": _PAD,
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
        },
    )
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
        scheduler=_euler(shift=3.0),
        vae=vae,
        text_encoder=_seeded(transformers.Qwen2_5_VLForConditionalGeneration, config),
        tokenizer=_tokenizer(),
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
    "hunyuanvideo-i2v": hunyuanvideo_i2v,
    "cogvideox-i2v": cogvideox_i2v,
    "ltx-i2v": ltx_i2v,
    "flux": flux,
    "flux-kontext": flux_kontext,
    "qwen-image": qwen_image,
}


def _tiny(pipe: Any, call: dict[str, Any]) -> TinyPipeline:
    pipe.set_progress_bar_config(disable=True)
    return TinyPipeline(pipe, call)


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


def _euler(*, shift: float) -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)


def _tokenizer() -> Any:
    characters = [chr(code) for code in range(32, 127)]
    vocabulary = {token: index for index, token in enumerate((*_SPECIAL, *characters))}
    named = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, named["unk_token"]))
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), behavior="isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", _END)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=77, **named
    )


def _seeded(cls: Any, config: Any) -> Any:
    torch.manual_seed(0)
    return cls(config).eval()


def _umt5() -> Any:
    return _seeded(transformers.UMT5EncoderModel, _t5_config(transformers.UMT5Config))


def _t5() -> Any:
    return _seeded(transformers.T5EncoderModel, _t5_config(transformers.T5Config))


def _t5_config(cls: Any) -> Any:
    return cls(vocab_size=_VOCABULARY, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)


def _llama_config() -> Any:
    return transformers.LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        pad_token_id=_PAD,
    )


def _clip_text() -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=_VOCABULARY,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        projection_dim=8,
        bos_token_id=_PAD,
        eos_token_id=_END,
    )
    return _seeded(transformers.CLIPTextModel, config)


def _clip_image_processor() -> Any:
    return transformers.CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )


def _wan_vae() -> Any:
    torch.manual_seed(0)
    return diffusers.AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )


def _hunyuan_vae() -> Any:
    torch.manual_seed(0)
    return diffusers.AutoencoderKLHunyuanVideo(
        latent_channels=4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        norm_num_groups=4,
    )


def _wan_transformer(*, seed: int = 0, **changes: Any) -> Any:
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
    return diffusers.WanTransformer3DModel(**(settings | changes))


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
        "scheduler": _euler(shift=3.0),
        "vae": vae,
        "text_encoder": _clip_text(),
        "tokenizer": _tokenizer(),
        "text_encoder_2": _t5(),
        "tokenizer_2": _tokenizer(),
        "transformer": transformer,
    }
