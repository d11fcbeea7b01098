"""The files behind the named data sets: paths below a data folder, checksums, mirrors."""

from neuralzoo.data.fetch import RemoteFile

_MNIST_HOSTS = ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/")
_FASHION_HOST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_IDX = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
_MNIST_SHA256 = (
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
)
_FASHION_MD5 = (  # as published in the README of zalandoresearch/fashion-mnist
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)

MNIST = tuple(
    RemoteFile(f"mnist/{name}", f"sha256:{digest}", tuple(host + name for host in _MNIST_HOSTS))
    for name, digest in zip(_IDX, _MNIST_SHA256, strict=True)
)
FASHION_MNIST = tuple(
    RemoteFile(f"fashion_mnist/{name}", f"md5:{digest}", (_FASHION_HOST + name,)) for name, digest in zip(_IDX, _FASHION_MD5, strict=True)
)
CIFAR10 = RemoteFile(  # the binary version: the Python version is a pickle, and a pickle may run code
    "cifar-10-binary.tar.gz",
    "md5:c32a1d4ab5d03f1284b67883e8d87530",  # as published on the page of the data set
    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
)
TINYSHAKESPEARE = RemoteFile(
    "tinyshakespeare.txt",
    "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)


def local(path: str) -> RemoteFile:
    """A file that has no public address with a known checksum: it has to be put into the data folder."""
    return RemoteFile(path)
