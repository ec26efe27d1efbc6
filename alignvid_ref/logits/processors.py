"""The attention processor that scales each query by a gamma taken from its own logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from diffusers.models.attention_dispatch import dispatch_attention_fn
from torch import Tensor

from alignvid_ref.logits.gammas import conflict_gamma, energy_gamma
from alignvid_ref.logits.layout import GROUPS, Layout
from alignvid_ref.logits.measures import CHUNK_ELEMENTS, mean_logit, measure
from alignvid_ref.logits.projections import Projected
from omiti2v.errors import UserError

Project = Callable[..., Projected]
Gamma = Callable[[Projected], Tensor]


class Gate(Protocol):
    """Whether the running forward of the transformer is to be changed."""

    @property
    def on(self) -> bool: ...


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


class LogitsProcessor:
    """Attention with the query multiplied by gamma, so that every logit of a token is.

    While the gate is off, and after `release`, the previous processor does the work, untouched.

    Args:
        previous: The stock processor that is being stood in for.
        project: From the arguments of an attention call to queries, keys and values.
        gamma: From those to gamma, shape (batch, queries) or (batch, 1).
        gate: Read once per call.
        layout: Token counts for `project`.
    """

    def __init__(
        self, *, previous: Any, project: Project, gamma: Gamma, gate: Gate, layout: Layout
    ) -> None:
        self.previous = previous
        self.released = False
        self._project = project
        self._gamma = gamma
        self._gate = gate
        self._layout = layout

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A copy of the model is plain: no gate would ever turn the copied variant off.
        return self.previous.__reduce_ex__(protocol)

    # diffusers sets these two on whatever processor it finds. Kept on the previous one, they are
    # still right after removal.
    @property
    def _attention_backend(self) -> Any:
        return self.previous._attention_backend

    @_attention_backend.setter
    def _attention_backend(self, backend: Any) -> None:
        self.previous._attention_backend = backend

    @property
    def _parallel_config(self) -> Any:
        return self.previous._parallel_config

    @_parallel_config.setter
    def _parallel_config(self, config: Any) -> None:
        self.previous._parallel_config = config

    @property
    def acting(self) -> bool:
        """Whether the next call would be changed."""
        return self._gate.on and not self.released

    def release(self) -> None:
        """Hand every further call to the previous processor, also where it can't be put back."""
        self.released = True

    def gamma(self, projected: Projected) -> Tensor:
        """The factors on the query, shape (batch, queries) or (batch, 1)."""
        return self._gamma(projected)

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
        """Do what the stock processor of this layer does, at the scaled temperature.

        Raises:
            UserError: The keys are spread over several devices by context parallelism.
        """
        arguments = (attn, hidden_states, encoder_hidden_states, attention_mask, image_rotary_emb)
        if not self.acting:
            return self.previous(*arguments)
        if self._parallel_config is not None:
            raise UserError(
                "context parallelism: the energy and conflict variants need all tokens on one "
                'device; turn it off, or use modulation="scalar"'
            )
        projected = self._project(*arguments, layout=self._layout)
        gamma = self._gamma(projected)[:, :, None, None]
        query = projected.query * gamma.to(projected.query.dtype)
        output = None
        for stream in projected.streams:
            part = dispatch_attention_fn(
                query,
                stream.key,
                stream.value,
                attn_mask=projected.mask,
                backend=self._attention_backend,
            )
            part = part.flatten(2, 3).type_as(query)
            output = part if output is None else part + output
        assert output is not None  # noqa: S101
        return projected.finish(output)
