// What a disk keeps when the power fails: what was flushed, and any part of the rest. Stricter than the file systems in use: a flush
// of a file does not keep its name, and changes of one directory or one file need not arrive in their order.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../../../src/training/random.js';
import type { Entry } from './log.js';

/** A disk writes this much at once, or nothing of it. */
const sectorBytes = 512;

type FileChange = { readonly position: number; readonly data: Uint8Array } | { readonly size: number };

/** Chooses which part of what was not flushed arrives: none of a file's changes, all, or each by itself. */
type Survival = () => 'none' | 'all' | 'some';

class FileNode {
  /** Bytes past `size` are zero. */
  #flushed: Buffer;
  #size: number;
  #changes: FileChange[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#flushed = content;
    this.#size = content.length;
  }

  change(change: FileChange): void {
    this.#changes.push(change);
  }

  flush(): void {
    for (const change of this.#changes) this.#apply(change);
    this.#changes = [];
  }

  /** The content as the process sees it. */
  current(): Buffer {
    return this.#copyWith(this.#changes);
  }

  survivor(random: Random, survival: Survival): Buffer {
    const fate = survival();
    if (fate === 'all') return this.current();
    if (fate === 'none') return this.#copyWith([]);
    return this.#copyWith(this.#changes.flatMap((change) => (random.next() < 0.5 ? torn(change, random) : [])));
  }

  #copyWith(changes: readonly FileChange[]): Buffer {
    const copy = new FileNode(Buffer.from(this.#flushed.subarray(0, this.#size)));
    for (const change of changes) copy.#apply(change);
    return copy.#flushed.subarray(0, copy.#size);
  }

  #apply(change: FileChange): void {
    const end = 'size' in change ? change.size : change.position + change.data.length;
    if (end > this.#flushed.length) {
      const larger = Buffer.alloc(Math.max(end, this.#flushed.length * 2));
      this.#flushed.copy(larger);
      this.#flushed = larger;
    }
    if ('data' in change) this.#flushed.set(change.data, change.position);
    else this.#flushed.fill(0, change.size);
    this.#size = 'size' in change ? change.size : Math.max(this.#size, end);
  }
}

/** A change whole, or sector by sector. */
function torn(change: FileChange, random: Random): FileChange[] {
  if ('size' in change || random.next() < 0.5) return [change];
  const sectors: FileChange[] = [];
  for (let at = 0; at < change.data.length;) {
    const length = sectorBytes - ((change.position + at) % sectorBytes);
    if (random.next() < 0.5)
      sectors.push({ position: change.position + at, data: change.data.subarray(at, at + length) });
    at += length;
  }
  return sectors;
}

type Node = FileNode | DirectoryNode;
/** Names that change together; undefined for one that is removed. */
type NameChange = ReadonlyMap<string, Node | undefined>;

class DirectoryNode {
  #flushed = new Map<string, Node>();
  #changes: NameChange[] = [];
  readonly current = new Map<string, Node>();

  change(names: NameChange): void {
    this.#changes.push(names);
    assign(this.current, names);
  }

  flush(): void {
    this.#flushed = new Map(this.current);
    this.#changes = [];
  }

  survivors(random: Random, survival: Survival): Map<string, Node> {
    const fate = survival();
    const names = new Map(this.#flushed);
    for (const change of this.#changes)
      if (fate === 'all' || (fate === 'some' && random.next() < 0.5)) assign(names, change);
    return names;
  }
}

function assign(names: Map<string, Node>, change: NameChange): void {
  for (const [name, node] of change) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

export class Disk {
  readonly #root: string;
  readonly #top = new DirectoryNode();
  readonly #open = new Map<number, Node>();

  /** The disk of `root`, with all that is there now flushed. */
  constructor(root: string) {
    this.#root = root;
    load(root, this.#top);
  }

  apply({ change, data = new Uint8Array() }: Entry): void {
    switch (change.kind) {
      case 'open': {
        const node = this.#find(change.path) ?? this.#add(change.path, new FileNode());
        if (change.truncate && node instanceof FileNode) node.change({ size: 0 });
        if (change.fd >= 0) this.#open.set(change.fd, node);
        return;
      }
      case 'close':
        this.#open.delete(change.fd);
        return;
      case 'write':
        (this.#open.get(change.fd) as FileNode).change({ position: change.position, data });
        return;
      case 'truncate':
        (this.#open.get(change.fd) as FileNode).change({ size: change.size });
        return;
      case 'truncatePath':
        (this.#find(change.path) as FileNode).change({ size: change.size });
        return;
      case 'flush':
        this.#open.get(change.fd)!.flush();
        return;
      case 'mkdir':
        this.#add(change.path, new DirectoryNode());
        return;
      case 'remove':
        if (this.#find(change.path)) this.#parent(change.path).change(new Map([[basename(change.path), undefined]]));
        return;
      case 'rename':
        this.#rename(change.path, change.to);
        return;
      case 'begun':
      case 'acknowledged':
    }
  }

  /** Writes to `directory` what could be found there if the power failed now. */
  cut(directory: string, random: Random): void {
    const share = random.next();
    const survival: Survival = () => (random.next() < share ? 'some' : random.next() < share ? 'all' : 'none');
    save(this.#top, directory, (node) =>
      node instanceof FileNode ? node.survivor(random, survival) : node.survivors(random, survival),
    );
  }

  /** Every file as the process sees it, by its path under the root: equal to what is there, or the record is not complete. */
  files(): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const walk = (directory: DirectoryNode, path: string): void => {
      for (const [name, node] of directory.current) {
        if (node instanceof FileNode) files.set(join(path, name), node.current());
        else walk(node, join(path, name));
      }
    };
    walk(this.#top, '');
    return files;
  }

  #rename(from: string, to: string): void {
    const node = this.#find(from)!;
    if (dirname(from) !== dirname(to))
      throw new Error(`a rename from one directory to another is not modelled: ${from}`);
    this.#parent(from).change(
      new Map([
        [basename(from), undefined],
        [basename(to), node],
      ]),
    );
  }

  #add(path: string, node: Node): Node {
    this.#parent(path).change(new Map([[basename(path), node]]));
    return node;
  }

  #parent(path: string): DirectoryNode {
    return this.#find(dirname(path)) as DirectoryNode;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#top;
    for (const name of path.slice(this.#root.length).split('/').filter(Boolean))
      node = node instanceof DirectoryNode ? node.current.get(name) : undefined;
    return node;
  }
}

function load(path: string, into: DirectoryNode): void {
  const names = readdirSync(path, { withFileTypes: true }).map((entry): [string, Node] => {
    const entryPath = join(path, entry.name);
    if (!entry.isDirectory()) return [entry.name, new FileNode(readFileSync(entryPath))];
    const directory = new DirectoryNode();
    load(entryPath, directory);
    return [entry.name, directory];
  });
  into.change(new Map(names));
  into.flush();
}

type Kept = (node: Node) => Buffer | Map<string, Node>;

function save(node: Node, path: string, kept: Kept): void {
  const content = kept(node);
  if (Buffer.isBuffer(content)) {
    writeFileSync(path, content);
    return;
  }
  mkdirSync(path, { recursive: true });
  for (const [name, child] of content) save(child, join(path, name), kept);
}
