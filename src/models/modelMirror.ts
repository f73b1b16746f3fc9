// The models directory of one server as a mirror of those in a bucket. There a version is a record, written last and only where there is none,
// that names a set of files which nothing else has; so it is there whole or not at all, and removed at once.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import pMap from 'p-map';
import { z } from 'zod';
import { makeDirectory, moveDirectory, replaceFile, unfinishedPath, withUnfinished } from '../durableFiles.js';
import { AppError } from '../errors.js';
import type { FileStore } from '../files/fileStore.js';
import { whileStorageAway } from '../files/patience.js';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';
import { activationRangesFileName, type ActivationRanges } from '../quantization/activationRanges.js';
import { keptDirectory } from './backbones.js';
import { fileHashes } from './fileHashes.js';
import { listFiles } from './listedFiles.js';
import { storedManifestSchema, manifestSchema, type Manifest } from './manifest.js';
import { awayMarker, isAlwaysHere, isAway } from './mirroredFiles.js';
import type { SharedModels, UploadedFiles } from './sharedModels.js';
import { UnusedFiles } from './unusedFiles.js';
import { manifestFileName, manifestText } from './versions.js';

/** In each mirrored folder: the record as the bucket had it, and beside it the tag by which a change is seen. */
const recordFileName = '.record.json';
const tagFileName = '.tag';
/** Files that are sent or brought at the same time. */
const transfers = 4;
/** Weights that were used in this time stay, even where they are more than allowed. */
const restMs = 3_600_000;

const recordSchema = z.object({
  format: z.literal('taxon-stored-files/1'),
  /** The folder of the files: `sets/<set>/0` is the first of `files`. */
  set: z.uuid(),
  files: manifestSchema.shape.files,
  /** Of a version. */
  manifest: storedManifestSchema.optional(),
});
type StoredRecord = z.output<typeof recordSchema>;

export interface ModelMirrorOptions {
  readonly files: FileStore;
  /** Of this process, or of several on this machine. */
  readonly directory: string;
  /** Of weights that are neither in use nor were used in the last hour. */
  readonly maxBytes: number;
}

/** A folder to be mirrored. */
interface Place {
  /** Of its record. */
  readonly key: string;
  readonly directory: string;
}

const versionKey = (name: string, version: number): string => `versions/${name}/${version}.json`;
const backboneKey = (id: string): string => `backbones/${id}.json`;
const rangesKey = (id: string): string => `ranges/${id}.json`;

export class ModelMirror implements SharedModels {
  readonly #files: FileStore;
  readonly #root: string;
  readonly #maxBytes: number;
  readonly #unused: UnusedFiles;
  readonly #fetching = new Map<string, Promise<void>>();
  /** Folders are made and replaced one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #isBehind = false;
  #inUse: () => ReadonlySet<string> = () => new Set();

  constructor({ files, directory, maxBytes }: ModelMirrorOptions) {
    this.#files = files;
    this.#root = directory;
    this.#maxBytes = maxBytes;
    this.#unused = new UnusedFiles(files);
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** The weights in the directories that `inUse` gives stay here. */
  keep(inUse: () => ReadonlySet<string>): void {
    this.#inUse = inUse;
  }

