"""Attention processors that hold a query and its keys at once: one scales, others may only look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diffusers.models.attention_dispatch import dispatch_attention_fn
from torch import Tensor

from alignvid_ref.logits.gammas import conflict_gamma, energy_gamma
from alignvid_ref.logits.layout import GROUPS, Layout
from alignvid_ref.logits.measures import CHUNK_ELEMENTS, mean_logit, measure
from alignvid_ref.logits.projections import Projected
from alignvid_ref.switch import Switch
from omiti2v.errors import UserError

Project = Callable[..., Projected]
Gamma = Callable[[Projected], Tensor]


def energy(projected: Projected, *, lower: float, upper: float) -> Tensor:
    """Energy-based gamma, one per sample: shape (batch, 1)."""
    mean = mean_logit(
        projected.query,
        projected.joined_key,
        query_mask=projected.query_mask,
        key_mask=projected.key_mask,
    )
    return energy_gamma(mean, lower=lower, upper=upper)[:, None]


def conflict(
    projected: Projected, *, lower: float, upper: float, chunk_elements: int = CHUNK_ELEMENTS
) -> Tensor:
    """Conflict-aware gamma, one per query token: shape (batch, queries).

    Masses and entropy are those of one softmax over the keys of all streams, averaged over heads.
    Wan's image and text branch have a softmax each, under which either mass would always be 1.
    """
    found = measure(
        projected.query,
        projected.joined_key,
        groups=projected.groups,
        key_mask=projected.key_mask,
        chunk_elements=chunk_elements,
    )
    masses = found.masses.mean(dim=1)
    return conflict_gamma(
        masses[..., GROUPS.index("image")],
        masses[..., GROUPS.index("text")],
        found.normalised_entropy.mean(dim=1),
        lower=lower,
        upper=upper,
    )


def _of_previous(name: str) -> Any:
    return property(
        lambda self: getattr(self.previous, name),
        lambda self, value: setattr(self.previous, name, value),
    )


class ProcessorWrapper:
    """A processor in the place of the stock one, which does the work while this is not acting.

    Args:
        previous: The processor that is being stood in for.
        project: From the arguments of an attention call to queries, keys and values.
        layout: Token counts for `project`.
    """

    def __init__(self, previous: Any, *, project: Project, layout: Layout) -> None:
        self.previous = previous
        self.released = False
        self._project = project
        self._layout = layout

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A copy of the model is plain: no gate would ever turn the copied variant off.
        return self.previous.__reduce_ex__(protocol)

    # diffusers sets these two on whatever processor it finds. Kept on the previous one, they are
    # still right after removal.
    _attention_backend = _of_previous("_attention_backend")
    _parallel_config = _of_previous("_parallel_config")

    @property
    def acting(self) -> bool:
        """Whether the next call does not go straight to the previous processor."""
        return not self.released

    def release(self) -> None:
        """Hand every further call to the previous processor, also where it can't be put back."""
        self.released = True

    def act(self, arguments: tuple[Any, ...]) -> Any:
        """Do the call, with the arguments of the stock processor in its order."""
        raise NotImplementedError

    # The names matter: `Attention` drops, with a mere warning, every keyword that is not in this
    # signature. Wan passes its rotary embedding, by another name, in the same place.
    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Any = None,
    ) -> Any:
        """Do what the stock processor of this layer does, or something else while acting."""
        arguments = (attn, hidden_states, encoder_hidden_states, attention_mask, image_rotary_emb)
        return self.act(arguments) if self.acting else self.previous(*arguments)


class LogitsProcessor(ProcessorWrapper):
    """Attention with the query multiplied by gamma, so that every logit of a token is.

    Args:
        previous, project, layout: See `ProcessorWrapper`.
        gamma: From the projections to gamma, shape (batch, queries) or (batch, 1).
        switch: Read, and told that it scaled, once per call.
    """

    def __init__(
        self, previous: Any, *, project: Project, layout: Layout, gamma: Gamma, switch: Switch
    ) -> None:
        super().__init__(previous, project=project, layout=layout)
        self._gamma = gamma
        self._switch = switch

    @property
    def acting(self) -> bool:
        """Whether the next call would be changed."""
        return self._switch.on and not self.released

    def scaled(self, projected: Projected) -> Projected:
        """The projections of a call with gamma on the query."""
        gamma = self._gamma(projected)[:, :, None, None]
        return replace(projected, query=projected.query * gamma.to(projected.query.dtype))

    def act(self, arguments: tuple[Any, ...]) -> Any:
        """Do what the stock processor of this layer does, at the scaled temperature.

        Raises:
            UserError: The keys are spread over several devices by context parallelism.
        """
        if self._parallel_config is not None:
            raise UserError(
                "context parallelism: the energy and conflict variants need all tokens on one "
                'device; turn it off, or use modulation="scalar"'
            )
        projected = self.scaled(self._project(*arguments, layout=self._layout))
        self._switch.count()
        output = None
        for stream in projected.streams:
            part = dispatch_attention_fn(
                projected.query,
                stream.key,
                stream.value,
                attn_mask=projected.mask,
                backend=self._attention_backend,
            )
            part = part.flatten(2, 3).type_as(projected.query)
            output = part if output is None else part + output
        assert output is not None  # noqa: S101
        return projected.finish(output)
