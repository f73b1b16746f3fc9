"""A runtime of MLServer for the models of a repository that `taxon export --triton` wrote."""

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.codecs import NumpyCodec


class Backbone(MLModel):
    async def load(self) -> bool:
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, providers=["CPUExecutionProvider"])
        self.output = self.session.get_outputs()[0].name
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pixels = NumpyCodec.decode_input(payload.inputs[0]).astype(np.uint8)
        values = self.session.run([self.output], {"pixels": pixels})[0]
        output = NumpyCodec.encode_output(self.output, values)
        return InferenceResponse(id=payload.id, model_name=self.name, outputs=[output])
