// The part of Python's pickle format in which torch.save writes tensors, read as plain data: no name in a file leads to code that runs.
// Opcodes: Python's Lib/pickletools.py; what PyTorch pickles: torch/serialization.py and torch/_utils.py.
import { invalidModel } from '../invalidModel.js';

/** Where a tensor's numbers are; strides and offset count values. */
export interface PickledTensor {
  readonly kind: 'tensor';
  readonly storage: PickledStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A file of the archive with numbers of one type, `FloatStorage` for instance. */
export interface PickledStorage {
  readonly kind: 'storage';
  readonly type: string;
  readonly key: string;
}

interface Global {
  readonly kind: 'global';
  readonly name: string;
}

/** Dictionaries become maps, lists and tuples become arrays. */
export type Pickled =
  null | boolean | number | string | Pickled[] | Map<Pickled, Pickled> | PickledTensor | PickledStorage | Global;

const mark = Symbol('mark');
type Stacked = Pickled | typeof mark;

const rebuildTensor = 'torch._utils _rebuild_tensor_v2';
const rebuildParameter = 'torch._utils _rebuild_parameter';
const orderedDictionary = 'collections OrderedDict';
const storageName = /^torch (\w+Storage)$/;
const allowed: ReadonlySet<string> = new Set([rebuildTensor, rebuildParameter, orderedDictionary]);

const isGlobal = (value: Stacked): value is Global =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
const isStorage = (value: Stacked | undefined): value is PickledStorage =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage';
export const isTensor = (value: Pickled | undefined): value is PickledTensor =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
const isCounts = (value: Stacked | undefined): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && Number(one) >= 0);

class Reader {
  readonly #bytes: Buffer;
  readonly #where: string;
  readonly #stack: Stacked[] = [];
  readonly #memo = new Map<number, Pickled>();
  #at = 0;

  constructor(bytes: Buffer, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** The object that the file describes. */
  read(): Pickled {
    for (;;) {
      const opcode = this.#take(1)[0]!;
      if (opcode === 0x2e) return this.#pop();
      this.#step(opcode);
    }
  }

  #fail(why: string): Error {
    return invalidModel(`${this.#where}: ${why}`);
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    if (taken.length < count) throw this.#fail('the file is cut off; download it again');
    this.#at += count;
    return taken;
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#fail('the file is cut off; download it again');
    const line = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return line;
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw this.#fail('it is no valid pickle');
    return value;
  }

