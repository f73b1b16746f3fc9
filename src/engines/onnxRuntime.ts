// ONNX Runtime as everything here uses it: it talks to nobody and writes no files of its own.
import './withoutTelemetry.js';
export { InferenceSession, Tensor, env, listSupportedBackends } from 'onnxruntime-node';
