"""Looking inside: traces of networks and functions, attributions, pictures of what units see, and every figure.

A name loads what it needs when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuralzoo.inspect.activation_plots import activation_curves as activation_curves
    from neuralzoo.inspect.arithmetic import dimensions as dimensions
    from neuralzoo.inspect.arithmetic import places as places
    from neuralzoo.inspect.attributions import integrated_gradients as integrated_gradients
    from neuralzoo.inspect.attributions import occlusion as occlusion
    from neuralzoo.inspect.attributions import saliency as saliency
    from neuralzoo.inspect.class_maps import class_activation_map as class_activation_map
    from neuralzoo.inspect.class_maps import grad_cam as grad_cam
    from neuralzoo.inspect.curves import diagnose as diagnose
    from neuralzoo.inspect.extra_unit import bias_as_unit as bias_as_unit
    from neuralzoo.inspect.features import feature_maps as feature_maps
    from neuralzoo.inspect.features import filters as filters
    from neuralzoo.inspect.features import maximise as maximise
    from neuralzoo.inspect.function_trace import named as named
    from neuralzoo.inspect.function_trace import trace_function as trace_function
    from neuralzoo.inspect.gradient_plots import gradient_norms as gradient_norms
    from neuralzoo.inspect.health import gradient_flow as gradient_flow
    from neuralzoo.inspect.health import unit_health as unit_health
    from neuralzoo.inspect.histograms import Histograms as Histograms
    from neuralzoo.inspect.landscape import loss_landscape as loss_landscape
    from neuralzoo.inspect.plots import image_grid as image_grid
    from neuralzoo.inspect.plots import learning_curves as learning_curves
    from neuralzoo.inspect.receptive import influence as influence
    from neuralzoo.inspect.receptive import receptive_fields as receptive_fields
    from neuralzoo.inspect.spaces import embed as embed
    from neuralzoo.inspect.spaces import half_planes as half_planes
    from neuralzoo.inspect.tracing import execute as execute
    from neuralzoo.inspect.tracing import trace as trace

_HOMES = {  # public name → the module that holds it
    "Histograms": "histograms",
    "activation_curves": "activation_plots",
    "bias_as_unit": "extra_unit",
    "class_activation_map": "class_maps",
    "diagnose": "curves",
    "dimensions": "arithmetic",
    "embed": "spaces",
    "execute": "tracing",
    "feature_maps": "features",
    "filters": "features",
    "grad_cam": "class_maps",
    "gradient_flow": "health",
    "gradient_norms": "gradient_plots",
    "half_planes": "spaces",
    "image_grid": "plots",
    "influence": "receptive",
    "integrated_gradients": "attributions",
    "learning_curves": "plots",
    "loss_landscape": "landscape",
    "maximise": "features",
    "named": "function_trace",
    "occlusion": "attributions",
    "places": "arithmetic",
    "receptive_fields": "receptive",
    "saliency": "attributions",
    "trace": "tracing",
    "trace_function": "function_trace",
    "unit_health": "health",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"neuralzoo.inspect.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'neuralzoo.inspect' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
