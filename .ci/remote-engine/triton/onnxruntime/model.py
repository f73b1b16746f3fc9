"""A backend of Triton by the name of its own ONNX Runtime backend, which no package brings: the same model files, run by the onnxruntime of Python."""

import json
import os

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.input = config["input"][0]["name"]
        self.output = config["output"][0]["name"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("THREADS", "0"))
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def execute(self, requests):
        """Triton has put these requests together; they are one run."""
        inputs = [pb_utils.get_input_tensor_by_name(request, self.input).as_numpy() for request in requests]
        values = self.session.run([self.output], {self.input: np.concatenate(inputs)})[0]
        responses, at = [], 0
        for pixels in inputs:
            part = values[at : at + len(pixels)]
            at += len(pixels)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor(self.output, np.ascontiguousarray(part))]))
        return responses
