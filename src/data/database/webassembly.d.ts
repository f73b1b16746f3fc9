// The part of WebAssembly's types that is used here; TypeScript keeps them with the browser's globals, which Node lacks.
declare namespace WebAssembly {
  /** Compiled code; opaque, and shared with worker threads by structured clone. */
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
