// Builds the native addon of @tensorflow/tfjs-node-gpu against a current TensorFlow, into native/. Nothing under node_modules changes.
// Why: the published binary wants libtensorflow 2.9.1 with CUDA 11.2, which has no code for today's GPUs. The addon's sources are pure
// Node-API over TensorFlow's stable C interface, so they compile unmodified against the libraries inside TensorFlow's pip wheel.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const self = fileURLToPath(import.meta.url);

const help = `Usage: npm run build:tfjs-native -- [options]

  --cuda                TensorFlow with CUDA 12 and NVIDIA's libraries (2.5 GB to fetch); without it the CPU build (0.3 GB)
  --wheels DIR          take the wheels from this folder; no network and no pip
  --tensorflow VERSION  default 2.21.0
  --out DIR             default native/ in the project
  --force               build again although the result is up to date
  --check               only check what is in the output folder
`;

/** A problem that the user can solve: printed without a stack. */
class BuildError extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      cuda: { type: 'boolean', default: false },
      wheels: { type: 'string' },
      tensorflow: { type: 'string', default: '2.21.0' },
      out: { type: 'string', default: join(dirname(self), '..', 'native') },
      force: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, out: resolve(values.out) };
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  return {
    ok: result.status === 0,
    output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim(),
    result,
  };
}

function runOrFail(what, command, args) {
  const { ok, output, result } = run(command, args);
  if (!ok) throw new BuildError(`${what} failed:\n$ ${command} ${args.join(' ')}\n${output}`);
  return result.stdout;
}

function addonSources() {
  try {
    return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch {
    return undefined;
  }
}

/** Node's own headers where its distribution brings them, else those of the npm package. */
function nodeHeaders() {
  const beside = join(dirname(realpathSync(process.execPath)), '..', 'include', 'node');
  if (existsSync(join(beside, 'node_api.h'))) return beside;
  try {
    return require('node-api-headers').include_dir;
  } catch {
    return undefined;
  }
}

const compiler = process.env.CXX ?? 'g++';

/** Everything that is missing, at once. */
function requireTools(options) {
  const missing = [];
  if (process.platform !== 'linux')
    missing.push(`Linux: TensorFlow's wheels for ${process.platform} carry no linkable libraries`);
  if (!run('python3', ['--version']).ok) missing.push('python3, which unpacks the wheels: apt-get install python3');
  else if (options.wheels === undefined && !run('python3', ['-m', 'pip', '--version']).ok)
    missing.push(
      'pip, which fetches the wheels: apt-get install python3-pip, or give a folder of wheels with --wheels',
    );
  if (!run(compiler, ['--version']).ok)
    missing.push(`a C++17 compiler named ${compiler} (CXX chooses another): apt-get install g++`);
  if (addonSources() === undefined) missing.push('the package @tensorflow/tfjs-node-gpu: npm ci');
  if (nodeHeaders() === undefined) missing.push("Node's headers: npm ci brings them as node-api-headers");
  if (options.wheels !== undefined && !existsSync(options.wheels))
    missing.push(`the folder of wheels ${options.wheels}`);
  if (missing.length > 0)
    throw new BuildError(`The build needs what is not here:\n${missing.map((item) => ` - ${item}`).join('\n')}`);
}

/** The wheel of a requirement such as nvidia-cudnn-cu12<10.0,>=9.3: from the given folder, else fetched by pip. */
function fetchWheel(requirement, options, temporary) {
  // No Python code of the wheel is run, so any supported Python version's build will do, whichever is installed.
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.12'];
  if (options.wheels === undefined) {
    console.log(`fetching ${requirement}`);
    runOrFail(`Fetching ${requirement}`, 'python3', [...pip, '--dest', temporary, requirement]);
  }
  const folder = options.wheels ?? temporary;
  const prefix = `${/^[\w-]+/.exec(requirement)[0].replaceAll('-', '_')}-${/==(.+)/.exec(requirement)?.[1] ?? ''}`;
  const found = readdirSync(folder).filter(
    (name) => name.endsWith('.whl') && name.toLowerCase().startsWith(prefix.toLowerCase()),
  );
  if (found.length === 0) throw new BuildError(`No wheel for ${requirement} in ${folder}: put ${prefix}*.whl there`);
  return join(folder, found.sort().at(-1));
}

function unpack(wheel, pattern, into) {
  const script =
    'import re,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n[z.extract(n,sys.argv[3]) for n in z.namelist() if re.match(sys.argv[2],n)]';
  runOrFail(`Unpacking ${wheel}`, 'python3', ['-c', script, wheel, pattern, into]);
}

/** NVIDIA's packages that this TensorFlow asks for: the requirements of its extra `and-cuda`. */
function cudaRequirements(folder) {
  const info = readdirSync(folder).find((name) => name.endsWith('.dist-info'));
  const metadata = readFileSync(join(folder, info, 'METADATA'), 'utf8');
  return [...metadata.matchAll(/^Requires-Dist: (nvidia-[^;]+); extra == "and-cuda"/gm)].map((match) =>
    match[1].trim(),
  );
}

/** Lays tensorflow/ and nvidia/ side by side as pip would: TensorFlow's own run path finds NVIDIA's libraries there. */
function installLibraries(options, out, headers, wheels) {
  const name = options.cuda ? 'tensorflow' : 'tensorflow-cpu';
  const wheel = fetchWheel(`${name}==${options.tensorflow}`, options, wheels);
  unpack(wheel, String.raw`tensorflow/libtensorflow_\w+\.so`, out);
  unpack(
    wheel,
    String.raw`tensorflow/include/(tensorflow/c|tensorflow/core/platform|tsl|xla/tsl)/|[^/]+\.dist-info/METADATA`,
    headers,
  );
  if (!options.cuda) return;
  for (const requirement of cudaRequirements(headers))
    unpack(fetchWheel(requirement, options, wheels), String.raw`nvidia/\w+/lib/.*\.so`, out);
}

/**
 * The libraries are found beside the addon. Node.js unloads an addon when the thread that loaded it ends; TensorFlow leaves exit handlers
 * behind that would then be called where nothing is loaded any more, so it stays until the process ends.
 */
const linkOptions = ['-Wl,-rpath,$ORIGIN/tensorflow', '-Wl,-z,nodelete'];

function compileAddon(out, headers) {
  const sources = addonSources();
  const libraries = readdirSync(join(out, 'tensorflow')).map((name) => join(out, 'tensorflow', name));
  console.log(`compiling the addon with ${compiler}`);
  runOrFail('Compiling the addon', compiler, [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...['-isystem', nodeHeaders(), '-isystem', join(headers, 'tensorflow', 'include'), '-I', sources],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, 'binding', file)),
    ...['-o', join(out, 'tfjs_binding.node'), ...libraries, ...linkOptions],
  ]);
}

