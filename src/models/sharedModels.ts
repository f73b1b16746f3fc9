// Classifiers that several servers share in a bucket: what the models directory of one of them asks of it. Where there is none, the
// directory itself is what they share.
import type { ActivationRanges } from '../quantization/activationRanges.js';
import type { Manifest } from './manifest.js';

/** Files that are in the bucket and belong to nothing yet; those that never do are removed a day later. */
export interface UploadedFiles {
  readonly set: string;
  readonly files: Manifest['files'];
  /** Where they came from: it becomes the mirrored folder. */
  readonly directory: string;
}

/**
 * The models directory mirrors the bucket: all manifests and other small files, the weights of what was asked for. All calls throw AppError
 * storage_unavailable while the bucket is away.
 */
export interface SharedModels {
  /** Whether something could not be brought here, so that `sync` must be called again. */
  readonly isBehind: boolean;
  /** Takes over what was published and removed since the last time. */
  sync(): Promise<void>;
  /** Brings the weights of a mirrored version or backbone; does nothing for a directory that is none. Throws AppError invalid_model when they are damaged. */
  fetch(directory: string): Promise<void>;
  /** Sends all files of a directory but its manifest; they may be large. */
  upload(directory: string): Promise<UploadedFiles>;
  /** Numbers of the versions of `name`, as the bucket has them now. */
  versionNumbers(name: string): Promise<number[]>;
  /** Makes the files a version, at once, and moves their directory to its place; false when there is one of that name and number. */
  publishVersion(uploaded: UploadedFiles, manifest: Manifest): Promise<boolean>;
  /** Replaces the manifest of a version. */
  replaceManifest(manifest: Manifest): Promise<void>;
  /** Removes a version at once, its files afterwards; false when there is none. */
  removeVersion(name: string, version: number): Promise<boolean>;
  /** Removes all versions of `name` in one request; their files go with `removeFiles`. */
  removeClassifier(name: string): Promise<{ removeFiles(): Promise<void> }>;
  /** Whether the bucket has the backbone, which is then mirrored and does not count as unused. */
  holdBackbone(id: string): Promise<boolean>;
  /** Makes the files a backbone; where there is one of that id it stays. */
  publishBackbone(uploaded: UploadedFiles, id: string): Promise<void>;
  /** Replaces the activation ranges of a backbone. */
  putRanges(ranges: ActivationRanges): Promise<void>;
  /** Removes backbones that have been neither named nor in use for a day, and files that belong to nothing; gives the ids of the backbones. */
  removeUnused(named: ReadonlySet<string>, inUse: ReadonlySet<string>): Promise<string[]>;
}
