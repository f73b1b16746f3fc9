// The memory that a batch travels to the engine in: shared with its thread and used again for the next one. A new buffer for each
// batch would be cleared first, and a megabyte of garbage has the collector stop the event loop.

export class BatchMemory {
  #memory = new SharedArrayBuffer(0);

  /** The images one after another, all of one size. The bytes are there until the next call. */
  fill(images: readonly Uint8Array[]): Uint8Array {
    const size = images[0]?.length ?? 0;
    const total = size * images.length;
    if (this.#memory.byteLength < total) this.#memory = new SharedArrayBuffer(total);
    const batch = new Uint8Array(this.#memory, 0, total);
    images.forEach((pixels, index) => batch.set(pixels, index * size));
    return batch;
  }
}
