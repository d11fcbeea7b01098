"""One call of `fit`: the data, the epochs, the callbacks."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, NotFiniteError, ShapeError
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Learner
from neuralzoo.train.batches import Source, StreamSource, as_arrays, is_stream, row_count
from neuralzoo.train.callbacks.base import Callback, CallbackList, History, listeners
from neuralzoo.train.callbacks.progress import ProgressBar
from neuralzoo.train.callbacks.stopping import TerminateOnNaN
from neuralzoo.train.engine import Engine, Progress
from neuralzoo.train.runtime import give_memory_back

if TYPE_CHECKING:
    from neuralzoo.train.model import Model


class Fit:
    """What `Model.fit` was asked for, and the loop that does it."""

    training: Source
    validation: Source | None

    def __init__(
        self,
        model: "Model",
        batch_size: int,
        epochs: int,
        initial_epoch: int,
        verbose: Any,
        callbacks: list[Callback],
        shuffle: bool,
        validation_freq: int,
    ):
        for value, what in ((batch_size, "batch_size"), (validation_freq, "validation_freq")):
            if value < 1:
                raise ArgumentError(f"{what} is {value}", remedy=f"{what} must be at least 1")
        if model.learner and model.learner.once and epochs - initial_epoch > 1:
            what = f"{epochs - initial_epoch} epochs are too many: {type(model.learner).__name__} learns all there is in one"
            raise ArgumentError(what, remedy="leave epochs out; call fit again with other rows to add them")
        self.model, self.batch_size, self.epochs, self.first = model, batch_size, epochs, initial_epoch
        self.verbose, self.validation_freq = verbose, validation_freq
        self.shuffle = shuffle and not (model.learner and (model.learner.ordered or model.learner.once))  # sums need no order
        self.callbacks, self.history, self.validation = [*callbacks, *listeners()], History(), None

    def take_training_data(self, x: Any, y: Any, weight: Any, class_weight: Any, steps: int | None, split: float) -> None:
        """Check and hold the training data; the last fraction `split` becomes the validation data."""
        model = self.model
        if not 0 <= split < 1:
            raise ArgumentError(f"validation_split is {split}", remedy="choose a fraction between 0 and 1 (1 excluded)")
        x, y, weight = model.receive(x, y, weight)
        if is_stream(x):
            if split or class_weight or weight is not None:
                raise ArgumentError("validation_split, class_weight and sample_weight need arrays", remedy="yield (x, y, weight) instead")
            stream = StreamSource(x, steps)
            model.meet(*stream.known())
            self.training = model.source(stream, y, None, self.batch_size, self.shuffle, steps)
            return
        if x is None:
            raise ArgumentError("no data: x is None", remedy="pass x (and y)")
        x, y = as_arrays(x, "x"), None if y is None else as_arrays(y, "y")
        if y is not None and row_count(x) != row_count(y):
            raise ShapeError(
                f"x has {row_count(x)} rows but y has {row_count(y)}",
                remedy="give one target for each row of x; several inputs go into a tuple or a dictionary",
            )
        weight = row_weights(y, weight, class_weight)
        keep = row_count(x) - round(row_count(x) * split)
        if split:
            if keep in (0, row_count(x)):
                raise DataError(f"{row_count(x)} rows cannot be split at {split}", remedy="pass validation_data, or more rows")
            x_late, y_late = jax.tree.map(lambda a: a[keep:], (x, y))
            x, y, weight = jax.tree.map(lambda a: a[:keep], (x, y, weight))
        model.meet(x, y)
        if split:
            self.validation = model.source(x_late, y_late, None, self.batch_size, shuffle=False)
        self.training = model.source(x, y, weight, self.batch_size, self.shuffle, steps)
        if isinstance(model.learner, Gradient):
            model.learner.check_targets(y, jax.eval_shape(model.net, self.training.example()[0]))

    def take_validation_data(self, data: Any, batch_size: int | None, steps: int | None) -> None:
        """Hold `(x, y)`, `(x, y, weight)` or a stream for validation."""
        given = (*data, None, None)[:3] if isinstance(data, tuple | list) else (data, None, None)
        x, y, weight = self.model.receive(*given)
        self.validation = self.model.source(x, y, weight, batch_size or self.batch_size, shuffle=False, steps=steps)

    def run(self) -> History:
        """Train, telling the callbacks; the model keeps what was learned however this ends."""
        model = self.model
        model.stop_training, model.history = False, self.history
        params = {
            "epochs": self.epochs,
            "initial_epoch": self.first,
            "steps": self.training.steps,
            "batch_size": self.training.batch_size,
            "validation_freq": self.validation_freq if self.validation else 1,
            "verbose": self.verbose,
        }
        bar = ProgressBar(self.verbose)
        told = CallbackList([*self.callbacks, self.history, bar], model, params)
        try:
            told.tell("on_train_begin")
            self.first = params["initial_epoch"]  # a backup may have brought some epochs
            self._learn(told)
            if type(model.require_ready("learn")).survey is not Learner.survey and self.epochs > self.first:
                model.survey(self.training, self.epochs - 1)
        finally:
            bar.close()
            give_memory_back()
        if isinstance(model.learner, Gradient):
            model.net = model.learner.averaged(model.net, model.memo)
        told.tell("on_train_end")
        return self.history

    def _learn(self, told: CallbackList) -> None:
        model = self.model
        self._plan()
        engine = model.engine()
        try:
            self._epochs(engine, told)
        except NotFiniteError as error:
            if not any(isinstance(c, TerminateOnNaN) and not c.raise_error for c in self.callbacks):
                raise
            model.stop_training = True
            print(error)
        finally:
            if model.memo is None or model.count < engine.progress.count:
                model.adopt(engine)

    def _plan(self) -> None:
        """Tell the learner how long this will take, where it asks."""
        model, learner, steps = self.model, self.model.require_ready("learn"), self.training.steps
        if type(learner).plan is not Learner.plan:
            memo = learner.init(model.net) if model.memo is None else model.memo
            model.memo = learner.plan(memo, self.first * (steps or 0), None if steps is None else self.epochs * steps)

    def _epochs(self, engine: Engine, told: CallbackList) -> None:
        training = self.training
        if self.validation is None and engine.fuses(training) and not told.watch_epochs() and not told.watch_batches():
            for epoch, logs in engine.epochs(training, self.first, self.epochs):
                told.tell("on_epoch_begin", epoch)
                told.tell("on_epoch_end", epoch, logs)
                if self.model.stop_training:  # by a callback that promised not to look at the network
                    break
            self.model.adopt(engine)
            return
        for epoch in range(self.first, self.epochs):
            told.tell("on_epoch_begin", epoch)
            self._follow(engine)
            logs = self._one_epoch(engine, told, epoch)
            self.model.adopt(engine)
            if self.validation is not None and (epoch + 1) % self.validation_freq == 0:
                told.tell("on_test_begin")
                measured = self.model.assess(self.validation)
                told.tell("on_test_end", measured)
                logs |= {f"val_{name}": value for name, value in measured.items()}
            told.tell("on_epoch_end", epoch, logs)
            if self.model.stop_training:
                break

    def _one_epoch(self, engine: Engine, told: CallbackList, epoch: int) -> dict[str, Any]:
        if not told.watch_batches():
            return engine.epoch(self.training, epoch, after=lambda done: told.tell("on_call_end", done, engine.readings()))

        def after(done: int) -> bool:
            self.model.adopt(engine)
            logs = engine.readings()
            told.tell("on_train_batch_end", done - 1, logs)
            told.tell("on_call_end", done, logs)
            if done < (self.training.steps or done + 1) and not self.model.stop_training:
                told.tell("on_train_batch_begin", done)
            self._follow(engine)
            return self.model.stop_training

        told.tell("on_train_batch_begin", 0)
        return engine.epoch(self.training, epoch, steps=1, after=after)

    def _follow(self, engine: Engine) -> None:
        """Bring the engine up to what a callback did to the model between calls: other weights, another learning rate."""
        now, model = engine.progress, self.model
        if model.memo is not None and (model.net is not now.net or model.memo is not now.memo):
            engine.progress = Progress(model.net, model.memo, now.count, now.logs)


def row_weights(y: Any, weight: Any, class_weight: dict[int, float] | None) -> Any:
    """Sample weights `(rows,)` or `(rows, time)` times the class weight of each row; None where neither is given."""
    if weight is not None:
        weight = np.asarray(weight, np.float32)
        weight = weight.reshape(-1) if weight.size == len(weight) else weight
        if weight.ndim > 2:
            raise ShapeError(f"sample_weight has shape {weight.shape}", remedy="give (rows,) or, for sequences, (rows, time)")
    if class_weight is None:
        return weight
    if y is None:
        raise ArgumentError("class_weight needs targets", remedy="pass y")
    classes = np.argmax(y, axis=1) if y.ndim > 1 and y.shape[1] > 1 else y.reshape(-1).astype(int)
    missing = sorted(set(np.unique(classes).tolist()) - set(class_weight))
    if missing:
        raise ArgumentError(f"class_weight has no entry for class {missing[0]}", remedy=f"add one; it has {sorted(class_weight)}")
    each = np.array([class_weight[c] for c in classes.tolist()], np.float32)
    return each if weight is None else (each * weight.T).T
