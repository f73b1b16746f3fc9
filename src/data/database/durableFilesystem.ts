// PGlite's file system over a directory, with the flushes that it lacks: PostgreSQL asks for them in the right order, so that
// its own guarantees hold: an acknowledged commit is on the disk, and so is every data file before the log that would restore
// it is discarded.
import { constants, fdatasyncSync, fsyncSync } from 'node:fs';
import { dirname } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { syncDirectorySync } from './flush.js';

/** The part of Emscripten's file system over Node's that is used here; its own types leave it out. */
interface Node {
  readonly mode: number;
}
interface Stream {
  readonly node: Node;
  readonly nfd: number;
}
interface NodeFilesystem {
  readonly node_ops: {
    mknod: (parent: Node, name: string, mode: number, device: number) => Node;
    rename: (node: Node, newParent: Node, newName: string) => void;
    unlink: (parent: Node, name: string) => void;
    rmdir: (parent: Node, name: string) => void;
  };
  readonly stream_ops: { fsync?: (stream: Stream) => number };
  /** The path on this machine. */
  realPath(node: Node): string;
  /** Turns an error of Node's into one that PostgreSQL understands. */
  tryFSOperation<T>(work: () => T): T;
}

type Init = NodeFS['init'];

export class DurableFilesystem extends NodeFS {
  override async init(...[pglite, options]: Parameters<Init>): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(pglite, options);
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module) => addFlushes((module as unknown as { NODEFS: NodeFilesystem }).NODEFS),
        ],
      },
    };
  }
}

/**
 * PostgreSQL counts on the file systems it knows, where flushing a new file flushes its name too. Here every flush of a file flushes
 * all directories that have changed, so that names are kept on any file system.
 */
function addFlushes(filesystem: NodeFilesystem): void {
  const { node_ops: nodes, stream_ops: streams } = filesystem;
  const { mknod, rename, unlink, rmdir } = nodes;
  const changed = new Set<string>();
  const note = (directory: Node): unknown => changed.add(filesystem.realPath(directory));

  nodes.mknod = (parent, name, mode, device) => {
    note(parent);
    return mknod(parent, name, mode, device);
  };
  nodes.rename = (node, newParent, newName) => {
    changed.add(dirname(filesystem.realPath(node)));
    note(newParent);
    rename(node, newParent, newName);
  };
  nodes.unlink = (parent, name) => {
    note(parent);
    unlink(parent, name);
  };
  nodes.rmdir = (parent, name) => {
    note(parent);
    rmdir(parent, name);
    changed.delete(`${filesystem.realPath(parent)}/${name}`);
  };
  streams.fsync = ({ node, nfd }) =>
    filesystem.tryFSOperation(() => {
      // fdatasync keeps the size too, and spares the journal the time of the last change.
      if ((node.mode & constants.S_IFMT) === constants.S_IFDIR) fsyncSync(nfd);
      else fdatasyncSync(nfd);
      for (const directory of changed) {
        syncDirectorySync(directory);
        changed.delete(directory);
      }
      return 0;
    });
}
