// Finds the nearest of many 512-bit hashes without comparing them all: multi-index hashing, and exact.
// After M. Norouzi, A. Punjani, D. J. Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014.

/** Bits of a hash (see differenceHash). */
const hashBits = 512;
const wordsPerHash = hashBits / 32;
const none = -1;

/** A hash that was added, as `nearest` finds it. */
export interface Neighbour {
  /** The lowest id that was added with this hash. */
  readonly id: number;
  /** Bits that differ from the hash that was asked for. */
  readonly distance: number;
  /** Place in the index. */
  readonly entry: number;
}

/**
 * The bits are dealt out to radius/2 + 1 bands. Two hashes at most `radius` bits apart differ by at most one bit in at
 * least one band (else they would differ by 2 × (radius/2 + 1) > radius), so looking up a hash's bands, and each with one
 * bit turned, meets every hash within the radius: nothing is missed, whatever the hashes are. What is met is compared in
 * full. Hashes unlike one another meet few others, however many there are; where most hashes of a data set are nearly
 * within the radius of one another (frames of one film), most are met, and a search costs what comparing all would.
 *
 * Equal hashes are kept once. About 350 bytes a hash.
 */
export class HashIndex {
  readonly #radius: number;
  readonly #bands: readonly Band[];
  readonly #whole: Band;
  #words = new Uint32Array(0);
  /** Number of the last search that met the entry: each is compared once a search. */
  #metBy = new Uint32Array(0);
  readonly #firstIds: (number | undefined)[] = [];
  readonly #laterIds = new Map<number, number[]>();
  #searches = 0;
  #comparisons = 0;

  /** `radius` is even: the largest distance, in bits, at which `nearest` finds a hash. */
  constructor(radius: number) {
    this.#radius = radius;
    this.#bands = Array.from({ length: radius / 2 + 1 }, (_, band) => new Band(bitsOfBand(band, radius / 2 + 1)));
    this.#whole = new Band(0);
  }

  /** Number of different hashes. */
  get size(): number {
    return this.#firstIds.length;
  }

  /** Hashes that were compared in full by all searches so far: what searching costs. */
  get comparisons(): number {
    return this.#comparisons;
  }

