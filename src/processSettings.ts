// What `npm start`, `taxon` and the Docker image start the server's process with. glibc's allocator and V8 read their settings when a process
// begins, so that they cannot be set from within; other C libraries do not know the allocator's. Measured in docs/performance.md.

/**
 * Freed memory goes back to the system at once; without it, resident memory settles 300 MiB higher. Two arenas for all threads in place
 * of one for each: 40 to 50 MiB less at the same speed.
 */
export const allocatorSettings = {
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_ARENA_MAX: '2',
} as const;

/** The nursery is counted in MiB: V8 never gives back what a few large bodies made of a bigger one. */
export const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=4'] as const;