/** What a build is made of: equal descriptions need no new build. */
function describe(options) {
  const { version } = require('@tensorflow/tfjs-node-gpu/package.json');
  return {
    tensorflow: options.tensorflow,
    cuda: options.cuda,
    tfjsNodeGpu: version,
    architecture: process.arch,
    linkOptions,
  };
}

function isCurrent(options) {
  const file = join(options.out, 'build.json');
  return (
    addonSources() !== undefined && existsSync(file) && readFileSync(file, 'utf8') === JSON.stringify(describe(options))
  );
}

/** Builds in a temporary folder beside the target, which is replaced only by a checked result. */
function build(options) {
  mkdirSync(dirname(options.out), { recursive: true });
  const temporary = mkdtempSync(`${options.out}.building-`);
  try {
    const [out, headers, wheels] = ['out', 'headers', 'wheels'].map((name) => join(temporary, name));
    for (const folder of [out, headers, wheels]) mkdirSync(folder);
    installLibraries(options, out, headers, wheels);
    compileAddon(out, headers);
    writeFileSync(join(out, 'build.json'), JSON.stringify(describe(options)));
    checkInChild(out);
    keepOpenvino(options.out, out);
    rmSync(options.out, { recursive: true, force: true });
    renameSync(out, options.out);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** `taxon engine install openvino` has its own folder in native/. */
function keepOpenvino(before, now) {
  const folder = join(before, 'openvino');
  if (existsSync(folder)) renameSync(folder, join(now, 'openvino'));
}

/** In a process of its own: what a wrong library does to the process that loads it is part of the question. */
function checkInChild(out) {
  const { ok, output, result } = run(process.execPath, [self, '--check', '--out', out]);
  if (!ok)
    throw new BuildError(`The addon does not work (${result.signal ?? `exit code ${result.status}`}):\n${output}`);
  console.log(result.stdout.trim());
}

/** One 3×3 convolution of ones over a 4×4 image of ones: four nines. */
function check(out) {
  if (!existsSync(join(out, 'tfjs_binding.node')))
    throw new BuildError(`No addon in ${out}: npm run build:tfjs-native makes it`);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const tf = require(join(out, 'tfjs_binding.node'));
  const ones = (...shape) =>
    tf.createTensor(shape, tf.TF_FLOAT, new Float32Array(shape.reduce((a, b) => a * b)).fill(1));
  const attributes = [
    { name: 'T', type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT },
    { name: 'strides', type: tf.TF_ATTR_INT, value: [1, 1, 1, 1] },
    { name: 'padding', type: tf.TF_ATTR_STRING, value: 'VALID' },
  ];
  const [output] = tf.executeOp('Conv2D', attributes, [ones(1, 4, 4, 1), ones(3, 3, 1, 1)], 1);
  const values = [...tf.tensorDataSync(output.id)];
  if (values.join() !== '9,9,9,9') throw new BuildError(`The convolution gave ${values.join()}, expected 9,9,9,9`);
  console.log(
    `TensorFlow ${tf.TF_Version}, ${tf.isUsingGpuDevice() ? 'CUDA GPU' : 'CPU'}: a convolution gives the right values`,
  );
}

function main() {
  const options = readOptions();
  if (options.help) return console.log(help);
  if (options.check) return check(options.out);
  if (!options.force && isCurrent(options)) {
    console.log(`${options.out} is up to date`);
    return checkInChild(options.out);
  }
  requireTools(options);
  build(options);
  console.log(`built ${options.out}; start the server with ENGINE=tfjs`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof BuildError) && !String(error?.code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
