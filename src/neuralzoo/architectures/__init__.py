"""Convolutional networks that made history, each by one call, as models ready to compile.

    model = architectures.resnet18(classes=10, input_shape=(32, 32, 3), edition="small")
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])

All take `input_shape`, `classes`, `edition` and `seed`. The edition "full" is the network as published, at its full size;
"small" is the same plan cut down for images of 28 × 28 or 32 × 32. `input_shape` and `classes` left out are the edition's.
The arrays are made when they are first needed, so that a summary or a drawing of the largest costs nothing.
"""

from collections.abc import Callable

from neuralzoo.architectures.alexnet import alexnet as alexnet
from neuralzoo.architectures.cifar_resnet import cifar_resnet as cifar_resnet
from neuralzoo.architectures.cifar_resnet import plain20, plain32, plain56, plain110, resnet20, resnet32, resnet56, resnet110
from neuralzoo.architectures.dcgan import dcgan_critic as dcgan_critic
from neuralzoo.architectures.dcgan import dcgan_generator as dcgan_generator
from neuralzoo.architectures.googlenet import googlenet as googlenet
from neuralzoo.architectures.googlenet import inception as inception
from neuralzoo.architectures.lenet import lenet5 as lenet5
from neuralzoo.architectures.mnist_cnn import mnist_cnn as mnist_cnn
from neuralzoo.architectures.resnet import plain18, plain34, resnet18, resnet34, resnet50, resnet101, resnet152
from neuralzoo.architectures.unet import unet as unet
from neuralzoo.architectures.vgg import vgg11, vgg13, vgg16, vgg19
from neuralzoo.core.registry import Registry
from neuralzoo.train.sequential import Sequential

catalogue: Registry[Callable[..., Sequential]] = Registry("architecture")  # those that need no argument, by name
for _make in (
    alexnet, googlenet, lenet5, mnist_cnn, unet, vgg11, vgg13, vgg16, vgg19,
    plain18, plain20, plain32, plain34, plain56, plain110,
    resnet18, resnet20, resnet32, resnet34, resnet50, resnet56, resnet101, resnet110, resnet152,
):  # fmt: skip
    catalogue[_make.__name__] = _make

__all__ = sorted(["catalogue", "cifar_resnet", "dcgan_critic", "dcgan_generator", "inception", *catalogue])
