"""KServe's model server with every model of a repository that `taxon export --triton` wrote: kserve_server.py REPOSITORY, then KServe's own options."""

import pathlib
import sys
import uuid

import kserve
import numpy as np
import onnxruntime


class Backbone(kserve.Model):
    def __init__(self, folder):
        super().__init__(folder.name)
        self.session = onnxruntime.InferenceSession(folder / "1" / "model.onnx", providers=["CPUExecutionProvider"])
        self.output = self.session.get_outputs()[0].name
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        values = self.session.run([self.output], {"pixels": payload.inputs[0].as_numpy()})[0]
        output = kserve.InferOutput(self.output, list(values.shape), "FP32")
        output.set_data_from_numpy(np.ascontiguousarray(values), binary_data=True)
        return kserve.InferResponse(payload.id or str(uuid.uuid4()), self.name, [output])


if __name__ == "__main__":
    repository = pathlib.Path(sys.argv.pop(1))
    folders = sorted(path.parent for path in repository.glob("*/config.pbtxt"))
    arguments, _ = kserve.model_server.parser.parse_known_args()
    server = kserve.ModelServer(http_port=arguments.http_port, grpc_port=arguments.grpc_port, workers=1)
    server.start([Backbone(folder) for folder in folders])
