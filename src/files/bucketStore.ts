// A FileStore in an S3-compatible bucket, which several servers share. Loaded only where STORAGE names one.
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type GetObjectCommandOutput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BucketSettings } from './bucketAddress.js';
import { bucketError, isContended, isMissingKey, isTaken } from './bucketErrors.js';
import { checkedKey, type FileEntry, type FileStore } from './fileStore.js';

/** Without these a host that is cut off would keep a request waiting for minutes. */
const timeouts = { connectionTimeout: 2_000, requestTimeout: 20_000, throwOnRequestTimeout: true };
/** Of a call that got no answer, or one that asks to come back. */
const maxAttempts = 3;
const connections = 64;
/** A part of an upload: files up to this size go in one request. S3 allows 10,000 parts of 5 MiB or more. */
const partBytes = 16 * 2 ** 20;
/** As many as DeleteObjects takes. */
const mostRemoved = 1_000;
/** While another writes the same new file, whose end decides. */
const createAttempts = 5;

/** A client of one bucket, for all stores in it. Nothing is sent yet. */
export const connectBucket = ({ endpoint, region, pathStyle }: BucketSettings): S3Client =>
  new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    region: region ?? process.env['AWS_REGION'] ?? 'us-east-1',
    forcePathStyle: pathStyle,
    maxAttempts,
    requestHandler: {
      ...timeouts,
      httpAgent: { keepAlive: true, maxSockets: connections },
      httpsAgent: { keepAlive: true, maxSockets: connections },
    },
  });

type Body = NonNullable<GetObjectCommandOutput['Body']>;

export class BucketStore implements FileStore {
  readonly name: string;
  readonly isLocal = false;
  readonly #bucket: string;
  readonly #prefix: string;

  /** `folder` ends in a slash; keys are below it. */
  constructor(
    private readonly client: S3Client,
    { bucket, prefix }: BucketSettings,
    folder: string,
  ) {
    this.#bucket = bucket;
    this.#prefix = prefix + folder;
    this.name = `s3://${bucket}/${this.#prefix}`;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#call(() => this.client.send(new PutObjectCommand({ ...this.#at(key), Body: bytes })));
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#at(key), Body: bytes, IfNoneMatch: '*' });
    for (let attempt = 1; ; attempt++) {
      try {
        await this.client.send(command);
        return true;
      } catch (error) {
        if (isTaken(error)) return false;
        if (!isContended(error) || attempt === createAttempts) throw bucketError(this.name, error);
      }
    }
  }

  /** In parts where it is large, a few of which are sent at a time; what an upload that fails has sent is taken back. */
  async putFile(key: string, path: string): Promise<void> {
    const upload = new Upload({
      client: this.client,
      params: { ...this.#at(key), Body: createReadStream(path) },
      partSize: partBytes,
    });
    await this.#call(() => upload.done());
  }

  async read(key: string): Promise<Buffer | undefined> {
    return this.#get(key, async (body) => Buffer.from(await body.transformToByteArray()));
  }

  async copyTo(key: string, path: string): Promise<boolean> {
    const found = await this.#get(key, async (body) => {
      await pipeline(body as unknown as Readable, createWriteStream(path, { flags: 'wx' }));
      return true;
    });
    return found ?? false;
  }

  async open(key: string): Promise<Readable | undefined> {
    const bytes = await this.read(key);
    return bytes && Readable.from([bytes]);
  }

  async has(key: string): Promise<boolean> {
    const found = await this.#unlessMissing(() => this.client.send(new HeadObjectCommand(this.#at(key))));
    return found !== undefined;
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (let first = 0; first < keys.length; first += mostRemoved) {
      const Objects = keys.slice(first, first + mostRemoved).map((key) => ({ Key: this.#at(key).Key }));
      await this.#call(async () => {
        const { Errors: [refused] = [] } = await this.client.send(
          new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
        );
        if (refused) throw Object.assign(new Error(refused.Message), { name: refused.Code ?? 'DeleteFailed' });
      });
    }
  }

  async *list(folder: string): AsyncGenerator<FileEntry> {
    const Prefix = this.#prefix + folder;
    try {
      for await (const page of paginateListObjectsV2({ client: this.client }, { Bucket: this.#bucket, Prefix }))
        for (const { Key, Size, LastModified, ETag } of page.Contents ?? [])
          yield {
            key: Key!.slice(this.#prefix.length),
            bytes: Size ?? 0,
            modifiedMs: LastModified?.getTime() ?? 0,
            tag: ETag ?? '',
          };
    } catch (error) {
      throw bucketError(this.name, error);
    }
  }

  async *keys(folder: string): AsyncGenerator<string> {
    for await (const { key } of this.list(folder)) yield key;
  }

  markUsed(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing of a bucket lies here: see CachedStore. */
  localPath(key: string): string {
    return `${this.name}${checkedKey(key)}`;
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + checkedKey(key) };
  }

  #get<T>(key: string, take: (body: Body) => Promise<T>): Promise<T | undefined> {
    return this.#unlessMissing(async () => {
      const { Body } = await this.client.send(new GetObjectCommand(this.#at(key)));
      return take(Body!);
    });
  }

  async #unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissingKey(error)) return undefined;
      throw bucketError(this.name, error);
    }
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw bucketError(this.name, error);
    }
  }
}
