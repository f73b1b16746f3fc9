// ONNX Runtime as everything here uses it: without telemetry, and without files of its own.
import './withoutTelemetry.js';
export { InferenceSession, Tensor, env, listSupportedBackends } from 'onnxruntime-node';
