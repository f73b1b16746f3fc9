// Runs in a worker thread: HEIC bytes → an upright TIFF, by libheif as WebAssembly. Each image gets an instance of its own,
// so what a hostile file does to the instance's memory ends with it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { MainModule } from 'libheif-js/libheif-wasm/libheif.js';
import { shrinkRows } from './shrink.js';
import { createTiff } from './tiff.js';

export interface HeifTask {
  readonly bytes: Uint8Array;
  readonly maxPixels: number;
  /** The image may come back smaller by a whole factor as long as its short side keeps this many pixels. */
  readonly shortSide: number;
}

export interface HeifImage {
  readonly kind: 'decoded';
  /** Before any shrinking. */
  readonly width: number;
  readonly height: number;
  readonly tiff: Uint8Array;
}

export interface HeifFailure {
  readonly kind: 'too-large' | 'unsupported' | 'damaged';
  readonly reason: string;
}

export type HeifResult = HeifImage | HeifFailure;

const colourRgb = 1; // heif_colorspace_RGB
const interleaved = 10; // heif_channel_interleaved
const chromaRgb = 10; // heif_chroma_interleaved_RGB
const chromaRgba = 11; // heif_chroma_interleaved_RGBA
const unsupported = [3, 4, 11]; // heif_error_Unsupported_filetype, heif_error_Unsupported_feature, heif_error_Plugin_loading_error
const limitExceeded = 1000; // heif_suberror_Security_limit_exceeded

class HeifError extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly subcode: number,
  ) {
    super(message);
  }
}

interface LibheifOptions {
  readonly wasmBinary: Uint8Array;
  /** Where libheif complains of the file, line by line. */
  readonly printErr: (line: string) => void;
}

// The package's types describe an ES module, its code is CommonJS.
const require = createRequire(import.meta.url);
const createLibheif = require('libheif-js/libheif-wasm/libheif.js') as (options: LibheifOptions) => MainModule;
/** Compiling again costs 10 ms: V8 keeps the code by its bytes. */
const wasmBinary = readFileSync(require.resolve('libheif-js/libheif-wasm/libheif.wasm'));

/** libheif's C functions, with its memory and its errors made plain. */
class Libheif {
  readonly #heif: MainModule;
  readonly #errorAt: number;
  readonly #outAt: number;

  constructor(heif: MainModule) {
    this.#heif = heif;
    this.#errorAt = heif._malloc(12);
    this.#outAt = heif._malloc(8);
  }

  get #bytes(): Uint8Array {
    return this.#heif.HEAPU8 as Uint8Array;
  }

  #read32(at: number): number {
    return (this.#heif.HEAPU32 as Uint32Array)[at >> 2]!;
  }

  #textAt(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    return new TextDecoder().decode(this.#bytes.slice(at, end));
  }

  /** struct heif_error: code, subcode, message. */
  #check(): void {
    const code = this.#read32(this.#errorAt);
    if (code !== 0)
      throw new HeifError(this.#textAt(this.#read32(this.#errorAt + 8)), code, this.#read32(this.#errorAt + 4));
  }

  /** Parses `file` and gives the handle of its primary image; nothing is decoded yet. */
  openPrimary(file: Uint8Array, maxPixels: number): number {
    const heif = this.#heif;
    const context = heif._heif_context_alloc();
    this.#limitPixels(context, maxPixels);
    const at = heif._malloc(file.length);
    this.#bytes.set(file, at);
    heif._heif_context_read_from_memory_without_copy(this.#errorAt, context, at, file.length, 0);
    this.#check();
    heif._heif_context_get_primary_image_handle(this.#errorAt, context, this.#outAt);
    this.#check();
    return this.#read32(this.#outAt);
  }

  /** struct heif_security_limits begins with a version byte and, at 8, the 64-bit max_image_size_pixels. */
  #limitPixels(context: number, maxPixels: number): void {
    const at = this.#heif._heif_context_get_security_limits(context);
    new DataView(this.#bytes.buffer).setBigUint64(at + 8, BigInt(maxPixels), true);
  }

  /** Size as a viewer shows it: libheif applies the file's rotation, mirroring and cropping. */
  sizeOf(handle: number): { width: number; height: number } {
    const heif = this.#heif;
    return { width: heif._heif_image_handle_get_width(handle), height: heif._heif_image_handle_get_height(handle) };
  }

  hasAlpha(handle: number): boolean {
    return this.#heif._heif_image_handle_has_alpha_channel(handle) !== 0;
  }

  profileOf(handle: number): Uint8Array {
    const size = this.#heif._heif_image_handle_get_raw_color_profile_size(handle);
    if (size === 0) return new Uint8Array();
    const at = this.#heif._malloc(size);
    this.#heif._heif_image_handle_get_raw_color_profile(this.#errorAt, handle, at);
    this.#check();
    return this.#bytes.slice(at, at + size);
  }

  /** The decoded rows, in libheif's own memory. */
  decode(handle: number, alpha: boolean): { rows: Uint8Array; stride: number } {
    const heif = this.#heif;
    heif._heif_decode_image(this.#errorAt, handle, this.#outAt, colourRgb, alpha ? chromaRgba : chromaRgb, 0);
    this.#check();
    const plane = heif._heif_image_get_plane_readonly2(this.#read32(this.#outAt), interleaved, this.#outAt);
    if (plane === 0) throw new Error('it has no colour planes');
    return { rows: this.#bytes.subarray(plane), stride: this.#read32(this.#outAt) };
  }
}

const decodeHeif = ({ bytes, maxPixels, shortSide }: HeifTask): HeifResult => {
  const heif = new Libheif(createLibheif({ wasmBinary, printErr: () => undefined }));
  const handle = heif.openPrimary(bytes, maxPixels);
  const { width, height } = heif.sizeOf(handle);
  if (width * height > maxPixels) return { kind: 'too-large', reason: `${width} × ${height}` };
  const alpha = heif.hasAlpha(handle);
  const channels = alpha ? 4 : 3;
  const factor = Math.max(1, Math.floor(Math.min(width, height) / shortSide));
  const small = { width: Math.floor(width / factor), height: Math.floor(height / factor), channels } as const;
  const { file, pixels } = createTiff({ ...small, profile: heif.profileOf(handle) });
  const { rows, stride } = heif.decode(handle, alpha);
  const start = Math.floor((height % factor) / 2) * stride + Math.floor((width % factor) / 2) * channels;
  shrinkRows({ rows: rows.subarray(start), stride, factor }, small, pixels);
  return { kind: 'decoded', width, height, tiff: file };
};

const kindOf = (error: HeifError): HeifFailure['kind'] => {
  if (error.subcode === limitExceeded) return 'too-large';
  return unsupported.includes(error.code) ? 'unsupported' : 'damaged';
};

const asFailure = (error: unknown): HeifFailure => ({
  kind: error instanceof HeifError ? kindOf(error) : 'damaged',
  reason: error instanceof Error ? error.message : String(error),
});

/** Sends the TIFF without copying it. */
const moved = (image: HeifImage): unknown => move({ [transferableSymbol]: image.tiff.buffer, [valueSymbol]: image });

/** The thread's task: never rejects for the file's sake. */
export default (task: HeifTask): unknown => {
  try {
    const result = decodeHeif(task);
    return result.kind === 'decoded' ? moved(result) : result;
  } catch (error) {
    return asFailure(error);
  }
};
