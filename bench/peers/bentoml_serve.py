"""Runs bentoml_onnxruntime.py as `bentoml serve` does, at PORT."""
import os
import sys

os.environ["BENTOML_DO_NOT_TRACK"] = "True"
folder = os.path.dirname(os.path.abspath(__file__))
os.execv(sys.executable, [sys.executable, "-m", "bentoml", "serve", "bentoml_onnxruntime:Classifier", "--working-dir", folder, "--host", "127.0.0.1", "--port", os.environ["PORT"]])
