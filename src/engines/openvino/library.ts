// OpenVINO's C interface, as much of it as inference needs: models compiled, run and freed. Blocks the calling thread.
// Element types, whose numbers change between versions, are never named: values are copied into the tensors that a model brings.
import koffi from 'koffi';
import { AppError } from '../../errors.js';

type TypeSpec = Parameters<typeof koffi.array>[0];
type Pointer = object | bigint;
/** An address that a call writes, for koffi. */
type Out<T> = [T | null];
type Call = (...args: readonly unknown[]) => number;

export type Properties = Readonly<Record<string, string>>;

/** Names of OpenVINO's devices, such as CPU or GPU.0. */
export type OpenvinoDevice = string;

interface Calls {
  readonly version: Call;
  readonly createCore: Call;
  readonly freeCore: (core: Pointer) => void;
  readonly getProperty: Call;
  readonly getDevices: Call;
  readonly freeDevices: (devices: unknown) => void;
  readonly compileFile: Call;
  readonly readBytes: Call;
  readonly freeModel: (model: Pointer) => void;
  readonly compileModel: Call;
  readonly freeCompiled: (compiled: Pointer) => void;
  readonly createRequest: Call;
  readonly freeRequest: (request: Pointer) => void;
  readonly inputOf: Call;
  readonly outputOf: Call;
  readonly setShape: Call;
  readonly dataOf: Call;
  readonly bytesOf: Call;
  readonly freeTensor: (tensor: Pointer) => void;
  readonly infer: Call;
  readonly freeText: (text: unknown) => void;
  readonly lastError: () => string;
}

function declare(file: string): Calls {
  const library = koffi.load(file);
  const version = koffi.struct({ build: 'const char*', description: 'const char*' });
  const shape = koffi.struct({ rank: 'int64_t', dims: 'int64_t*' });
  const devices = koffi.struct({ names: 'char**', size: 'size_t' });
  const [anything, text] = ['void*', 'const char*'];
  const out = (type: TypeSpec) => koffi.out(koffi.pointer(type));
  const status = (name: string, ...args: readonly TypeSpec[]): Call => library.func(name, 'int', [...args]) as Call;
  const free = (name: string) => library.func(name, 'void', [anything]) as (pointer: unknown) => void;
  return {
    version: status('ov_get_openvino_version', out(version)),
    createCore: status('ov_core_create', out(anything)),
    freeCore: free('ov_core_free'),
    getProperty: status('ov_core_get_property', anything, text, text, out(anything)),
    getDevices: status('ov_core_get_available_devices', anything, out(devices)),
    freeDevices: library.func('ov_available_devices_free', 'void', [koffi.pointer(devices)]) as Calls['freeDevices'],
    compileFile: status('ov_core_compile_model_from_file', anything, text, text, 'size_t', out(anything), '...'),
    readBytes: status('ov_core_read_model_from_memory_buffer', anything, anything, 'size_t', anything, out(anything)),
    freeModel: free('ov_model_free'),
    compileModel: status('ov_core_compile_model', anything, anything, text, 'size_t', out(anything), '...'),
    freeCompiled: free('ov_compiled_model_free'),
    createRequest: status('ov_compiled_model_create_infer_request', anything, out(anything)),
    freeRequest: free('ov_infer_request_free'),
    inputOf: status('ov_infer_request_get_input_tensor', anything, out(anything)),
    outputOf: status('ov_infer_request_get_output_tensor', anything, out(anything)),
    setShape: status('ov_tensor_set_shape', anything, shape),
    dataOf: status('ov_tensor_data', anything, out(anything)),
    bytesOf: status('ov_tensor_get_byte_size', anything, out('size_t')),
    freeTensor: free('ov_tensor_free'),
    infer: status('ov_infer_request_infer', anything),
    freeText: free('ov_free'),
    lastError: library.func('ov_get_last_err_msg', 'str', []) as Calls['lastError'],
  };
}

/** The library and one core of it: the plugins that were asked for. */
export class Openvino {
  readonly #calls: Calls;
  readonly #core: Pointer;
  #closed = false;
  /** Such as 2026.4.1. */
  readonly version: string;

  /** Loads the library at `file`. Throws AppError engine_unavailable when it, or what it needs, cannot be loaded. */
  constructor(file: string) {
    try {
      this.#calls = declare(file);
      const version: Out<{ build: string }> = [null];
      this.#check(this.#calls.version(version));
      this.version = /^\d+(\.\d+)*/.exec(version[0]!.build)?.[0] ?? version[0]!.build;
      this.#core = this.#give(this.#calls.createCore);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('engine_unavailable', `OpenVINO cannot be loaded from ${file}: ${reason}`, { cause });
    }
  }

