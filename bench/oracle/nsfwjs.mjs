// One model of the npm package nsfwjs as the files that its URL serves (model.json and shards), and what TensorFlow.js computes with it.
//   node nsfwjs.mjs MODELS_FOLDER OUT SIZE COUNT      OUT holds pixels.u8; prints the probabilities as JSON
// The package keeps its files as base64 in scripts. Runs in the repository, whose node_modules have TensorFlow.js.
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
// A hundred times as fast as the backend in plain JavaScript.
import '@tensorflow/tfjs-backend-wasm';

const [source, out, size, count] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const read = (name) => {
  const script = require(join(source, name));
  return script.default ?? script;
};

await tf.setBackend('wasm');
const json = read('model.min.js');
writeFileSync(join(out, 'model.json'), JSON.stringify(json));
for (const name of readdirSync(source).filter((file) => file.startsWith('group1')))
  writeFileSync(join(out, name.replace('.min.js', '')), Buffer.from(read(name), 'base64'));

const weights = json.weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(join(out, path))));
const bytes = Buffer.concat(weights);
const handler = tf.io.fromMemory({
  modelTopology: json.modelTopology,
  format: json.format,
  weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
  weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
});
const model = json.format === 'graph-model' ? await tf.loadGraphModel(handler) : await tf.loadLayersModel(handler);
const shape = [Number(count), Number(size), Number(size), 3];
const images = tf.tensor4d(Float32Array.from(readFileSync(join(out, 'pixels.u8'))), shape).div(255);
console.log(JSON.stringify([...model.predict(images).dataSync()]));
