// Where photos and folders are dropped or chosen.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { strings } from '../../../strings/index.js';
import { chosenFiles, droppedFiles, type SourceFile } from './sourceFiles.js';

const texts = strings.datasets;

export interface DropZoneProps {
  readonly onFiles: (files: AsyncGenerator<SourceFile>) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** All that is in it is a place to drop on. */
export function DropZone({ onFiles, class: name = '', children }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  return (
    <div
      class={`drop-zone ${name} ${isOver ? 'is-over' : ''}`}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles(droppedFiles(event.dataTransfer!));
      }}
    >
      {children}
      {isOver && (
        <p class="drop-hint" aria-hidden="true">
          {texts.dropHere}
        </p>
      )}
    </div>
  );
}

/** Two buttons: a folder, or photos. */
export const FileChoices = ({ onFiles }: Pick<DropZoneProps, 'onFiles'>) => (
  <div class="row">
    <FileChoice text={texts.chooseFolder} onFiles={onFiles} folder />
    <FileChoice text={texts.choosePhotos} onFiles={onFiles} />
  </div>
);

const FileChoice = ({
  text,
  onFiles,
  folder = false,
}: { text: string; folder?: boolean } & Pick<DropZoneProps, 'onFiles'>) => (
  <label class="button file-choice">
    {text}
    <input
      class="visually-hidden"
      type="file"
      multiple
      accept={folder ? undefined : 'image/*'}
      ref={(input) => {
        if (input) input.webkitdirectory = folder;
      }}
      onChange={({ currentTarget }) => {
        const files = [...(currentTarget.files ?? [])];
        currentTarget.value = '';
        if (files.length > 0) onFiles(chosenFiles(files));
      }}
    />
  </label>
);
