"""scikit-learn's classifiers on drawn training sets: python scikitLearn.py FOLDER < jobs, a JSON object a line; a line of answer each.
FOLDER has <set>.f32, the embeddings [rows, size], and <set>.json, the label of each. A job names its method and set, the rows to
learn from and those to measure on; the answer is the share that the method gets right."""

import json
import os
import sys
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import LinearSVC

warnings.simplefilter("ignore", ConvergenceWarning)
warnings.simplefilter("ignore", UserWarning)
STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1, 1]

METHODS = {
    "lr": (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)),
        {"logisticregression__C": STRENGTHS},
    ),
    "svm": (make_pipeline(StandardScaler(), LinearSVC(max_iter=2000)), {"linearsvc__C": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]}),
    "knn": (
        make_pipeline(Normalizer(), KNeighborsClassifier(weights="distance")),
        {"kneighborsclassifier__n_neighbors": [1, 3, 5, 10, 20]},
    ),
}


def accuracy(train, test, job):
    """With its one parameter chosen by five-fold cross-validation on the training rows, as far as these are enough, and then fitted on all."""
    model, grid = METHODS[job["method"]]
    features, labels = train
    folds = min(5, np.bincount(np.unique(labels, return_inverse=True)[1]).min())
    fewest = len(labels) - -(-len(labels) // folds)
    grid = {name: [value for value in values if name[:1] != "k" or value <= fewest] for name, values in grid.items()}
    search = GridSearchCV(model, grid, cv=StratifiedKFold(folds, shuffle=True, random_state=job["seed"]))
    began = time.process_time()
    search.fit(features, labels)
    return {"accuracy": search.score(*test), "seconds": time.process_time() - began, "chosen": search.best_params_}


def main():
    sets = {}
    for line in sys.stdin:
        job = json.loads(line)
        if job["set"] not in sets:
            path = os.path.join(sys.argv[1], job["set"])
            labels = np.array(json.load(open(path + ".json")))
            sets[job["set"]] = np.fromfile(path + ".f32", np.float32).reshape(len(labels), -1), labels
        features, labels = sets[job["set"]]
        train, test = ((features[job[part]], labels[job[part]]) for part in ("train", "test"))
        print(json.dumps(accuracy(train, test, job)), flush=True)


main()
