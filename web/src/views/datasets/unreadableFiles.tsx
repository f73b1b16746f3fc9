// Files of an upload that were no photos, with the reason.
import { strings } from '../../strings/index.js';
import type { Statistics } from './photos/usePhotoList.js';

const texts = strings.datasets;

export function UnreadableFiles({ files: { count, files } }: { files: Statistics['unreadable'] }) {
  return (
    <div class="table-frame">
      <table>
        <thead>
          <tr>
            <th>{texts.unreadableFile}</th>
            <th>{texts.classFilter}</th>
            <th>{texts.reason}</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ fileName, label, detail }) => (
            <tr key={`${label}/${fileName}`}>
              <td>{fileName}</td>
              <td>{label}</td>
              <td>{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > files.length && <p class="muted">{texts.andMore(count - files.length)}</p>}
    </div>
  );
}