  async sync(): Promise<void> {
    try {
      await this.#exclusive(() => this.#sync());
      this.#isBehind = false;
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #sync(): Promise<void> {
    await makeDirectory(this.#root);
    const tags = new Map<string, string>();
    for (const folder of ['versions/', 'backbones/', 'ranges/'])
      for await (const { key, tag } of this.#files.list(folder)) tags.set(key, tag);
    for (const [key, tag] of tags) {
      const directory = this.#directoryOf(key);
      if (directory === undefined) continue;
      if (key.startsWith('ranges/')) await this.#bringRanges(key, tag, directory);
      else await this.#bring({ key, directory }, tag);
    }
    for (const { key, directory } of await this.#mirrored()) if (!tags.has(key)) await this.#takeAway(directory);
  }

  /** Where what the record `key` names is mirrored; undefined for a key that is none of ours. */
  #directoryOf(key: string): string | undefined {
    const [, name, version] = /^versions\/([^/]+)\/([1-9]\d*)\.json$/.exec(key) ?? [];
    if (name !== undefined && version !== undefined) return join(this.#root, name, version);
    const [, id] = /^(?:backbones|ranges)\/([0-9a-f]{64})\.json$/.exec(key) ?? [];
    return id === undefined ? undefined : keptDirectory(this.#root, id);
  }

  /** Folders that have a record. */
  async #mirrored(): Promise<Place[]> {
    const names = await readdir(this.#root, { recursive: true }).catch(() => []);
    return names
      .filter((name) => basename(name) === recordFileName && !name.startsWith('.unfinished'))
      .map((name) => {
        const directory = join(this.#root, dirname(name));
        const [first, second] = dirname(name).split(sep);
        const isVersion = !first!.startsWith('.');
        return { key: isVersion ? versionKey(first!, Number(second)) : backboneKey(second!), directory };
      });
  }

  async #bring({ key, directory }: Place, tag: string): Promise<void> {
    if ((await readText(join(directory, tagFileName))) === tag) return;
    const bytes = await this.#files.read(key);
    // Removed since it was listed.
    if (bytes === undefined) return;
    const text = bytes.toString('utf8');
    const isWhole =
      (await readText(join(directory, recordFileName))) === text || (await this.#make(directory, text, key));
    if (isWhole) await writeFile(join(directory, tagFileName), tag);
  }

  /** The folder of a record, with everything but its weights; false where it is damaged: those who read it then find that out and say so. */
  async #make(directory: string, text: string, key: string): Promise<boolean> {
    return withUnfinished(this.#root, async (temporary) => {
      await mkdir(temporary);
      try {
        const record = parseRecord(text, key);
        await this.#copyFiles(record, temporary, isAlwaysHere);
        await writeFile(join(temporary, awayMarker), '');
        await this.#place(directory, temporary, text, record.manifest);
        return true;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'invalid_model')) throw error;
        await writeFile(join(temporary, manifestFileName), text);
        await this.#place(directory, temporary, text);
        return false;
      }
    });
  }

  /** Puts a finished folder to its place, whatever stood there. */
  async #place(directory: string, from: string, text: string, manifest?: Manifest): Promise<void> {
    if (manifest) await writeFile(join(from, manifestFileName), manifestText(manifest));
    await writeFile(join(from, recordFileName), text);
    await makeDirectory(dirname(directory));
    do await this.#takeAway(directory);
    while (!(await moveDirectory(from, directory)));
  }

  async #takeAway(directory: string): Promise<void> {
    const trash = unfinishedPath(this.#root);
    await rename(directory, trash).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    await rm(trash, { recursive: true, force: true });
  }

  /** Brings those files of a record that are `wanted`, each whole or not there. Throws AppError invalid_model when one is not as the record says. */
  async #copyFiles(record: StoredRecord, to: string, wanted: (name: string) => boolean): Promise<void> {
    const copy = async ([index, [name, { sha256 }]]: [
      number,
      [string, { readonly sha256: string }],
    ]): Promise<void> => {
      if (!wanted(name)) return;
      const path = join(to, name);
      if (relative(to, path).startsWith('..')) throw invalidModel(`${name} is no name of a file of ${to}`);
      await mkdir(dirname(path), { recursive: true });
      await withUnfinished(to, async (temporary) => {
        const key = fileKey(record.set, index);
        if (!(await this.#files.copyTo(key, temporary)))
          throw invalidModel(`${name} of ${to} is gone from ${this.#files.name}`);
        if ((await fileHashes.of(temporary)).sha256 !== sha256)
          throw invalidModel(`${name} of ${to} came damaged from ${this.#files.name}`);
        await rename(temporary, path);
      });
    };
    await pMap(Object.entries(record.files).entries(), copy, { concurrency: transfers });
  }

  async #bringRanges(key: string, tag: string, directory: string): Promise<void> {
    const tagFile = join(directory, `.ranges${tagFileName}`);
    if ((await readText(tagFile)) === tag) return;
    const bytes = await this.#files.read(key);
    if (bytes === undefined) return;
    await makeDirectory(directory);
    await replaceFile(join(directory, activationRangesFileName), bytes);
    await writeFile(tagFile, tag);
  }

  async fetch(directory: string): Promise<void> {
    const record = join(directory, recordFileName);
    const now = new Date();
    await utimes(record, now, now).catch(() => undefined);
    if (!(await isAway(directory))) return;
    const fetching =
      this.#fetching.get(directory) ?? this.#fetch(directory).finally(() => this.#fetching.delete(directory));
    this.#fetching.set(directory, fetching);
    await fetching;
  }

  async #fetch(directory: string): Promise<void> {
    try {
      const path = join(directory, recordFileName);
      const record = parseRecord(await readFile(path, 'utf8'), path);
      await this.#copyFiles(record, directory, (name) => !isAlwaysHere(name));
      await rm(join(directory, awayMarker));
      await this.#makeRoom();
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  /** Removes weights that were not used for the longest time, until the others are as few as allowed. */
  async #makeRoom(): Promise<void> {
    const inUse = this.#inUse();
    const found: { directory: string; usedMs: number; names: string[]; bytes: number }[] = [];
    for (const { directory } of await this.#mirrored()) {
      if (await isAway(directory)) continue;
      const path = join(directory, recordFileName);
      const { files } = parseRecord(await readFile(path, 'utf8'), path);
      const weights = Object.entries(files).filter(([name]) => !isAlwaysHere(name));
      const bytes = weights.reduce((sum, [, file]) => sum + file.bytes, 0);
      found.push({ directory, usedMs: (await stat(path)).mtimeMs, names: weights.map(([name]) => name), bytes });
    }
    let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { directory, usedMs, names, bytes } of found.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#maxBytes) return;
      if (inUse.has(directory) || Date.now() - usedMs < restMs || bytes === 0) continue;
      // First the mark: whoever dies between them leaves a folder that is brought again.
      await writeFile(join(directory, awayMarker), '');
      for (const name of names) await rm(join(directory, name), { force: true });
      total -= bytes;
    }
  }

