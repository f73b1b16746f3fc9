// The photo that is being asked about.
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Photo {
  readonly file: File;
  /** An object URL for <img>; revoked when another photo takes its place. */
  readonly url: string;
}

export function usePhoto(): readonly [photo: Photo | undefined, setFile: (file: File) => void] {
  const [photo, setPhoto] = useState<Photo>();
  useEffect(() => () => photo && URL.revokeObjectURL(photo.url), [photo]);
  const setFile = useCallback((file: File) => setPhoto({ file, url: URL.createObjectURL(file) }), []);
  return [photo, setFile];
}
