// An element that takes dropped files and folders for itself.
import { useState } from 'preact/hooks';
import { filesOf } from './droppedFolders.js';

/** `over`: something is held above it; `on`: for the element. */
export function useDropTarget(onFiles: (files: readonly File[]) => void) {
  const [over, setOver] = useState(false);
  return {
    over,
    on: {
      onDragOver: (event: DragEvent): void => {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (): void => setOver(false),
      onDrop: (event: DragEvent): void => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        if (event.dataTransfer) void filesOf(event.dataTransfer).then(onFiles);
      },
    },
  };
}