  async upload(directory: string): Promise<UploadedFiles> {
    const set = randomUUID();
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== manifestFileName)
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
      .sort();
    const send = ([index, name]: [number, string]): Promise<void> =>
      whileStorageAway(() => this.#files.putFile(fileKey(set, index), join(directory, name)));
    await pMap(names.entries(), send, { concurrency: transfers });
    return { set, files: await listFiles(directory, names), directory };
  }

  async versionNumbers(name: string): Promise<number[]> {
    const numbers: number[] = [];
    for await (const key of this.#files.keys(`versions/${name}/`)) numbers.push(Number(basename(key, '.json')));
    return numbers.filter(Number.isInteger);
  }

  async publishVersion(uploaded: UploadedFiles, manifest: Manifest): Promise<boolean> {
    const { name, version } = manifest;
    const directory = join(this.#root, name, String(version));
    return this.#publish({ key: versionKey(name, version), directory }, uploaded, manifest);
  }

  async #publish(place: Place, { set, files, directory }: UploadedFiles, manifest?: Manifest): Promise<boolean> {
    const record: StoredRecord = { format: 'taxon-stored-files/1', set, files, ...(manifest && { manifest }) };
    const text = `${JSON.stringify(record, null, 2)}\n`;
    return this.#exclusive(async () => {
      const isNew = await this.#files.create(place.key, Buffer.from(text));
      // Where the answer to a first attempt was lost, the record that is there is ours.
      if (!isNew && (await this.#files.read(place.key))?.toString('utf8') !== text) return false;
      await this.#place(place.directory, directory, text, manifest);
      return true;
    });
  }

  async replaceManifest(manifest: Manifest): Promise<void> {
    const key = versionKey(manifest.name, manifest.version);
    const bytes = await this.#files.read(key);
    if (bytes === undefined)
      throw new AppError('unknown_version', `classifier ${manifest.name} has no version ${manifest.version}`);
    const record = parseRecord(bytes.toString('utf8'), key);
    await this.#files.put(key, Buffer.from(`${JSON.stringify({ ...record, manifest }, null, 2)}\n`));
  }

  async removeVersion(name: string, version: number): Promise<boolean> {
    const key = versionKey(name, version);
    const set = await this.#setOf(key);
    if (set === undefined) return false;
    await this.#files.remove([key]);
    await this.#unused.removeSet(set);
    return true;
  }

  async removeClassifier(name: string): Promise<{ removeFiles(): Promise<void> }> {
    const keys: string[] = [];
    for await (const key of this.#files.keys(`versions/${name}/`)) keys.push(key);
    const sets = await pMap(keys, (key) => this.#setOf(key), { concurrency: transfers });
    await this.#files.remove(keys);
    return {
      removeFiles: async () => {
        for (const set of sets) if (set !== undefined) await this.#unused.removeSet(set);
      },
    };
  }

  /** The set that a record names; undefined when there is no record, or one that nobody can read. */
  async #setOf(key: string): Promise<string | undefined> {
    const bytes = await this.#files.read(key);
    if (bytes === undefined) return undefined;
    return recordSchema.pick({ set: true }).parse(parseModelJson(bytes.toString('utf8'), key)).set;
  }

  async holdBackbone(id: string): Promise<boolean> {
    // Before anything else: from here on it is not removed as unused.
    await this.#unused.unmark(id);
    if (!(await this.#files.has(backboneKey(id)))) return false;
    await this.sync();
    return true;
  }

  async publishBackbone(uploaded: UploadedFiles, id: string): Promise<void> {
    const place = { key: backboneKey(id), directory: keptDirectory(this.#root, id) };
    // Another server's equal copy is as good.
    if (!(await this.#publish(place, uploaded))) await this.sync();
  }

  async putRanges(ranges: ActivationRanges): Promise<void> {
    await this.#files.put(rangesKey(ranges.backboneId), Buffer.from(`${JSON.stringify(ranges, null, 2)}\n`));
  }

  async removeUnused(named: ReadonlySet<string>, inUse: ReadonlySet<string>): Promise<string[]> {
    await this.sync();
    const removed: string[] = [];
    for (const id of await this.#unused.findBackbones(new Set([...named, ...inUse]))) {
      const key = backboneKey(id);
      const bytes = await this.#files.read(key);
      if (bytes === undefined) continue;
      const set = await this.#setOf(key);
      await this.#files.remove([key]);
      // Whoever needed it meanwhile has taken the mark away first, and may have found it still there.
      if (!(await this.#unused.isMarked(id))) await this.#files.create(key, bytes);
      else {
        await this.#files.remove([rangesKey(id)]);
        await this.#unused.unmark(id);
        if (set !== undefined) await this.#unused.removeSet(set);
        removed.push(id);
      }
    }
    const records = (await this.#mirrored()).map(({ key }) => this.#setOf(key));
    await this.#unused.removeSets(new Set(await Promise.all(records)));
    return removed;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const parseRecord = (text: string, path: string): StoredRecord =>
  parseModel(recordSchema, parseModelJson(text, path), path);

const fileKey = (set: string, index: number): string => `sets/${set}/${index}`;

const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
