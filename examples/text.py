"""A network learns to write: one character after the other, from a text that is made here (rows B6 and D13 of the lectures)."""

import math
import random

from neuralzoo.text import TextModel

random.seed(0)
who = ["the cat", "a dog", "my friend", "the king", "an old man"]
does = ["sees", "hears", "finds", "loves", "forgets"]
what = ["a house", "the sea", "an old book", "the rain", "a song"]
lines = [f"{random.choice(who)} {random.choice(does)} {random.choice(what)}." for _ in range(2000)]
text = "\n".join(lines)
learned, held_out = text[:-4000], text[-4000:]

model = TextModel("lstm", units=64, dropout=0.0, seed=0)
model.build(text)
print("before:", *model.sample("the king ", 60).splitlines(), sep="\n  ")

model.fit(learned, epochs=8, steps=50)
print("after:", *("the king " + model.sample("the king ", 120, temperature=0.7)).splitlines(), sep="\n  ")
print(f"held out: {model.nats(held_out):.3f} nats a character, {model.bits(held_out):.3f} bits")
possible = math.log(len(who) * len(does) * len(what)) / (len(text) / len(lines))
print(f"nobody can do better than {possible:.3f}: that is how much these lines are left to chance")
