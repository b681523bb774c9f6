"""The learning rate of section 4.3: linear warm-up, constant, then the poly rule."""

from __future__ import annotations

from affinity_models.daffnet.options import TrainingOptions


def learning_rate(iteration: int, options: TrainingOptions) -> float:
    """Return the rate of an iteration of 0 … options.total - 1; each of the two phases has a schedule of its own.

    Poly is Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018;
    warm-up Goyal et al., "Accurate, Large Minibatch SGD", 2017.
    """
    step, length = iteration, options.semantic_iterations
    if iteration >= options.semantic_iterations:
        step, length = iteration - options.semantic_iterations, options.iterations
    if step < options.warm_up:
        return options.rate * (step + 1) / options.warm_up
    falling = step - options.warm_up - options.constant
    if falling < 0:
        return options.rate
    rate: float = options.rate * (1 - falling / (length - options.warm_up - options.constant)) ** options.power
    return rate
