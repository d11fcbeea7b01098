"""The main job from Python: is a network worth it on these data?"""

import pandas
from sklearn.datasets import load_wine

import neuralzoo

wine = load_wine(as_frame=True)
table: pandas.DataFrame = wine.frame.assign(target=wine.target_names[wine.target])

study = neuralzoo.study(table, target="target", out="study-of-wine", seed=0)
print(study.verdict.text)
for candidate in study.evaluated[:3]:
    score = candidate.scores[study.metric]
    print(f"{candidate.name:24} {score.value:.3f} ({score.low:.3f} … {score.high:.3f})")
