// Heads in ONNX Runtime on the processor: of every engine whose backbones run where a transfer takes longer than a few dense layers.
import { compileHead } from '../formats/onnx/compiler/compile.js';
import type { EmbeddingBatch, HeadArtifact } from './engine.js';
import { findLoaded } from './loaded.js';
import { InferenceSession, Tensor } from './onnxRuntime.js';

export class OnnxHeads {
  readonly #sessions = new Map<string, InferenceSession>();

  /** Idempotent. Throws AppError invalid_model when the head takes no embeddings of this size. */
  async load({ id, model }: HeadArtifact, embeddingSize: number): Promise<void> {
    if (this.#sessions.has(id)) return;
    const session = await InferenceSession.create(compileHead(model, embeddingSize).bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
    });
    this.#sessions.set(id, session);
  }

  async unload(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    await session?.release();
  }

  /** By head id: logits, [count, classes] in row-major order. Throws Error when a head is not loaded. */
  async apply({ embeddings, count, headIds }: EmbeddingBatch): Promise<Map<string, Float32Array>> {
    const heads = headIds.map((id) => [id, findLoaded(this.#sessions, id, 'head')] as const);
    const input = new Tensor('float32', embeddings, [count, embeddings.length / count]);
    const logits = new Map<string, Float32Array>();
    for (const [id, session] of heads) {
      const outputs = await session.run({ [session.inputNames[0]!]: input });
      logits.set(id, outputs[session.outputNames[0]!]!.data as Float32Array);
    }
    return logits;
  }

  async close(): Promise<void> {
    for (const id of [...this.#sessions.keys()]) await this.unload(id);
  }
}
