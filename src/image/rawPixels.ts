// Pixels that a client sends in place of an image file.
/** An image that needs no decoding. */
export class RawPixels {
  /** `pixels`: uint8 RGB, [height, width, 3]. */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly pixels: Uint8Array,
  ) {}
}
