"""How many bits a character of Shakespeare takes, by chains of order 0 to 6: counted on the beginning, priced on the last tenth.

    NEURALZOO_DATA=… python examples/zoo_markov.py

Prints nats and bits a character for both ways of smoothing, and some lines that the chain of order 5 writes.
"""

from neuralzoo.data.text import open_text, split_text
from neuralzoo.zoo import MarkovChain

_, text = open_text("shakespeare")
train, _, test = split_text(text)  # as the networks of docs/results.md are trained and tested
alphabet = sorted(set(text))

for order in range(7):
    told = []
    for smoothing in (0.01, "kneser-ney"):
        chain = MarkovChain(order, smoothing, alphabet)
        chain.fit(train, verbose=0)
        measured = chain.evaluate(test, verbose=0, return_dict=True)
        told.append(f"{smoothing}: {measured['loss']:.3f} nats, {measured['bits']:.3f} bits")
        if order == 5:
            written = chain.sample(300, prompt="ROMEO:\n", seed=1)
    print(f"order {order}   {'   '.join(told)}")

print(f"\nROMEO:\n{written}")