  #popToMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw this.#fail('it is no valid pickle');
    const values = this.#stack.splice(at);
    return values.slice(1) as Pickled[];
  }

  #top<Kind>(is: (value: Stacked | undefined) => value is Kind & Stacked): Kind {
    const value = this.#stack.at(-1);
    if (!is(value)) throw this.#fail('it fills something other than lists and dictionaries');
    return value;
  }

  #setItems(items: readonly Pickled[]): void {
    const map = this.#top((value) => value instanceof Map);
    for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  }

  #append(items: readonly Pickled[]): void {
    const list = this.#top((value) => Array.isArray(value));
    for (const item of items) list.push(item);
  }

  #recall(key: number): Pickled {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.#fail('it is no valid pickle');
    return value;
  }

  #global(name: string): Global {
    if (allowed.has(name) || storageName.test(name)) return { kind: 'global', name };
    throw this.#fail(
      `it holds a ${name.replace(' ', '.')}, which would have to run code to be read; save the weights alone: torch.save(model.state_dict(), "weights.pt")`,
    );
  }

  /** Of the call `callable(*args)` what is known to come out. */
  #reduce(callable: Pickled, args: Pickled): Pickled {
    const name = isGlobal(callable) ? callable.name : '';
    if (Array.isArray(args)) {
      if (name === orderedDictionary && args.length === 0) return new Map();
      if (name === rebuildParameter && isTensor(args[0])) return args[0];
      const [storage, offset, shape, strides] = args;
      const counts = isCounts([offset ?? -1]) && isCounts(shape) && isCounts(strides);
      if (name === rebuildTensor && isStorage(storage) && counts && shape.length === strides.length)
        return { kind: 'tensor', storage, offset: Number(offset), shape, strides };
    }
    throw this.#fail('it calls what is no tensor and no dictionary');
  }

  /** ('storage', type, key, device, number of values) */
  #persistent(id: Pickled): PickledStorage {
    const [kind, type, key] = Array.isArray(id) ? id : [];
    const name = type !== undefined && isGlobal(type) ? storageName.exec(type.name)?.[1] : undefined;
    if (kind === 'storage' && name !== undefined && typeof key === 'string')
      return { kind: 'storage', type: name, key };
    throw this.#fail('it refers to something other than numbers');
  }

  /** A dictionary's attributes, such as the _metadata of a state dict, say nothing of its entries. */
  #build(): void {
    this.#pop();
    if (!(this.#stack.at(-1) instanceof Map)) throw this.#fail('it sets the attributes of an object');
  }

  #step(opcode: number): void {
    const push = (value: Stacked): void => void this.#stack.push(value);
    const take = (count: number): Buffer => this.#take(count);
    switch (String.fromCharCode(opcode)) {
      case '\x80': {
        const [version] = take(1);
        if (version! > 3) throw this.#fail(`it is of pickle protocol ${version}; save it with torch.save's own, 2`);
        return;
      }
      case '(': {
        push(mark);
        return;
      }
      case 'N': {
        push(null);
        return;
      }
      case '\x88': {
        push(true);
        return;
      }
      case '\x89': {
        push(false);
        return;
      }
      case 'K': {
        push(take(1)[0]!);
        return;
      }
      case 'M': {
        push(take(2).readUInt16LE());
        return;
      }
      case 'J': {
        push(take(4).readInt32LE());
        return;
      }
      case '\x8a': {
        push(integerOf(take(take(1)[0]!)));
        return;
      }
      case 'G': {
        push(take(8).readDoubleBE());
        return;
      }
      case 'X': {
        push(take(take(4).readUInt32LE()).toString('utf8'));
        return;
      }
      case '}': {
        push(new Map());
        return;
      }
      case ']':
      case ')': {
        push([]);
        return;
      }
      case 't': {
        push(this.#popToMark());
        return;
      }
      case '\x85': {
        push([this.#pop()]);
        return;
      }
      case '\x86': {
        push(this.#popped(2));
        return;
      }
      case '\x87': {
        push(this.#popped(3));
        return;
      }
      case 's': {
        this.#setItems(this.#popped(2));
        return;
      }
      case 'u': {
        this.#setItems(this.#popToMark());
        return;
      }
      case 'a': {
        this.#append([this.#pop()]);
        return;
      }
      case 'e': {
        this.#append(this.#popToMark());
        return;
      }
      case 'q':
        return void this.#memo.set(take(1)[0]!, this.#peek());
      case 'r':
        return void this.#memo.set(take(4).readUInt32LE(), this.#peek());
      case 'h': {
        push(this.#recall(take(1)[0]!));
        return;
      }
      case 'j': {
        push(this.#recall(take(4).readUInt32LE()));
        return;
      }
      case 'c': {
        push(this.#global(`${this.#line()} ${this.#line()}`));
        return;
      }
      case 'Q': {
        push(this.#persistent(this.#pop()));
        return;
      }
      case 'R': {
        const args = this.#pop();
        push(this.#reduce(this.#pop(), args));
        return;
      }
      case 'b': {
        this.#build();
        return;
      }
      default:
        throw this.#fail(`opcode 0x${opcode.toString(16)} is not one that torch.save writes for tensors`);
    }
  }

  #peek(): Pickled {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popped(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }
}

/** Two's complement, the least byte first; beyond 2⁵³ inexact. */
const integerOf = (bytes: Buffer): number =>
  bytes.length === 0
    ? 0
    : Number(BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)));

/** What a pickle of tensors and plain values holds; `where` begins messages. Throws AppError invalid_model for anything else in it. */
export const readPickle = (bytes: Buffer, where: string): Pickled => new Reader(bytes, where).read();
