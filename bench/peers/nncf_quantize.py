"""python nncf_quantize.py MODEL.onnx OUT.xml FOLDER: int8 by NNCF with its defaults, calibrated on the images of the folder, for OpenVINO."""
import pathlib
import sys

import nncf
import openvino as ov

from classifier import decode

model, out, folder = sys.argv[1:]
images = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix == ".jpg")
pixels = [decode(path.read_bytes())[None] for path in images]
ov.save_model(nncf.quantize(ov.Core().read_model(model), nncf.Dataset(pixels), subset_size=len(pixels)), out)
