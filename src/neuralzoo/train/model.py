"""The shell that users hold: the one class that changes, with Keras's methods."""

from typing import Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, NotReadyError, ShapeError
from neuralzoo.core.layer import Layer
from neuralzoo.learn.gradient import Gradient, GradientMemo
from neuralzoo.learn.learner import Learner
from neuralzoo.learn.losses import loss_named
from neuralzoo.learn.metrics import metric_named
from neuralzoo.learn.objective import Objective
from neuralzoo.learn.optimizers import optimizer_named
from neuralzoo.train import program
from neuralzoo.train.batches import ASSESS_BYTES, ArraySource, Source, StreamSource, as_arrays, is_stream, row_count, steps_in_block
from neuralzoo.train.callbacks.base import Callback, CallbackList, History
from neuralzoo.train.engine import Engine, plain
from neuralzoo.train.fit import Fit
from neuralzoo.train.shell import Shell

PREDICT_ROWS = 4096
ASSESS_ROWS = 256  # sums do not depend on it; where `steps` counts batches, Keras's 32 holds


class Model(Shell):
    """A network with the learner that trains it, and everything Keras users do with one; see `Shell` for the arguments.

    Attributes:
        learner: the learning rule, None before `compile`.
        history: the `History` of the last `fit`.
        stop_training: set to True in a callback to stop after the epoch.
    """

    usual_epochs: ClassVar[int] = 1
    usual_batch: ClassVar[int] = 32

    def __init__(self, net: Layer, name: str | None = None, seed: int | None = None):
        self.learner: Learner | None = None
        self.history = History()
        self.stop_training = False
        Shell.__init__(self, net, name, seed)

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = (),
        *,
        penalties: Any = (),
        rates: dict[str, float] | None = None,
        precision: str = "float32",
        learner: Learner | None = None,
    ) -> None:
        """Choose how to learn: an optimizer, a loss and metrics for backpropagation, or any other `learner`.

        Args:
            optimizer: name, `Optimizer` or optax transformation.
            loss: name, `Loss` or function of (y_true, y_pred); or an `Objective`, which prices the network as a whole.
            metrics: list of names, `Metric`s or functions.
            penalties: terms of the whole network such as `GradientPenalty`.
            rates: factors of the learning rate by layer, as {"conv*": 0.1}: patterns of names, the first that fits counts.
            precision: "float32", or "mixed_bfloat16" for forward and backward passes in 16 bits, faster on an accelerator.
            learner: a learning rule that takes the place of all of the above.
        """
        if learner is None:
            if loss is None:
                raise ArgumentError("compile was given no loss", remedy="pass loss='mse', 'categorical_crossentropy', … or a learner")
            loss = loss if isinstance(loss, Objective) else loss_named(loss)
            listed = [metrics] if isinstance(metrics, str) else list(metrics or ())
            terms = penalties if isinstance(penalties, list | tuple) else [penalties]
            measures = tuple(metric_named(m, loss) for m in listed)
            learner = Gradient(loss, optimizer_named(optimizer), measures, tuple(terms), tuple((rates or {}).items()), precision)
        self.learner, self.memo = learner, None

    @property
    def learning_rate(self) -> float:
        """The optimizer's rate now; assigning changes it for the steps to come, nothing is compiled again."""
        memo, rate = self._gradient_memo()
        return float(memo.rate) if isinstance(rate, int | float) else float(self._gradient().rate(memo))

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        memo, rate = self._gradient_memo()
        if not isinstance(rate, int | float):
            raise ArgumentError(
                "the learning rate follows a schedule or is inside an optax transformation",
                remedy="give the optimizer a number as learning_rate to change it while training",
            )
        self.memo = memo._replace(rate=jax.numpy.float32(value))

    def _gradient(self) -> Gradient:
        if not isinstance(self.learner, Gradient):
            raise ArgumentError(f"{type(self.learner).__name__} has no learning rate", remedy="compile with an optimizer")
        return self.learner

    def _gradient_memo(self) -> tuple[GradientMemo, Any]:
        learner = self._gradient()
        self.require_built("tell its learning rate")
        if self.memo is None:
            self.memo = learner.init(self.net)
        return self.memo, learner.optimizer.learning_rate

    def require_ready(self, what: str) -> Learner:
        """The learning rule; raises `NotReadyError` where none was chosen yet, naming what the model cannot do before."""
        if self.learner is None:
            raise NotReadyError(f"the model cannot {what} before it was compiled", remedy="call compile(optimizer=…, loss=…) first")
        return self.learner

    def usual_callbacks(self) -> list[Callback]:
        """Callbacks that every `fit` has, before those that it is given: for rules that know when there is nothing left to learn."""
        return []

    def engine(self) -> Engine:
        """An engine that goes on where this model is."""
        return Engine(self.require_ready("learn"), self.net, self.memo, jax.random.fold_in(self.key, 1), self.count)

    def adopt(self, engine: Engine) -> None:
        """Take over what an engine has learned so far."""
        now = engine.progress
        self.net, self.memo, self.count = engine.learner.finish(now.net, now.memo), now.memo, now.count

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        verbose: Any = "auto",
        callbacks: list[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Learn from `x` and `y`, and return the `History`; arguments as in Keras.

        Args:
            x: array, pytree of arrays, data frame, or an iterable of `(x, y)` batches.
            y: targets, one for each row.
            batch_size: rows in a batch, 32 by default (networks of the zoo have defaults of their own).
            epochs: the index of the last epoch, counted from `initial_epoch` = 0; one by default.
            verbose: 0 silent, 1 a bar, 2 a line an epoch; "auto" is 1 on a terminal and 0 elsewhere.
            validation_split: the fraction taken from the end of x and y, before shuffling.
            shuffle: reorder the rows each epoch; a rule for rows in the order of time never does.
            validation_data: `(x, y)` or `(x, y, sample_weight)`; overrides the split.
            class_weight: `{class: weight}` for the training loss.
            sample_weight: `(rows,)`, or `(rows, time)` for outputs at every time step; for the training loss.
            steps_per_epoch, validation_steps: batches to take; None for all.
            validation_freq: validate every so many epochs.

        Raises `NotFiniteError` at the first NaN; the model keeps the state from before it. Ctrl-C keeps it too.
        """
        size, usual = batch_size or self.remembered or self.usual_batch, 1 if self.learner and self.learner.once else self.usual_epochs
        last = initial_epoch + usual if epochs is None else epochs
        told = [*self.usual_callbacks(), *(callbacks or [])]
        job = Fit(self, size, last, initial_epoch, verbose, told, shuffle, validation_freq)
        job.take_training_data(x, y, sample_weight, class_weight, steps_per_epoch, validation_split if validation_data is None else 0.0)
        if validation_data is not None:
            job.take_validation_data(validation_data, validation_batch_size or batch_size, validation_steps)
        return job.run()

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: list[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Loss and metrics on data: one number, a list in the order of `metrics_names`, or a dictionary."""
        self.require_ready("be evaluated")
        size = batch_size or self.remembered or (32 if steps else ASSESS_ROWS)
        x, y, sample_weight = self.receive(x, y, sample_weight)
        source = self.source(x, y, sample_weight, size, shuffle=False, steps=steps)
        told = CallbackList(callbacks or [], self, {"verbose": verbose})
        told.tell("on_test_begin")
        readings = self.assess(source)
        told.tell("on_test_end", readings)
        if verbose not in (0, "auto"):
            print(" - ".join(f"{name}: {value:.4f}" for name, value in readings.items() if isinstance(value, float)))
        values = list(readings.values())
        return readings if return_dict else values[0] if len(values) == 1 else values

    def assess(self, source: Source) -> dict[str, Any]:
        """The learner's readings of the network over a source; what it remembers is the same afterwards."""
        assert self.learner is not None
        learner, totals, net = self.learner.compiled(), None, self.net
        for block, held in source.blocks(0, steps_in_block(source.example(), source.steps or 64, ASSESS_BYTES)):
            logs, moved = program.assess(learner, net, block, held)
            logs, net = jax.tree.map(lambda a: np.asarray(a, np.float64), logs), net if moved is None else moved
            totals = logs if totals is None else jax.tree.map(np.add, totals, logs)
        return plain(self.learner.read(totals or {}))

    def survey(self, source: Source, epoch: int) -> None:
        """Give the learner the last look that it asks for, at the rows of a source in the order of an epoch."""
        learner, sums = self.require_ready("look back"), None
        for block, held in source.blocks(epoch, steps_in_block(source.example(), source.steps or 64, ASSESS_BYTES)):
            told = jax.tree.map(lambda a: np.asarray(a, np.float64), program.survey(learner.compiled(), self.net, block, held))
            sums = told if sums is None else jax.tree.map(np.add, sums, told)
        self.net, self.memo = learner.digest(self.net, self.memo, sums)

    def receive(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        """What `fit` and `evaluate` were given, as `(x, y, sample_weight)`: rows, or a stream.

        Networks of the zoo that learn from a text, from sequences of different lengths or from one series make rows of them here.
        """
        return x, y, weight

    def meet(self, x: Any, y: Any) -> None:
        """Get ready to learn from these rows, all of them or a stream's first batch: build what was not built yet.

        Networks of the zoo check here whether the rows suit them, and take their own size from them.
        """
        if not self.built:
            self.build(x)

    def source(self, x: Any, y: Any, weight: Any, batch_size: int | None, shuffle: bool, steps: int | None = None) -> Source:
        """The user's data as a source of batches; builds the network where that was still to do."""
        if x is None:
            raise ArgumentError("no data: x is None", remedy="pass x (and y)")
        if isinstance(x, Source) or is_stream(x):
            if y is not None:
                raise ArgumentError("x is a stream of (x, y) batches, so y cannot be given too", remedy="leave y out")
            source = x if isinstance(x, Source) else StreamSource(x, steps)
        else:
            arrays, targets = as_arrays(x, "x"), None if y is None else as_arrays(y, "y")
            source = ArraySource(arrays, targets, weight, batch_size or 32, shuffle, self.seed, steps)
        if not self.built:
            self.build(source.example()[0])
        if self.remembers:
            if shuffle and isinstance(source, ArraySource):
                raise ArgumentError("a stateful network needs its rows in order, but they are shuffled", remedy="pass shuffle=False")
            self._get_ready(source.rows if isinstance(source, ArraySource) else source.batch_size, source.batch_size)
        return source

    def _get_ready(self, rows: int, batch_size: int) -> None:
        """Make room for the memory of stateful layers; the memo follows, its tree being that of the network."""
        self.remember(rows, batch_size)
        if self.memo is not None and self.learner is not None:
            self.memo = jax.tree.unflatten(jax.tree.structure(jax.eval_shape(self.learner.init, self.net)), jax.tree.leaves(self.memo))

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None) -> Any:
        """The network's outputs for `x`, as NumPy arrays; stateful layers go on from batch to batch, and from call to call."""
        arrays = as_arrays(x, "x")
        if not self.built:
            self.build(arrays)
        rows = row_count(arrays) if steps is None else min(row_count(arrays), steps * (batch_size or 32))
        if rows == 0:
            raise ShapeError("x has no rows", remedy="pass at least one example")
        bytes_each = sum(a[:1].nbytes for a in jax.tree.leaves(arrays)) or 1
        most = max(1, min(PREDICT_ROWS, ASSESS_BYTES // bytes_each))
        size = min(1 << (rows - 1).bit_length(), 1 << (most.bit_length() - 1))
        told = CallbackList(callbacks or [], self, {"verbose": verbose})
        told.tell("on_predict_begin")
        if self.remembers:
            parts = self._predict_on(arrays, rows, min(batch_size or self.remembered or 32, rows))
        else:
            parts = [self._predict_block(arrays, start, min(size, rows - start), size) for start in range(0, rows, size)]
        told.tell("on_predict_end")
        return parts[0] if len(parts) == 1 else jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)

    def _predict_block(self, arrays: Any, start: int, some: int, size: int) -> Any:
        if size == row_count(arrays):  # all of them, and no filling
            return jax.tree.map(np.array, self.predictor(arrays))
        index = np.minimum(np.arange(start, start + size), start + some - 1)
        return jax.tree.map(lambda a: np.asarray(a)[:some], self.predictor(jax.tree.map(lambda a: np.take(a, index, 0), arrays)))

    def _predict_on(self, arrays: Any, rows: int, size: int) -> list[Any]:
        self._get_ready(rows, size)
        parts = []
        for start in range(0, rows, size):
            y, self.net = program.advance(self.net, jax.tree.map(lambda a, start=start: a[start : start + size], arrays))
            parts.append(jax.tree.map(np.asarray, y))
        return parts

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return self._gradient().objective.names()

    # -- one batch, and files -------------------------------------------------------------------------------------------

    def train_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False) -> Any:
        """One step on one batch; returns the readings before the step as a list or a dictionary."""
        job = Fit(self, row_count(as_arrays(x, "x")), 1, 0, 0, [], shuffle=False, validation_freq=1)
        job.take_training_data(x, y, sample_weight, class_weight, None, 0.0)
        engine = self.engine()
        readings = engine.epoch(job.training, 0)
        self.adopt(engine)
        return readings if return_dict else list(readings.values())

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Loss and metrics of one batch."""
        return self.evaluate(x, y, row_count(as_arrays(x, "x")), 0, sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        return self.predict(x)

    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Write structure, arrays, learner and memo into one `.nz` file, from which training goes on exactly."""
        from neuralzoo.train.saving import save_model

        save_model(self, filepath, overwrite=overwrite, include_optimizer=include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the arrays only."""
        from neuralzoo.train.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath: Any) -> None:
        """Read the arrays that `save_weights` or `save` wrote, into a network of the same layers."""
        from neuralzoo.train.saving import load_weights

        load_weights(self, filepath)
