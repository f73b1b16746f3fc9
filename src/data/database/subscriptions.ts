// Who listens on which channel, whatever connection carries it.

type OnPayload = (payload: string | undefined) => void;

export class Subscriptions {
  readonly #byChannel = new Map<string, Set<OnPayload>>();

  /** `first` is true when nobody listened on the channel before. `remove` gives true when nobody is left. */
  add(channel: string, onPayload: OnPayload): { first: boolean; remove: () => boolean } {
    const listeners = this.#byChannel.get(channel) ?? new Set();
    const first = listeners.size === 0;
    this.#byChannel.set(channel, listeners.add(onPayload));
    return { first, remove: () => this.#remove(channel, onPayload) };
  }

  channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  deliver(channel: string, payload: string): void {
    for (const onPayload of this.#byChannel.get(channel) ?? []) onPayload(payload);
  }

  /** Notifications may have been missed on every channel. */
  tellGap(): void {
    for (const listeners of this.#byChannel.values()) for (const onPayload of listeners) onPayload(undefined);
  }

  #remove(channel: string, onPayload: OnPayload): boolean {
    const listeners = this.#byChannel.get(channel);
    if (!listeners?.delete(onPayload)) return false;
    if (listeners.size > 0) return false;
    this.#byChannel.delete(channel);
    return true;
  }
}
