// Which inference engines are installed, whether their libraries can be loaded, and which one would answer.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Config } from '../../config.js';
import type { EngineName } from '../../engines/engine.js';
import { openvinoDirectory, searchLibrary } from '../../engines/openvino/findLibrary.js';
import { candidates } from '../../engines/select.js';
import { findAddon } from '../../engines/tfjs/addon.js';
import { tryInChild } from '../installOpenvino.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** Engines that compute on this machine. */
type LocalEngine = Exclude<EngineName, 'remote'>;

/** Absent: not installed. */
export interface Library {
  /** What was loaded. */
  readonly loaded?: string;
  /** Why it cannot be loaded. */
  readonly failure?: string;
}

export interface EngineFacts {
  readonly engines: Readonly<Record<LocalEngine, Library>>;
  /** The decoder of images. */
  readonly sharp: Library;
  /** One of them is built for NVIDIA's cards. */
  readonly cuda: boolean;
}

const run = promisify(execFile);

/** Each library in a process of its own: what a wrong one does to the process that loads it is part of the question. */
export async function lookAtEngines({ OPENVINO_DIR }: Pick<Config, 'OPENVINO_DIR'>): Promise<EngineFacts> {
  const addon = findAddonOrNone();
  const [onnx, openvino, tfjs, sharp] = await Promise.all([
    tryModule('../../engines/onnxRuntime.js', 'module.env.versions.node', 'ONNX Runtime'),
    tryOpenvinoIn(OPENVINO_DIR === '' ? openvinoDirectory : OPENVINO_DIR),
    addon === undefined ? Promise.resolve<Library>({}) : tryAddon(addon.file),
    tryModule('sharp', 'module.default.versions.sharp', 'sharp'),
  ]);
  const cuda = (tfjs.loaded !== undefined && addon?.cuda !== false) || hasCudaProvider();
  return { engines: { onnx, openvino, tfjs }, sharp, cuda };
}

/** ONNX Runtime's installer fetches it where it finds a card; the package has none. */
const hasCudaProvider = (): boolean =>
  readdirSync(fileURLToPath(new URL('../bin', import.meta.resolve('onnxruntime-node'))), { recursive: true }).some(
    (file) => String(file).includes('providers_cuda'),
  );

function findAddonOrNone(): ReturnType<typeof findAddon> | undefined {
  try {
    return findAddon();
  } catch {
    return undefined;
  }
}

const tried = (trial: Promise<string>): Promise<Library> =>
  trial.then(
    (loaded) => ({ loaded }),
    (error: unknown) => ({ failure: reasonOf(error) }),
  );

/** The line of the trace that names the error, or the signal that ended the process. */
function reasonOf(error: unknown): string {
  const { stderr = '', signal, message } = error as { stderr?: string; signal?: string | null; message: string };
  return /^\w*Error.*$/m.exec(stderr)?.[0] ?? signal ?? message;
}

const tryModule = (name: string, version: string, title: string): Promise<Library> =>
  tried(
    run(process.execPath, [
      '--input-type=module',
      '-e',
      `const module = await import(${JSON.stringify(import.meta.resolve(name))}); console.log(${version})`,
    ]).then(({ stdout }) => `${title} ${stdout.trim()}`),
  );

const tryAddon = (file: string): Promise<Library> =>
  tried(run(process.execPath, ['-e', 'require(process.argv[1])', file]).then(() => file));

async function tryOpenvinoIn(directory: string): Promise<Library> {
  if (searchLibrary(directory) === undefined) return {};
  return tried(tryInChild(directory).then((told) => told.split('\n')[0]!.replace(/:.*/, '')));
}

const names: Readonly<Record<LocalEngine, string>> = {
  onnx: 'ONNX Runtime',
  openvino: 'OpenVINO',
  tfjs: 'TensorFlow',
};

const howToInstall: Readonly<Record<LocalEngine, string>> = {
  onnx: 'Install the packages again, for this system and processor: npm ci.',
  openvino: 'npx taxon engine install openvino (docs/openvino.md).',
  tfjs: 'npm run build:tfjs-native (docs/gpu.md).',
};

/** `hasInt8`: the processor multiplies int8 in hardware, where OpenVINO is much the fastest. */
export function judgeEngines(
  { engines, sharp }: EngineFacts,
  { ENGINE, DEVICE, OPENVINO_DIR }: Pick<Config, 'ENGINE' | 'DEVICE' | 'OPENVINO_DIR'>,
  hasInt8: boolean,
): Finding[] {
  // Where backbones run elsewhere, ONNX Runtime computes the heads, and what the servers are compared with.
  const wanted = new Set(
    candidates({ engine: ENGINE, device: DEVICE }).map(({ engine }) => (engine === 'remote' ? 'onnx' : engine)),
  );
  const usable = [...wanted].filter((name) => engines[name].loaded !== undefined);
  const findings = (Object.keys(engines) as LocalEngine[]).map((name) =>
    judgeEngine(name, engines[name], {
      isNeeded: wanted.has(name) && usable.length === 0,
      hasInt8,
      missingIn: name === 'openvino' ? OPENVINO_DIR : '',
    }),
  );
  return [
    ...findings,
    sharp.failure === undefined
      ? ok('images', sharp.loaded ?? 'sharp')
      : problem('images', `sharp cannot be loaded: ${sharp.failure}`, howToInstall.onnx),
  ];
}

interface Need {
  /** None of those that the configuration allows is there. */
  readonly isNeeded: boolean;
  readonly hasInt8: boolean;
  /** The folder that the configuration names for it; empty: none. */
  readonly missingIn: string;
}

function judgeEngine(name: LocalEngine, { loaded, failure }: Library, { isNeeded, hasInt8, missingIn }: Need): Finding {
  const check = `engine ${name}`;
  if (loaded !== undefined) return ok(check, loaded);
  const judge = isNeeded ? problem : warning;
  if (failure !== undefined) return judge(check, `${names[name]} cannot be loaded: ${failure}`, howToInstall[name]);
  const missing = `${names[name]} is not installed`;
  if (isNeeded) return problem(check, `${missing}, and ENGINE and DEVICE allow no other`, howToInstall[name]);
  if (missingIn !== '')
    return warning(check, `${names[name]} is not in ${missingIn}`, `Correct OPENVINO_DIR, or: ${howToInstall[name]}`);
  if (name !== 'openvino' || !hasInt8) return ok(check, missing);
  return ok(check, missing, `Answers come faster with it on this processor: ${howToInstall.openvino}`);
}
