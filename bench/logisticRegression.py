"""scikit-learn's logistic regression on the embeddings that bench/retrainAccuracy.ts has exported: python logisticRegression.py DIRECTORY"""
import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")


def read(split):
    labels = np.array(json.load(open(f"{sys.argv[1]}/{split}.json")))
    return np.fromfile(f"{sys.argv[1]}/{split}.f32", np.float32).reshape(len(labels), -1), labels


(train, train_labels), (validation, validation_labels), (test, test_labels) = map(read, ("train", "validation", "test"))
fitted = []
for strength in (1e-4, 1e-3, 1e-2, 1e-1, 1):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300)).fit(train, train_labels)
    fitted.append((model.score(validation, validation_labels), model.score(test, test_labels), strength))
validated, tested, strength = max(fitted)
print(f"scikit-learn, standardised, fitted on train, C = {strength} chosen on validation ({100 * validated:.2f} %): test {100 * tested:.2f} %")
plain = LogisticRegression(max_iter=1000).fit(train, train_labels)
print(f"scikit-learn, as it comes (C = 1, raw embeddings), fitted on train: test {100 * plain.score(test, test_labels):.2f} %")