  /** Takes in `bits`, 512 characters of 0 and 1. Ids must come in ascending order. */
  add(id: number, bits: string): void {
    const words = wordsOf(bits);
    const same = this.#findEqual(words);
    if (same === none) this.#append(id, words, bits);
    else if (this.#firstIds[same] === undefined) this.#firstIds[same] = id;
    else if (this.#laterIds.has(same)) this.#laterIds.get(same)!.push(id);
    else this.#laterIds.set(same, [id]);
  }

  /** The hash with the fewest different bits, at most `radius`, and among equally near ones the lowest id. */
  nearest(bits: string): Neighbour | undefined {
    const words = wordsOf(bits);
    const same = this.#findEqual(words);
    const id = this.#firstIds[same];
    if (id !== undefined) return { id, distance: 0, entry: same };
    this.#searches += 1;
    let best: Neighbour | undefined;
    const meet = (entry: number): void => {
      best = this.#better(entry, words, best);
    };
    for (const [number, key] of keysOf(bits, this.#bands.length).entries()) {
      const band = this.#bands[number]!;
      band.visit(key, meet);
      for (let bit = 0; bit < band.bits; bit++) band.visit(key ^ (1 << bit), meet);
    }
    return best;
  }

  /** Takes the id of `neighbour` out again; other ids with the same hash stay. */
  remove({ id, entry }: Neighbour): void {
    if (this.#firstIds[entry] !== id) return;
    this.#firstIds[entry] = this.#laterIds.get(entry)?.shift();
  }

  #better(entry: number, words: Uint32Array, best: Neighbour | undefined): Neighbour | undefined {
    const id = this.#firstIds[entry];
    if (this.#metBy[entry] === this.#searches || id === undefined) return best;
    this.#metBy[entry] = this.#searches;
    this.#comparisons += 1;
    const distance = this.#distance(entry, words, best?.distance ?? this.#radius);
    if (distance === undefined || (best && distance === best.distance && id > best.id)) return best;
    return { id, distance, entry };
  }

  /** Undefined when it is more than `limit`. */
  #distance(entry: number, words: Uint32Array, limit: number): number | undefined {
    const start = entry * wordsPerHash;
    let distance = 0;
    for (let word = 0; word < wordsPerHash; word++) {
      distance += countBits(this.#words[start + word]! ^ words[word]!);
      if (distance > limit) return undefined;
    }
    return distance;
  }

  #findEqual(words: Uint32Array): number {
    let found = none;
    this.#whole.visit(digest(words), (entry) => {
      if (this.#distance(entry, words, 0) === 0) found = entry;
    });
    return found;
  }

  #append(id: number, words: Uint32Array, bits: string): void {
    const entry = this.#firstIds.length;
    if (entry >= this.#metBy.length) this.#grow(Math.max(1024, entry * 2));
    this.#words.set(words, entry * wordsPerHash);
    this.#firstIds.push(id);
    for (const [band, key] of keysOf(bits, this.#bands.length).entries()) this.#bands[band]!.append(key);
    this.#whole.append(digest(words));
  }

  #grow(capacity: number): void {
    this.#words = enlarged(this.#words, capacity * wordsPerHash);
    this.#metBy = enlarged(this.#metBy, capacity);
  }
}

function enlarged(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}

/** Which entries have a key: a hash table with chains, in typed arrays. Entries are numbered as they are appended. */
class Band {
  #keys = new Int32Array(1024);
  #next = new Int32Array(1024);
  #heads = new Int32Array(1024).fill(none);
  #size = 0;

  /** `bits` is the length of its keys, at most 31. */
  constructor(readonly bits: number) {}

  append(key: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    this.#keys[this.#size] = key;
    this.#link(this.#size++);
  }

  visit(key: number, meet: (entry: number) => void): void {
    for (let entry = this.#heads[this.#slot(key)]!; entry !== none; entry = this.#next[entry]!)
      if (this.#keys[entry] === key) meet(entry);
  }

  #link(entry: number): void {
    const slot = this.#slot(this.#keys[entry]!);
    this.#next[entry] = this.#heads[slot]!;
    this.#heads[slot] = entry;
  }

  #slot(key: number): number {
    return mix(key) & (this.#heads.length - 1);
  }

  #grow(): void {
    const capacity = this.#keys.length * 2;
    const keys = new Int32Array(capacity);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#next = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity).fill(none);
    for (let entry = 0; entry < this.#size; entry++) this.#link(entry);
  }
}

/** Neighbouring bits of a hash are of neighbouring pixels and much alike: they are dealt out in turn, so that a band sees all of the image. */
function keysOf(bits: string, bands: number): Int32Array {
  const keys = new Int32Array(bands);
  for (let i = 0; i < hashBits; i++) {
    const band = i % bands;
    keys[band] = (keys[band]! << 1) | (bits.charCodeAt(i) & 1);
  }
  return keys;
}

const bitsOfBand = (band: number, bands: number): number => Math.ceil((hashBits - band) / bands);

function wordsOf(bits: string): Uint32Array {
  const words = new Uint32Array(wordsPerHash);
  for (let i = 0; i < hashBits; i++) words[i >> 5] = (words[i >> 5]! << 1) | (bits.charCodeAt(i) & 1);
  return words;
}

/** The last step of MurmurHash3 (A. Appleby, 2008): every bit of the key reaches every bit of the result. */
function mix(key: number): number {
  let mixed = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const digest = (words: Uint32Array): number => words.reduce((sum, word) => mix(sum ^ word) | 0, 0);

/** Ones among 32 bits, after H. S. Warren, "Hacker's Delight", 2nd edition, figure 5-2. */
function countBits(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
