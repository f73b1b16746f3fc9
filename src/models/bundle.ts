// A .taxon bundle: one version directory, and the backbone that its head needs, as a plain zip.
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { buildFile } from '../durableFiles.js';
import { installBackbone, keptBackbone } from './backbones.js';
import { checkListedFiles } from './listedFiles.js';
import type { ModelsDirs } from './modelsDirs.js';
import { listVersions, manifestFileName, publishVersion, readManifest, type Version } from './versions.js';
import { openZip } from '../formats/zipEntries.js';

const backboneFolder = 'backbone';
/** The moment that every entry bears, so that equal versions make equal bundles. */
const entryTime = { mtime: new Date('2000-01-01T00:00:00Z'), mode: 0o100644 };

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return (
    entries
      // Hidden ones are of the models directory, not of the version.
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
      .sort()
  );
}

async function addFolder(zip: ZipFile, directory: string, prefix = ''): Promise<void> {
  for (const name of await filesUnder(directory))
    zip.addFile(join(directory, name), prefix + name.replaceAll('\\', '/'), {
      ...entryTime,
      compress: name.endsWith('.json'),
    });
}

/** Writes the version as one file, whole or not at all. Throws AppError invalid_model when its backbone is not installed. */
export async function exportBundle(dirs: ModelsDirs, { directory, manifest }: Version, file: string): Promise<void> {
  const zip = new ZipFile();
  await dirs.shared?.fetch(directory);
  await addFolder(zip, directory);
  if (manifest.layout === 'head') {
    const { versions } = await listVersions(dirs);
    await addFolder(zip, await keptBackbone(dirs, manifest.backbone.id, versions), `${backboneFolder}/`);
  }
  zip.end();
  await buildFile(file, (temporary) => pipeline(zip.outputStream, createWriteStream(temporary)));
}

async function unpack(file: string, directory: string): Promise<void> {
  const zip = await openZip(file);
  try {
    for (const name of zip.names.filter((entry) => !entry.endsWith('/'))) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await pipeline(await zip.open(name), createWriteStream(join(directory, name), { flags: 'wx' }));
    }
  } finally {
    zip.close();
  }
}

/** Installs a bundle as the next version of its classifier, or of `name`; its files stay as they were, byte for byte. Throws AppError invalid_model. */
export async function importBundle(dirs: ModelsDirs, file: string, name?: string): Promise<Version> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-bundle-'));
  try {
    await unpack(file, scratch);
    const draft = await readManifest(join(scratch, manifestFileName));
    await checkListedFiles(scratch, draft.files);
    const backbone = join(scratch, backboneFolder);
    if (draft.layout === 'head') await installBackbone(dirs, draft.backbone.id, backbone);
    await rm(backbone, { recursive: true, force: true });
    await rm(join(scratch, manifestFileName));
    return await publishVersion(dirs, { ...draft, name: name ?? draft.name }, (to) =>
      cp(scratch, to, { recursive: true }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
