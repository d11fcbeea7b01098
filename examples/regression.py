"""A regression from start to finish: prepare, choose, train with early stopping, look at the curve, predict."""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from neuralzoo.callbacks import EarlyStopping
from neuralzoo.layers import Dense, Dropout
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam

x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
scale_x, scale_y = StandardScaler().fit(x_train), StandardScaler().fit(y_train[:, None])

model = Sequential([Dense(32, activation="relu", input_shape=(10,)), Dropout(0.2), Dense(1)])
model.compile(Adam(0.003), "mse", ["mae", "r2_score"])
history = model.fit(
    scale_x.transform(x_train),
    scale_y.transform(y_train[:, None]),
    epochs=200,
    validation_split=0.2,
    callbacks=[EarlyStopping(patience=20)],
    verbose=0,
).history

print(f"{len(history['loss'])} epochs, best validation loss {min(history['val_loss']):.3f}")
predicted = scale_y.inverse_transform(model.predict(scale_x.transform(x_test)))[:, 0]
print(f"test RMSE {np.sqrt(np.mean((predicted - y_test) ** 2)):.1f}, always the mean: {y_test.std():.1f}")
