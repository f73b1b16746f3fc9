// A button that lets the user choose image files, or a folder of them.

export interface FileButtonProps {
  readonly text: string;
  /** Of the class, for those who cannot see in which card the button is. */
  readonly label: string;
  readonly isFolder?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

export const FileButton = ({ text, label, isFolder = false, onFiles }: FileButtonProps) => (
  <label class="button file-button">
    {text}
    <input
      class="visually-hidden"
      type="file"
      multiple
      aria-label={`${text}: ${label}`}
      {...(isFolder ? { webkitdirectory: true } : { accept: 'image/*' })}
      onChange={({ currentTarget }) => {
        onFiles([...(currentTarget.files ?? [])].filter(({ name }) => !name.startsWith('.')));
        currentTarget.value = '';
      }}
    />
  </label>
);