  /** Throws Error when the device or the property is not there. */
  property(device: OpenvinoDevice, name: string): string {
    const text: Out<Pointer> = [null];
    this.#check(this.#calls.getProperty(this.#core, device, name, text));
    try {
      return koffi.decode(text[0], 'char', -1) as string;
    } finally {
      this.#calls.freeText(text[0]);
    }
  }

  /** Those whose plugin and driver are here. */
  devices(): OpenvinoDevice[] {
    const found: Out<{ names: unknown; size: number }> = [null];
    this.#check(this.#calls.getDevices(this.#core, found));
    const { names, size } = found[0]!;
    const devices = koffi.decode(names, 'char*', size) as string[];
    this.#calls.freeDevices(found[0]);
    return devices;
  }

  /** Compiles a model file for a device. Throws Error with the library's reason. */
  compileFile(file: string, device: OpenvinoDevice, properties: Properties): CompiledModel {
    const flat = flatten(properties);
    return this.#compiled((out) => this.#calls.compileFile(this.#core, file, device, flat.count, out, ...flat.args));
  }

  /** Compiles an ONNX model that lies in memory. Throws Error with the library's reason. */
  compileBytes(bytes: Uint8Array, device: OpenvinoDevice, properties: Properties): CompiledModel {
    const flat = flatten(properties);
    const model = this.#give((out) => this.#calls.readBytes(this.#core, bytes, bytes.length, null, out));
    try {
      return this.#compiled((out) =>
        this.#calls.compileModel(this.#core, model, device, flat.count, out, ...flat.args),
      );
    } finally {
      this.#calls.freeModel(model);
    }
  }

  /** Idempotent. Frees the core; every model must be closed before. The library itself stays in the process. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.freeCore(this.#core);
  }

  #compiled(compile: (out: Out<Pointer>) => number): CompiledModel {
    const compiled = this.#give(compile);
    const calls = this.#calls;
    const request = this.#requestOf(compiled);
    const check = (status: number): void => this.#check(status);
    const tensor = <T>(get: Call, use: (tensor: Pointer) => T): T => {
      const found = this.#give((out) => get(request, out));
      try {
        return use(found);
      } finally {
        calls.freeTensor(found);
      }
    };
    return {
      run: (input, shape) => {
        tensor(calls.inputOf, (values) => {
          check(calls.setShape(values, { rank: shape.length, dims: shape }));
          this.#memoryOf(values).set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
        });
        check(calls.infer(request));
        return tensor(calls.outputOf, (values) => {
          // Copied: the memory is written again by the next run.
          const bytes = this.#memoryOf(values).slice();
          return new Float32Array(bytes.buffer);
        });
      },
      close: () => {
        calls.freeRequest(request);
        calls.freeCompiled(compiled);
      },
    };
  }

  #requestOf(compiled: Pointer): Pointer {
    try {
      return this.#give((out) => this.#calls.createRequest(compiled, out));
    } catch (error) {
      this.#calls.freeCompiled(compiled);
      throw error;
    }
  }

  /** The tensor's own memory. */
  #memoryOf(tensor: Pointer): Uint8Array {
    const size: Out<number | bigint> = [null];
    this.#check(this.#calls.bytesOf(tensor, size));
    const data = this.#give((out) => this.#calls.dataOf(tensor, out));
    return new Uint8Array(koffi.view(data, Number(size[0])));
  }

  /** The address that a call writes. */
  #give(call: (out: Out<Pointer>) => number): Pointer {
    const out: Out<Pointer> = [null];
    this.#check(call(out));
    return out[0]!;
  }

  #check(status: number): void {
    if (status !== 0) throw new Error(withoutPlaces(this.#calls.lastError()) || `OpenVINO gave status ${status}`);
  }
}

/** The message in one line, without the lines that say where in OpenVINO's sources it was thrown. */
const withoutPlaces = (message: string): string =>
  message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Exception from .*:\d+:?$/.test(line))
    .join(' ');

export interface CompiledModel {
  /** One inference: `input` in row-major order and of the model's own element type, `shape` its dimensions. Gives the output's values. */
  run(input: Uint8Array | Float32Array, shape: readonly number[]): Float32Array;
  /** Frees it; it must not be used afterwards. */
  close(): void;
}

/** As variadic arguments: names and values in turn. */
function flatten(properties: Properties): { count: number; args: unknown[] } {
  const texts = Object.entries(properties).flat();
  return { count: texts.length, args: texts.flatMap((text) => ['const char*', text]) };
}
