// To be imported before onnxruntime-node. From 1.30 on, its Linux and macOS builds report sessions, models and the machine to their
// publisher unless this variable says no when the library is loaded (microsoft/onnxruntime, pull request 27379).
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
